"""`python -m chatapp restore FOLDER`: put a backup in place of the server's data."""

import argparse
import contextlib
import os
import shutil
import tempfile
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from chatapp import HOME, config  # noqa: E402
from chatapp.cli.backup_folder import DATABASE, KEY, PROVIDERS, Backup, database_file, sync  # noqa: E402
from chatapp.cli.command import run  # noqa: E402
from chatapp.config import Settings  # noqa: E402
from chatapp.errors import SettingsError  # noqa: E402
from chatapp.server.instance import Instance  # noqa: E402
from chatapp.storage import revisions, sqlite_copy  # noqa: E402
from chatapp.storage.database import Database  # noqa: E402

#: For the upgrade of an older backup.
SPARE = 2


def main(arguments: list[str]) -> int:
    """Restore a backup. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m chatapp restore",
        description="Put a backup in place of the server's data, which is kept aside. The server must not be running.",
        epilog="Run it with the server's settings, which say where its data is. An older backup is upgraded.",
    )
    parser.add_argument("folder", type=Path, help="a folder that `python -m chatapp backup` has made")
    folder = parser.parse_args(arguments).folder.absolute()
    return run(lambda: restore(config.load(), folder))


def restore(settings: Settings, folder: Path) -> str:
    """Restore a backup: whole, or nothing changes. Returns a report. Raises SettingsError, sqlite3.Error, OSError."""
    backup = Backup.read(folder)
    revisions.check_known(backup.revision, revisions.known())
    target = database_file(settings)
    instance = _claim(settings.instance)
    target.parent.mkdir(parents=True, exist_ok=True)
    _check_room(folder / DATABASE, target.parent)
    with tempfile.TemporaryDirectory(prefix="restoring-", dir=target.parent) as unfinished:
        ready = Path(unfinished)
        for name in backup.files:
            shutil.copyfile(folder / name, ready / name)
        backup.check(ready)
        _upgrade(ready / DATABASE)
        for path in ready.iterdir():
            sync(path)
        aside = _put_aside(target, instance.folder / KEY)
        (ready / DATABASE).rename(target)
        if KEY in backup.files:
            shutil.move(ready / KEY, instance.folder / KEY)
        notes = [*_place_providers(settings, ready / PROVIDERS), *_compare_key(settings, instance.folder / KEY)]
    for changed in {target.parent, instance.folder}:
        sync(changed)
    if aside:
        notes.insert(0, f"The data from before is in {aside}. Remove it when you need it no more.")
    return "\n".join([f"Restored the backup of {backup.made_at} to {target}.", *notes])


def _claim(folder: Path) -> Instance:
    """Claim the instance folder until this process ends. Raises SettingsError while a server uses it."""
    instance = Instance(folder)
    instance.create()
    with contextlib.suppress(SettingsError):
        instance.claim()
        if not instance.another_worker_is_alive():
            return instance
    raise SettingsError(f"A server uses the instance folder {folder}. Stop it first. Nothing was changed.")


def _check_room(database: Path, parent: Path) -> None:
    needed, free = SPARE * database.stat().st_size, shutil.disk_usage(parent).free
    if free < needed:
        raise SettingsError(
            f"The disk of {parent} has no room: {needed:,} bytes are needed, {free:,} are free. Nothing was changed."
        )


def _upgrade(file: Path) -> None:
    """Check the copied database, and bring its schema up to date. The backup itself is the copy from before."""
    sqlite_copy.check(file)
    database = Database()
    database.bind(f"sqlite:///{file}")
    try:
        database.migrate(copies=False)
    finally:
        database.engine.dispose()


def _put_aside(target: Path, key: Path) -> Path | None:
    """Move the present data into a folder beside it. Returns the folder; None if there is no data."""
    files = [path for path in (target, Path(f"{target}-wal"), Path(f"{target}-shm"), key) if path.exists()]
    if not files:
        return None
    aside = target.with_name(f"replaced-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")
    aside.mkdir(0o700)
    for path in files:
        shutil.move(path, aside / path.name)
    return aside


def _place_providers(settings: Settings, restored: Path) -> list[str]:
    """Put chatapp.toml where the server reads it, unless there is one. Returns what is to be said about it."""
    if not restored.exists() or settings.config == "off":
        return []
    present = settings.config_file
    if present is None:
        shutil.move(restored, HOME / PROVIDERS)
        return [f"{HOME / PROVIDERS} has the providers of the backup. Their keys are set by the environment."]
    if present.read_bytes() == restored.read_bytes():
        return []
    return [f"{present} was left as it is; the {PROVIDERS} of the backup is another."]


def _compare_key(settings: Settings, key: Path) -> list[str]:
    if not settings.secret_key or not key.exists() or settings.secret_key == key.read_text().strip():
        return []
    return [
        "CHATAPP_SECRET_KEY is another key than that of the backup: all sessions begin anew. Unset it to keep them."
    ]
