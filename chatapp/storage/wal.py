"""SQLite's write-ahead log, which still has deleted text until it is emptied."""

import sqlite3
from contextlib import closing
from pathlib import Path


def path_of(file: Path) -> Path:
    """Return the path of a database's write-ahead log."""
    return file.with_name(f"{file.name}-wal")


def size(file: Path) -> int:
    """Return the bytes of a database's write-ahead log; 0 if there is none."""
    try:
        return path_of(file).stat().st_size
    except FileNotFoundError:
        return 0


def truncate(file: Path) -> bool:
    """Write the log into the database and empty it. Returns False while others read it.

    Takes as long as the disk: call it in a native thread.
    """
    if not size(file):
        return True
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        try:
            # The most of it while others write; writers wait for the rest only.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise
            return False
    return not is_busy
