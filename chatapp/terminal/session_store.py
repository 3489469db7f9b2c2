"""Stores sessions between two runs, one file per server: cookie, owner and last conversation."""

import json
import os
import re
import tempfile
from pathlib import Path

from chatapp.terminal.failure import Failure

StoredSession = dict[str, str]


def load(server: str) -> StoredSession:
    """Return the session with this server; an empty one if the file is missing or invalid."""
    try:
        stored = json.loads(_path(server).read_text())
    except (OSError, ValueError):
        return {"server": server}
    # Two addresses could share a file name; a cookie is sent only to the server that set it.
    return stored if isinstance(stored, dict) and stored.get("server") == server else {"server": server}


def save(stored: StoredSession) -> None:
    """Write the session atomically, readable by its owner only: the cookie is a credential."""
    path = _path(stored["server"])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".new-", delete=False) as file:  # mode 0600
            json.dump(stored, file, indent=2)
        Path(file.name).replace(path)
    except OSError as error:
        raise Failure(f"Cannot keep the session in {path.parent}: {error.strerror}") from error


def _path(server: str) -> Path:
    named = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    base = named if named.is_absolute() else Path.home() / ".config"
    return base / "chatapp" / (re.sub(r"[^\w.]+", "-", server).strip("-") + ".json")
