"""The application with short time-outs for bodies and a long one for connections at its end."""

# ruff: noqa: I001 (wsgi first: it patches what the application imports)
from wsgi import app

from chatapp.server import client_connection, gunicorn_worker

client_connection.BODY_WINDOW_SECONDS = 0.2
gunicorn_worker.UNREAD_SECONDS = 0.2
gunicorn_worker.CLOSE_SECONDS = 1000.0

__all__ = ["app"]
