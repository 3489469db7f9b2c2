"""`python -m chatapp run module:name`: serve a user's function, without other configuration."""

import argparse
import os
import sys
from pathlib import Path

from chatapp import PACKAGE


def main(arguments: list[str]) -> int:
    """Serve the function: re-execute `python -m chatapp` with settings that name it."""
    parser = argparse.ArgumentParser(
        prog="python -m chatapp run",
        description="Serve the page with a function of your own: a generator (plain or async) that takes the "
        "messages and yields text, or a function that returns it. docs/providers.md has examples.",
        epilog="All other arguments are passed on to gunicorn. .env.example has the settings, such as PORT.",
    )
    parser.add_argument("function", metavar="module:name", help="or path/to/file.py:name")
    parser.add_argument("--no-reload", action="store_true", help="do not reload the file when it changes")
    chosen, options = parser.parse_known_args(arguments)
    file, _, name = chosen.function.rpartition(":")
    if not file or not name:
        parser.error(f"name the file and the function: {file or name or 'my_app.py'}:reply")
    os.environ.update(
        CHATAPP_FUNCTION=chosen.function,
        CHATAPP_FUNCTION_FOLDER=str(Path.cwd()),
        CHATAPP_FUNCTION_RELOAD="0" if chosen.no_reload else "1",
    )
    os.execv(sys.executable, [sys.executable, str(PACKAGE), *options])  # noqa: S606 (a fixed command, no shell)
