"""`python -m chatapp cache`: show the size of the answer cache, or empty it."""

import argparse
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from chatapp import config  # noqa: E402
from chatapp.chat import answer_cache  # noqa: E402
from chatapp.cli.command import run  # noqa: E402
from chatapp.errors import SettingsError  # noqa: E402
from chatapp.storage.database import Database  # noqa: E402


def main(arguments: list[str]) -> int:
    """Show the cache's size or empty it, even while a server is running. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m chatapp cache", description="Show or empty the answer cache.")
    parser.add_argument("action", choices=("show", "purge"), help="show: print its size; purge: remove the answers")
    parser.add_argument("--owner", help="only one owner's answers")
    chosen = parser.parse_args(arguments)
    return run(lambda: _run(open_database(), chosen))


def _run(database: Database, chosen: argparse.Namespace) -> str:
    """Run the chosen action, and return its output."""
    if chosen.action == "purge":
        return f"Forgotten: {_answers(answer_cache.purge(database, chosen.owner))}."
    count, size = answer_cache.measure(database, chosen.owner)
    return f"{_answers(count)}, {size:,} bytes of text."


def _answers(count: int) -> str:
    return f"{count} answer{'' if count == 1 else 's'}"


def open_database() -> Database:
    """Return the server's database. Raises SettingsError if there is none yet."""
    database = Database()
    database.bind(config.load().database)
    if database.is_empty():
        raise SettingsError(f"There is no database at {database.engine.url.render_as_string()} yet.")
    return database
