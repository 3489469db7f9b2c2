"""The folder that `backup` writes and `restore` reads: the database, the secret key, chatapp.toml, and their list."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from chatapp.config import Settings
from chatapp.errors import SettingsError

DATABASE = "chatapp.db"
KEY = "secret_key"
PROVIDERS = "chatapp.toml"
LIST = "backup.json"
#: The form of LIST; restore refuses a later one.
FORM = 1


@dataclass(frozen=True, slots=True)
class Backup:
    """The list of a backup. `revision`: of the database's schema; `files`: their SHA-256 digests by name."""

    made_at: str
    chatapp: str
    revision: str
    files: dict[str, str]
    form: int = FORM

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=2)
        (folder / LIST).write_text(f"{text}\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Backup":
        """Read the list. Raises SettingsError if the folder is no backup, or one of a later version."""
        try:
            content: dict[str, Any] = json.loads((folder / LIST).read_text(encoding="utf-8"))
            if content["form"] > FORM:
                raise SettingsError(f"{folder} was made by a newer version of chatapp ({content['chatapp']}).")
            backup = cls(**content)
            names = backup.files.keys()
        except OSError as error:
            raise SettingsError(f"{folder} is no backup: {LIST} cannot be read ({error.strerror}).") from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise SettingsError(f"{folder} is no backup: {LIST} is not what `backup` writes.") from None
        if DATABASE not in names or not names <= {DATABASE, KEY, PROVIDERS}:
            raise SettingsError(f"{folder} is no backup: {LIST} names other files.")
        return backup

    def check(self, folder: Path) -> None:
        """Raise SettingsError if a file is missing, or is not as it was written."""
        for name, expected in self.files.items():
            try:
                found = digest(folder / name)
            except OSError as error:
                raise SettingsError(f"{folder / name} cannot be read ({error.strerror}).") from None
            if found != expected:
                raise SettingsError(f"{name} of the backup is not as it was written.")


def digest(path: Path) -> str:
    """Return the SHA-256 digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Write a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def database_file(settings: Settings) -> Path:
    """Return the SQLite file of the settings. Raises SettingsError for another database."""
    try:
        url = make_url(settings.database)
    except ArgumentError:
        raise SettingsError("DATABASE_URL: cannot be used") from None
    if url.get_backend_name() != "sqlite" or not url.database:
        raise SettingsError(
            "DATABASE_URL names another database than an SQLite file: back it up and restore it with its own tools."
        )
    return Path(url.database).absolute()
