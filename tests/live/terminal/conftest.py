"""Fixtures of the terminal tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live.terminal.chat import Chat
from support.client import Client
from support.processes import Server


@pytest.fixture
def new_chat(server: Server, tmp_path: Path) -> Iterator[Callable[..., Chat]]:
    """Make users with their own home folders, on the shared server unless another one is given."""
    made: list[Chat] = []

    def make(url: str = f"http://127.0.0.1:{server.port}") -> Chat:
        home = tmp_path / f"home-{len(made)}"
        home.mkdir()
        made.append(Chat(home, url))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def chat(new_chat: Callable[..., Chat]) -> Chat:
    return new_chat()


@pytest.fixture
def browser(client: Client, chat: Chat) -> Client:
    """A client of the browser's session, which the terminal has joined."""
    code = client.post("/api/session/code").json["code"]
    joined = chat.run("--code", code)
    assert joined.returncode == 0, joined.stderr
    return client
