"""`python -m chatapp cache`: what the cache of answers holds, and how to empty it."""

import argparse
import contextlib
import os
import sys
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from sqlalchemy.exc import SQLAlchemyError  # noqa: E402

from chatapp import HOME, config  # noqa: E402
from chatapp.chat import answer_cache  # noqa: E402
from chatapp.errors import SettingsError  # noqa: E402
from chatapp.storage.database import Database  # noqa: E402


def main(arguments: list[str]) -> int:
    """Show or purge; a server may be running meanwhile."""
    parser = argparse.ArgumentParser(prog="python -m chatapp cache", description="The cache of answers.")
    parser.add_argument("do", choices=("show", "purge"), help="show: how much there is; purge: forget it")
    parser.add_argument("--owner", help="only one owner's answers")
    chosen = parser.parse_args(arguments)
    with contextlib.suppress(OSError):  # where no server has run yet, there may be none
        os.chdir(HOME)  # where a server reads its settings
    try:
        said = _done(_opened(), chosen)
    except SettingsError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or error
        sys.stderr.write(f"Error: The database cannot be used as it is ({reason}). The server's start upgrades it.\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def _done(database: Database, chosen: argparse.Namespace) -> str:
    """Do what was chosen. Returns what there is to say of it."""
    if chosen.do == "purge":
        return f"Forgotten: {_answers(answer_cache.purge(database, chosen.owner))}."
    count, size = answer_cache.measure(database, chosen.owner)
    return f"{_answers(count)}, {size:,} bytes of text."


def _answers(count: int) -> str:
    return f"{count} answer{'' if count == 1 else 's'}"


def _opened() -> Database:
    database = Database()
    database.bind(config.load().database)
    if database.is_empty():
        raise SettingsError(f"There is no database at {database.engine.url.render_as_string()} yet.")
    return database
