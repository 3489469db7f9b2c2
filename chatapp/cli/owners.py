"""`python -m chatapp owners`: list the owners of conversations, or give one what another had."""

import argparse
import contextlib
import os
import sys
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from sqlalchemy.exc import SQLAlchemyError  # noqa: E402

from chatapp import HOME  # noqa: E402
from chatapp.chat import owners  # noqa: E402
from chatapp.cli.cache import open_database  # noqa: E402
from chatapp.errors import SettingsError  # noqa: E402
from chatapp.ids import iso  # noqa: E402
from chatapp.storage.database import Database  # noqa: E402


def main(arguments: list[str]) -> int:
    """List or merge owners, even while a server is running. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m chatapp owners",
        description="List who owns conversations: id, conversations, devices, last use, newest title. With --merge, "
        "give a person who has lost the way to their conversations those of the owner that they were before.",
    )
    parser.add_argument("--merge", nargs=2, metavar=("FROM", "INTO"), help="give all that FROM has to INTO")
    chosen = parser.parse_args(arguments)
    with contextlib.suppress(OSError):  # the folder may not exist before the first start of a server
        os.chdir(HOME)  # the folder of the server's settings
    try:
        report = _run(open_database(), chosen)
    except (SettingsError, owners.MergeRefused) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or error
        sys.stderr.write(f"Error: The database cannot be used as it is ({reason}). The server's start upgrades it.\n")
        return 1
    sys.stdout.write(report)
    return 0


def _run(database: Database, chosen: argparse.Namespace) -> str:
    if chosen.merge:
        count = owners.merge(database, *chosen.merge)
        return f"Given to {chosen.merge[1]}: {count} conversation{'' if count == 1 else 's'}.\n"
    lines = [
        f"{one.owner}  {one.conversations:5d} conversations  {one.devices:3d} devices  "
        f"{iso(one.used_at)[:16]}  {_printable(one.newest_title)}"
        for one in owners.all_of(database)
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines) or "There are no owners yet.\n"


def _printable(title: str) -> str:
    """Return a title without what a terminal would obey, and not too long."""
    return "".join(character if character.isprintable() else " " for character in title)[:40]
