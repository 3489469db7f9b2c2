"""A tab lets a connection to the model's server be opened before anybody asks."""

import re

import pytest

from support.client import Client
from support.processes import Server
from support.waiting import eventually

IDLE = re.compile(r'^chatapp_upstream_connections\{provider="[^"]*",state="idle"\} (\d+)', re.MULTILINE)


@pytest.fixture(scope="module")
def impatient(module_server) -> Server:
    """A server that keeps idle connections for a second."""
    return module_server(CHATAPP_UPSTREAM_IDLE_SECONDS="1")


def idle(client: Client) -> int:
    return int(IDLE.search(client.get("/metrics").body.decode())[1])


def test_a_connection_is_ready_when_a_tab_opens_and_when_it_opens_a_conversation(impatient, new_client):
    client = new_client(impatient)
    eventually(lambda: idle(client) == 0, what="the end of the connection that has listed the models")
    tab = client.tab()
    eventually(lambda: idle(client) == 1, what="a connection for a new tab")
    ack = tab.ask_and_wait("script?tokens=1")
    eventually(lambda: idle(client) == 0, what="the end of the connection after the answer")
    for _ in range(5):
        tab.ok("open_conversation", conversation_id=ack["conversation"]["id"])
    eventually(lambda: idle(client) == 1, what="a connection for the conversation")
    eventually(lambda: idle(client) == 0, what="its end, as nobody has asked")
