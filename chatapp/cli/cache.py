"""`python -m chatapp cache`: what the cache of answers holds, and how to empty it."""

import argparse
import sys
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from chatapp import config, response_cache  # noqa: E402
from chatapp.database import Database  # noqa: E402
from chatapp.errors import SettingsError  # noqa: E402


def main(arguments: list[str]) -> int:
    """Show or purge; a server may be running meanwhile."""
    parser = argparse.ArgumentParser(prog="python -m chatapp cache", description="The cache of answers.")
    parser.add_argument("do", choices=("show", "purge"), help="show: how much there is; purge: forget it")
    parser.add_argument("--owner", help="only one owner's answers")
    chosen = parser.parse_args(arguments)
    try:
        database = _opened()
    except SettingsError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    if chosen.do == "purge":
        said = f"{response_cache.purge(database, chosen.owner)} answers were forgotten."
    else:
        count, size = response_cache.measure(database, chosen.owner)
        said = f"{count} answers, {size:,} bytes of text."
    sys.stdout.write(f"{said}\n")
    return 0


def _opened() -> Database:
    database = Database()
    database.bind(config.load().database)
    if database.is_empty():
        raise SettingsError(f"There is no database at {database.engine.url.render_as_string()} yet.")
    return database
