"""A server whose settings a test changes while it runs."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.paths import ROOT
from support.processes import Server

Configure = Callable[..., tuple[Server, Callable[..., None]]]


@pytest.fixture
def configured(new_server: Callable[..., Server], tmp_path: Path) -> Configure:
    """Start a server with these lines in a `.env` file of its own; return it, and a function that writes the file."""
    return in_folder(tmp_path / "configured", new_server)


@pytest.fixture(scope="module")
def module_configured(module_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Configure:
    """As `configured`, for a server that the tests of one file share."""
    return in_folder(tmp_path_factory.mktemp("module") / "configured", module_server)


def in_folder(folder: Path, new_server: Callable[..., Server]) -> Configure:
    folder.mkdir()
    server = new_server(start=False, PYTHONPATH=str(ROOT))
    server.command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "wsgi:app"]
    server.cwd = folder
    del server.env["PORT"], server.env["CHATAPP_CONFIG"]

    def write(*lines: str) -> None:
        (folder / ".env").write_text("".join(f"{line}\n" for line in (f"PORT={server.port}", *lines)))

    def start(*lines: str) -> tuple[Server, Callable[..., None]]:
        write(*lines)
        return server.start(), write

    return start


@pytest.fixture(scope="module")
def lasting_server(module_server: Callable[..., Server]) -> Server:
    return module_server()


@pytest.fixture
def running(lasting_server: Server) -> Server:
    """A server that the tests of a file end, each in its way, and start again."""
    return lasting_server.ensure_started()
