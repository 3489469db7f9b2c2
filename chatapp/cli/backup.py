"""`python -m chatapp backup FOLDER`: copy what a restore needs, also while the server runs."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from chatapp import __version__, config
from chatapp.cli.backup_folder import DATABASE, KEY, PROVIDERS, Backup, database_file, digest, sync
from chatapp.cli.command import run
from chatapp.config import Settings
from chatapp.errors import SettingsError
from chatapp.storage import revisions, sqlite_copy, wal

#: What the files beside the database may take.
SPARE_BYTES = 1024 * 1024


def main(arguments: list[str]) -> int:
    """Make a backup. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m chatapp backup",
        description="Back up the conversations and the secret key into a new folder that only you can read. "
        "The server may be running.",
        epilog="The settings (.env, the environment) are not included. Run it with the server's settings, which say "
        "where its data is. `python -m chatapp restore FOLDER` puts a backup in place.",
    )
    parser.add_argument("folder", type=Path, help="the folder to create; it must not exist yet")
    target = parser.parse_args(arguments).folder.absolute()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that nothing unfinished is left
    return run(lambda: back_up(config.load(), target))


def back_up(settings: Settings, target: Path) -> str:
    """Make a backup, whole or not at all. Returns a report. Raises SettingsError, sqlite3.Error and OSError."""
    source = database_file(settings)
    if target.exists() or target.is_symlink():
        raise SettingsError(f"{target} exists already. Name a folder that does not.")
    # Before anything is copied: it may be no database, or one of a newer version.
    revisions.check_known(revisions.of_file(source), revisions.known())
    os.umask(0o077)
    target.parent.mkdir(parents=True, exist_ok=True)
    _check_room(source, target.parent, settings.disk_reserve_bytes)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as unfinished:
        folder = Path(unfinished) / target.name
        folder.mkdir(0o700)
        sqlite_copy.copy(source, folder / DATABASE)
        sqlite_copy.check(folder / DATABASE)
        revision = revisions.of_file(folder / DATABASE)
        _copy_settings(settings, folder)
        names = sorted(path.name for path in folder.iterdir())
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        Backup(made_at, __version__, revision, {name: digest(folder / name) for name in names}).write(folder)
        for path in (*folder.iterdir(), folder):
            sync(path)
        folder.rename(target)
    sync(target.parent)
    size = sum(path.stat().st_size for path in target.iterdir())
    return f"Backed up {', '.join(names)} ({size:,} bytes, revision {revision}) to {target}."


def _copy_settings(settings: Settings, folder: Path) -> None:
    """Copy the key that signs the sessions, wherever it is set, and the file of the providers, if there is one."""
    key_file = settings.instance / KEY
    if settings.secret_key:
        (folder / KEY).write_text(settings.secret_key)
    elif key_file.exists():
        shutil.copyfile(key_file, folder / KEY)
    else:
        raise SettingsError(f"There is no secret key at {key_file}. Without it the sessions could not be restored.")
    if settings.config_file:
        shutil.copyfile(settings.config_file, folder / PROVIDERS)


def _check_room(source: Path, parent: Path, reserve: int) -> None:
    """Raise SettingsError if the copy would take the space that a server needs to end its answers."""
    needed = source.stat().st_size + wal.size(source) + SPARE_BYTES
    free = shutil.disk_usage(parent).free - reserve
    if free < needed:
        raise SettingsError(
            f"The disk of {parent} has no room: the backup takes up to {needed:,} bytes, and {max(free, 0):,} are free "
            "(CHATAPP_DISK_RESERVE_BYTES stays free)."
        )
