"""The copies of an SQLite file that are made before its schema changes: `chatapp.db.<revision>.<time>.bak`.

They still have what users have deleted since, so they are removed after a while.
"""

import logging
import os
import re
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from chatapp.errors import SettingsError
from chatapp.storage import wal

log = logging.getLogger(__name__)

MAX_COPIES = 2
MAX_AGE_SECONDS = 14 * 24 * 3600
TIME = "%Y%m%d-%H%M%S"
NAME = re.compile(r"\.(?P<revision>[^.]+)\.(?P<time>\d{8}-\d{6})\.bak")


def make(file: Path, revision: str) -> None:
    """Copy a database, unless there is a copy of its present state; a new copy replaces others of its revision.

    So an upgrade that fails at each start leaves one copy. Raises SettingsError if the disk has no room for it.
    """
    changed_at = _changed_at(file)
    earlier = [path for path in _copies(file) if path.name.startswith(f"{file.name}.{revision}.")]
    if any(path.stat().st_mtime_ns == changed_at for path in earlier):
        return
    target = file.with_name(f"{file.name}.{revision}.{time.strftime(TIME)}.bak")
    unfinished = file.with_name(f"{file.name}.copying")
    try:
        _copy(file, unfinished)
        os.utime(unfinished, ns=(changed_at, changed_at))
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    for path in earlier:
        if path != target:
            path.unlink(missing_ok=True)
    log.info("Copied the database to %s before changing its schema", target.name)


def remove_expired(file: Path) -> None:
    """Remove the copies that are too old, and all but the newest ones."""
    oldest = time.strftime(TIME, time.localtime(time.time() - MAX_AGE_SECONDS))
    copies = sorted(_copies(file), key=_time, reverse=True)
    for number, path in enumerate(copies):
        if number >= MAX_COPIES or _time(path) < oldest:
            path.unlink(missing_ok=True)
            log.info("Removed %s, the copy of the database before an earlier upgrade", path.name)


def _copy(file: Path, target: Path) -> None:
    needed = 2 * (file.stat().st_size + wal.size(file))
    target.unlink(missing_ok=True)
    if shutil.disk_usage(file.parent).free < needed:
        raise _no_room(file)
    target.touch(0o600)
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise
        raise _no_room(file) from None


def _no_room(file: Path) -> SettingsError:
    return SettingsError(f"Too little space beside {file} for the copy before an upgrade of its schema. Make room.")


def _copies(file: Path) -> list[Path]:
    prefix = len(file.name)
    names = (path for path in file.parent.iterdir() if path.name.startswith(f"{file.name}."))
    return [path for path in names if NAME.fullmatch(path.name[prefix:])]


def _time(path: Path) -> str:
    return path.name.rpartition(".bak")[0].rpartition(".")[2]


def _changed_at(file: Path) -> int:
    """Return when the database was last changed, in nanoseconds since the epoch. A copy is given the same time."""
    paths = [file, wal.path_of(file)] if wal.size(file) else [file]
    return max(path.stat().st_mtime_ns for path in paths)
