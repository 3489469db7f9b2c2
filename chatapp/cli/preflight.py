"""The check of the settings by gunicorn's master, before it starts or reloads.

`python -m chatapp.cli.preflight` prints the settings that the master needs as JSON, or an error. It runs as a process
of its own, because the master must not import modules that are for its workers only.
"""

import json
import sys
from typing import Any

from chatapp import config
from chatapp.config import DEMO_HINTS, Settings
from chatapp.errors import SettingsError
from chatapp.providers import config_file
from chatapp.server.instance import Instance


def check(settings: Settings) -> None:
    """Raise SettingsError for settings with which a worker would not start."""
    if not settings.function:  # with one, chatapp.toml is not used
        config_file.read(settings)
    if settings.database_url:
        _check_database(settings.database_url)
    if not settings.secret_key:
        instance = Instance(settings.instance)
        instance.create()
        instance.secret_key()


def _check_database(url: str) -> None:
    # Imported only when needed: it takes a third of the time until the worker starts.
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError

    try:
        create_engine(url)
    except (ArgumentError, ImportError) as error:
        raise SettingsError(f"DATABASE_URL: cannot be used ({type(error).__name__})") from None


def for_gunicorn(settings: Settings) -> dict[str, Any]:
    """Return the settings for gunicorn's master (gunicorn.conf.py)."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": f"{host}:{settings.port}",
        "instance": str(settings.instance),
        "drain_seconds": settings.drain_seconds,
        "log_level": settings.log_level,
        "exposure": {
            "is_guarded": bool(settings.password) or settings.public,
            "knows_origins": bool(settings.origins),
        },
        "hints": DEMO_HINTS if settings.demo else (),
    }


if __name__ == "__main__":
    try:
        settings = config.load()
        check(settings)
        print(json.dumps(for_gunicorn(settings)))  # noqa: T201
    except SettingsError as error:
        sys.exit(f"Error: {error}")
