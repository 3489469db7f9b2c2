"""The revisions of the schema: those that this version knows, and that of a database file."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from chatapp import FILES
from chatapp.errors import SettingsError

MIGRATIONS = FILES / "migrations"


def known(folder: Path = MIGRATIONS) -> list[str]:
    """Return the revisions that this version of chatapp knows, oldest first."""
    return sorted(path.name.partition("_")[0] for path in folder.glob("versions/*.py"))


def check_known(revision: str, revisions: Sequence[str]) -> None:
    """Raise SettingsError for the revision of a newer version of chatapp."""
    if revision not in revisions:
        raise SettingsError(
            f"The database is at revision {revision}, and this version of chatapp knows revisions up to "
            f"{revisions[-1]} only: a newer version has used it. Start that version again, or restore a backup from "
            "before the upgrade."
        )


def of_file(path: Path) -> str:
    """Return the revision of an SQLite file. Raises SettingsError for a file that is no database of chatapp."""
    if not path.is_file():
        raise SettingsError(f"There is no database at {path}.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            # The revision alone could be another program's that uses Alembic, too.
            connection.execute("SELECT id, owner FROM conversations LIMIT 0")
    except sqlite3.Error as error:
        raise SettingsError(f"{path} is no database of chatapp ({error}).") from None
    if row is None:
        raise SettingsError(f"{path} is no database of chatapp (it has no revision).")
    return str(row[0])
