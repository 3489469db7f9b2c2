"""What stays between two calls, one file per server: the session's cookie and the last conversation."""

import json
import os
import re
import tempfile
from pathlib import Path

from chatapp.terminal.failure import Failure

StoredSession = dict[str, str]


def load(server: str) -> StoredSession:
    """Return what was stored for this server; nothing where the file is missing or spoilt."""
    try:
        stored = json.loads(_path(server).read_text())
    except (OSError, ValueError):
        return {"server": server}
    # Two addresses could share a file's name: a cookie goes to nobody but the server that gave it.
    return stored if isinstance(stored, dict) and stored.get("server") == server else {"server": server}


def save(stored: StoredSession) -> None:
    """Write it whole or not at all, for nobody else to read: the cookie is as good as the person."""
    path = _path(stored["server"])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".new-", delete=False) as file:  # its mode is 600
            json.dump(stored, file, indent=2)
        Path(file.name).replace(path)
    except OSError as error:
        raise Failure(f"Cannot keep the session in {path.parent}: {error.strerror}") from error


def _path(server: str) -> Path:
    named = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    base = named if named.is_absolute() else Path.home() / ".config"
    return base / "chatapp" / (re.sub(r"[^\w.]+", "-", server).strip("-") + ".json")
