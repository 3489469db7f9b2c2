"""How gunicorn serves chatapp: `gunicorn wsgi:app` reads this file by itself."""

import logging
import os
import resource
import socket
import sys
from typing import Any

from chatapp.config import DEMO_HINTS, load
from chatapp.errors import SettingsError
from chatapp.instance import Instance

try:
    settings = load()
except SettingsError as error:
    sys.exit(f"Error: {error}")

bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
worker_class = "chatapp.gunicorn_worker.EventletWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
worker_connections = 10_000
graceful_timeout = int(settings.drain_seconds) + 15
timeout = 60
keepalive = 15
loglevel = settings.log_level.lower()
control_socket_disable = True

_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (_hard, _hard))


def on_starting(server: Any) -> None:
    """Refuse to start wrongly. A RuntimeError's message is what gunicorn prints."""
    _check_workers(server.cfg.workers)
    is_successor = "GUNICORN_PID" in os.environ
    addresses = [address for address in server.cfg.address if isinstance(address, tuple)]
    settings.check_exposure([address[0] for address in addresses])
    if not is_successor and "LISTEN_FDS" not in os.environ:
        for address in addresses:
            _check_free(address)
    Instance.claim_for_workers(settings.instance, is_successor=is_successor)


def when_ready(server: Any) -> None:
    log = logging.getLogger("gunicorn.error")
    for listener in server.LISTENERS:
        log.info("Open %s in a browser.", listener)
    if settings.demo:
        log.info("No model is configured, so the built-in demo answers. To connect a real one:")
        for hint in DEMO_HINTS:
            log.info("  %-10s %s", hint["name"], hint["line"])


def nworkers_changed(server: Any, new_value: int, _old_value: int | None) -> None:
    """Keep one worker when a running server is told (TTIN) to add one."""
    if new_value > 1 and server.WORKERS:
        server._num_workers = 1
        logging.getLogger("gunicorn.error").error("Staying with one worker: several are not supported yet.")


def _check_workers(count: int) -> None:
    if count != 1:
        raise RuntimeError(
            f"{count} workers were asked for, but one process must serve all tabs: with several, tabs would "
            "miss each other's answers. Start with one (-w 1, and without WEB_CONCURRENCY); it serves "
            "thousands of tabs."
        )


def _check_free(address: tuple[str, int]) -> None:
    host, port = address[:2]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise RuntimeError(
                f"{host}:{port} cannot be used ({error.strerror}). If another program has this port, choose "
                f"another one: PORT={port + 1 if 0 < port < 65535 else 8001} make run"
            ) from None
