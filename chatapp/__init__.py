"""A real-time chat with language models: answers stream live into every tab and are never lost."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatapp.application import Application

__version__ = "0.1.0"

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Any = None) -> "Application":
    """Build the application (see chatapp/application.py).

    It is imported here and not above, so that gunicorn's master process can read `chatapp.config`
    without importing what only workers, patched by eventlet, may import.
    """
    from chatapp.application import build

    return build(settings)
