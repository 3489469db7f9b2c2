"""`python -m chatapp owners`: list the owners of conversations, or give one what another had."""

import argparse
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from chatapp.chat import owners  # noqa: E402
from chatapp.cli.cache import open_database  # noqa: E402
from chatapp.cli.command import run  # noqa: E402
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
    return run(lambda: _run(open_database(), chosen))


def _run(database: Database, chosen: argparse.Namespace) -> str:
    if chosen.merge:
        try:
            count = owners.merge(database, *chosen.merge)
        except owners.MergeRefused as error:
            raise SettingsError(str(error)) from None
        return f"Given to {chosen.merge[1]}: {count} conversation{'' if count == 1 else 's'}."
    lines = [
        f"{one.owner}  {one.conversations:5d} conversations  {one.devices:3d} devices  "
        f"{iso(one.used_at)[:16]}  {_printable(one.newest_title)}"
        for one in owners.all_of(database)
    ]
    return "\n".join(line.rstrip() for line in lines) or "There are no owners yet."


def _printable(title: str) -> str:
    """Return a title without what a terminal would obey, and not too long."""
    return "".join(character if character.isprintable() else " " for character in title)[:40]
