"""The configuration of gunicorn; `gunicorn wsgi:app` reads this file by default."""

import json
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

from chatapp import FILES, START
from chatapp.server.exposure import check_exposure
from chatapp.server.instance import Instance

#: The signals that end a worker.
STOP_SIGNALS = {signal.SIGTERM, signal.SIGQUIT, signal.SIGINT}

# eventlet's deprecation warning concerns the developers of chatapp, not its operators.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")


def _read_settings() -> dict[str, Any]:
    """Read the settings in a process of its own. Exits with its error.

    The master must not import pydantic: eventlet patches all objects that a worker inherits, and fails on pydantic's.
    """
    command = [sys.executable, "-m", "chatapp.cli.preflight"]
    reader = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if reader.returncode:
        sys.exit(reader.stderr.strip())
    result: dict[str, Any] = json.loads(reader.stdout)
    return result


# Host names are looked up by the system (chatapp/server/concurrency.py): loading eventlet's resolver would be in vain.
os.environ["EVENTLET_NO_GREENDNS"] = "yes"

settings = _read_settings()
log = logging.getLogger("gunicorn.error")

wsgi_app = "wsgi:app"
pythonpath = str(FILES)  # where wsgi.py is
bind = settings["bind"]
worker_class = "chatapp.server.gunicorn_worker.EventletWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
worker_connections = 10_000
graceful_timeout = 2 * int(settings["drain_seconds"]) + 15
timeout = 60
keepalive = 15
loglevel = settings["log_level"].lower()
control_socket_disable = True
# gunicorn believes no header, not even from loopback: ProxyFix (chatapp/application.py) does, for declared proxies.
forwarded_allow_ips = ""
forwarder_headers = ""  # a Unix socket is trusted whatever is allowed above
secure_scheme_headers: dict[str, str] = {}
sendfile = False  # it does not wait on a green socket, which truncates files larger than the socket's buffer

_, _max_files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (_max_files, _max_files))


def on_starting(server: Any) -> None:
    """Check the configuration before the start. gunicorn prints the message of a RuntimeError, and stops."""
    _check_workers(server.cfg.workers)
    is_successor = os.environ.get("GUNICORN_PID") == str(os.getppid())
    addresses = [address for address in server.cfg.address if isinstance(address, tuple)]
    check_exposure([address[0] for address in addresses], **settings["exposure"])
    if not is_successor and "LISTEN_FDS" not in os.environ:
        for address in addresses:
            _check_free(address)
    Instance.claim_for_workers(Path(settings["instance"]), is_successor=is_successor)


def pre_fork(_server: Any, _worker: Any) -> None:
    """Claim the instance folder once the predecessor of this server has ended, and lock the new worker."""
    Instance.claim_of_master()
    Instance.lock_next_worker()


def when_ready(server: Any) -> None:
    _check_listeners(server, settings)
    _guard_reload(server)
    _guard_fork(server)
    for listener in server.LISTENERS:
        log.info("Open %s in a browser.", listener)
    if settings["hints"]:
        log.info("No model is configured, so the built-in demo answers. To connect a real one:")
        for hint in settings["hints"]:
            log.info("  %-10s %s", hint["name"], hint["line"])


def nworkers_changed(server: Any, new_value: int, _old_value: int | None) -> None:
    """Keep one worker when a running server gets TTIN, the signal to add one."""
    if new_value > 1 and server.WORKERS:
        server._num_workers = 1
        log.error("Staying with one worker: several are not supported yet.")


def _guard_reload(server: Any) -> None:
    """Let the server go on unchanged if a reload (by HUP) would fail."""
    reload = server.reload

    def guarded_reload() -> None:
        try:
            fresh = _read_settings()
            _check_listeners(server, fresh)
        except (SystemExit, RuntimeError) as error:
            log.warning("Not reloaded, the server goes on as it was. %s", error)
            return
        if fresh["bind"] != settings["bind"]:
            log.error("Not reloaded: another HOST or PORT needs a new start. The server goes on as it was.")
            return
        reload()

    server.reload = guarded_reload


def _guard_fork(server: Any) -> None:
    """Leave a forked worker its lock, and block the stop signals until it has its own handlers (`init_signals`).

    Until then it has the master's, which would only append the signal to a queue that the worker does not read.
    """
    spawn = server.spawn_worker

    def guarded_spawn() -> Any:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            pid = spawn()  # returns in the master only
            Instance.leave_lock_to_worker()
            return pid
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    server.spawn_worker = guarded_spawn


def _check_listeners(server: Any, current: dict[str, Any]) -> None:
    """Check the bound addresses, which may come from the command line or from systemd."""
    names = [listener.sock.getsockname() for listener in server.LISTENERS]
    check_exposure([name[0] for name in names if isinstance(name, tuple)], **current["exposure"])


def _check_workers(count: int) -> None:
    if count != 1:
        raise RuntimeError(
            f"{count} workers were asked for, but one process must serve all tabs: with several, tabs would "
            "miss each other's answers. Start with one: -w 1, and without WEB_CONCURRENCY."
        )


def _check_free(address: tuple[str, int]) -> None:
    host, port = address[:2]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            other = port + 1 if 0 < port < 65535 else 8001
            raise RuntimeError(
                f"{host}:{port} cannot be used ({error.strerror}). If another program has this port, "
                f"choose another one: PORT={other} {START}"
            ) from None
