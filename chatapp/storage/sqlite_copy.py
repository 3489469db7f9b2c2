"""A consistent copy of an SQLite database, made while a server writes to it."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from chatapp.errors import SettingsError

#: One MiB at SQLite's usual page size.
STEP_PAGES = 256


def copy(source: Path, target: Path) -> None:
    """Copy a database into a new file of mode 600. Pauses as long as it works, to leave time for everything else.

    An open read transaction holds the state that is copied. Without it SQLite begins anew whenever somebody writes, so
    that the copy of a busy database never ends. Writers go on; the write-ahead log grows meanwhile. Raises
    SettingsError if the disk is full, and sqlite3.Error.
    """
    target.touch(0o600, exist_ok=False)
    worked_since = time.monotonic()

    def pause(_status: int, _remaining: int, _total: int) -> None:
        nonlocal worked_since
        time.sleep(time.monotonic() - worked_since)
        worked_since = time.monotonic()

    uri = f"{source.absolute().as_uri()}?mode=rw"
    with (
        closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as reader,
        closing(sqlite3.connect(target, isolation_level=None)) as writer,
    ):
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        try:
            reader.backup(writer, pages=STEP_PAGES, progress=pause)
            # One file, which can be read where nothing can be written.
            writer.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            raise SettingsError(f"The disk of {target.parent} has no room for the copy of the database.") from None


def check(file: Path) -> None:
    """Raise SettingsError if a database is damaged. Reads all of it."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            problem = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        problem = str(error)
    if problem != "ok":
        raise SettingsError(f"{file} is damaged: {problem}.")
