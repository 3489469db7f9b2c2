"""A real-time chat with language models: answers stream live into every tab and are never lost."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatapp.application import Application

__version__ = "0.1.0"

PACKAGE = Path(__file__).resolve().parent
#: A wheel has the files that are beside the package in a checkout (static, templates, migrations, gunicorn.conf.py).
IS_INSTALLED = (PACKAGE / "files").is_dir()
FILES = PACKAGE / "files" if IS_INSTALLED else PACKAGE.parent


def _home() -> Path:
    if not IS_INSTALLED:
        return FILES
    data = Path(os.environ.get("XDG_DATA_HOME", ""))  # ignored if relative (XDG Base Directory Specification)
    return (data if data.is_absolute() else Path.home() / ".local" / "share") / "chatapp"


#: The working directory of `python -m chatapp`: the folder of .env, chatapp.toml and the instance folder.
HOME = _home()
#: The command that starts the server, for messages.
START = "chatapp" if IS_INSTALLED else "make run"


def create_app(settings: Any = None) -> "Application":
    """Build the application (see chatapp/application.py).

    The import is here and not above, so that gunicorn's master process can read `chatapp.config` without importing
    modules that only workers, patched by eventlet, may import.
    """
    from chatapp.application import build

    return build(settings)
