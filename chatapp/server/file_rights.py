"""The rights of the server's files: nobody but its user has business with them.

What group or others may do with a file is taken away rather than only reported: files restored from elsewhere often
have more rights than they had, and a line in a log protects nobody. The folder itself may hold other things, so of its
own rights it is only said what they allow.
"""

import logging
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

log = logging.getLogger(__name__)

OTHERS = 0o077
OTHERS_WRITE = 0o022
#: Our folders within the instance folder.
FOLDERS = ("workers", "replaced-*", "restoring-*")
#: Our files in it, beside the database's: those that begin so are all ours.
FILES = ("secret_key", "server.lock", "*.bak", "*.copying")


def secure(folder: Path, database: Path | None) -> None:
    """Take the rights of group and others on the files of the server. Logs a sentence for what was or stays open.

    Call it before the database is opened: SQLite gives the files beside it the database's rights.
    """
    _report_folder(folder)
    if database and not database.parent.is_dir():
        database = None  # to open it will fail, with a reason
    if database and database.parent != folder:
        _report_folder(database.parent)
    tightened = [path.name for path in sorted(set(_paths(folder, database))) if _tighten(path)]
    if tightened:
        log.warning(
            "Other users of this machine could read or change %s: their rights were taken away.", ", ".join(tightened)
        )
    if "secret_key" in tightened:
        log.warning("If others use this machine, remove secret_key for a new one.")


def _paths(folder: Path, database: Path | None) -> Iterator[Path]:
    for pattern in FOLDERS:
        for inner in folder.glob(pattern):
            yield inner
            yield from _files(inner.iterdir() if inner.is_dir() else ())
    for pattern in FILES:
        yield from folder.glob(pattern)
    if database:
        prefixes = f"{database.name}-", f"{database.name}."
        yield from (path for path in database.parent.iterdir() if f"{path.name}.".startswith(prefixes))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if not path.is_dir())


def _tighten(path: Path) -> bool:
    """Leave the rights on a file or folder to its owner. Returns whether others had any, and now have none."""
    try:
        if _is_foreign(path.lstat()) or _is_foreign(path.stat()):
            log.warning(
                "%s belongs to another user of this machine%s, who can read and change it. Make it this server's own: "
                "chown it, or copy it in its place.",
                path,
                f" (a symbolic link to {path.readlink()})" if path.is_symlink() else "",
            )
            return False
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & OTHERS:
            return False
        path.chmod(mode & ~OTHERS)
        if stat.S_IMODE(path.stat().st_mode) & OTHERS:
            raise PermissionError(0, "the file system keeps no rights")
    except FileNotFoundError:  # removed meanwhile, or a link to nothing
        return False
    except OSError as error:
        log.warning("Other users of this machine can read or change %s, and this stays so: %s.", path, error.strerror)
        return False
    return True


def _report_folder(folder: Path) -> None:
    status = folder.stat()
    if _is_foreign(status):
        log.warning("The folder %s belongs to another user of this machine, who can replace what is in it.", folder)
    elif status.st_mode & OTHERS_WRITE and not status.st_mode & stat.S_ISVTX:
        log.warning("Other users of this machine can put files into %s, or remove them: chmod 700 it.", folder)
    elif status.st_mode & OTHERS:
        log.info("Other users of this machine can list the files in %s, not read them. chmod 700 prevents it.", folder)


def _is_foreign(status: os.stat_result) -> bool:
    """Tell whether a file is neither this user's nor root's, who can read everything anyway."""
    return status.st_uid not in {os.geteuid(), 0}
