"""Fixtures of the protocol tests."""

from collections.abc import Iterator

import pytest

from support.client import Client
from support.processes import Server
from support.tab import Tab, new_id, unique


@pytest.fixture(scope="module")
def module_client(server: Server) -> Iterator[Client]:
    """A session that the tests of one module share."""
    client = Client(server.port)
    assert client.sign_in().status == 200
    yield client
    client.close()


@pytest.fixture
def branched(client: Client, tab: Tab) -> str:
    """A conversation with branches, reasoning, a stopped answer and a failed one."""
    options = {"temperature": 1, "max_tokens": 500}
    first = tab.ask_and_wait("script?tokens=5&reasoning=3", options=options)
    conversation_id = first["conversation"]["id"]
    regenerated = tab.ok("regenerate", message_id=first["assistant_message_id"], model="script?tokens=2")
    tab.wait_ended(regenerated["generation_id"])
    stopped = tab.ask("script?tokens=500&rate=50", conversation_id)
    tab.wait_text(stopped["generation_id"], "3 ")
    tab.ok("stop_generation", generation_id=stopped["generation_id"])
    tab.ask_and_wait("script?error=500", conversation_id)
    edit = {"message_id": first["message"]["id"], "client_message_id": new_id(), "content": unique("다른 질문")}
    edited = tab.ok("edit_message", **edit, model="script?tokens=4")
    tab.wait_ended(edited["generation_id"])
    fields = {
        "pinned": True,
        "archived": True,
        "system_prompt": "be kind",
        "options": {"top_p": 1},
        "title": "제목 <b>",
    }
    assert client.patch(f"/api/conversations/{conversation_id}", fields).status == 200
    return conversation_id
