"""What gunicorn serves: `gunicorn wsgi:app`."""

import eventlet

# Before anything else is imported: modules keep what they import.
eventlet.monkey_patch()

from chatapp import create_app  # noqa: E402

app = create_app()
