"""What a command stored is done, also where the tab that sent it has left before it was stored."""

from types import SimpleNamespace

import pytest
import socketio

from chatapp.chat.send import Turn
from chatapp.config import Settings
from chatapp.ids import new_id
from chatapp.web import socket_commands

COMMANDS = {
    "send_message": ("send", {"conversation_id": None, "content": "hello"}),
    "edit_message": ("edit", {"message_id": new_id(), "content": "hello"}),
    "regenerate": ("regenerate", {"message_id": new_id()}),
    "continue_generation": ("continue_", {"message_id": new_id()}),
}
IDENTIFIED = {"send_message", "edit_message"}


@pytest.fixture
def begun():
    """The turns whose generations were begun."""
    return []


@pytest.fixture
def server():
    """A server that knows nothing of the tab any more."""
    return socketio.Server(async_mode="eventlet")


@pytest.fixture
def handlers(begun, server, monkeypatch):
    """The registered handlers by their commands' names."""
    found = {}

    def on(name):
        return lambda handler: found.setdefault(name, handler)

    monkeypatch.setattr(socket_commands, "socketio", SimpleNamespace(on=on, server=server))
    monkeypatch.setattr(socket_commands, "socket_request", SimpleNamespace(sid="left"))
    monkeypatch.setattr(socket_commands, "join_room", lambda room: server.enter_room("left", room))
    socket_commands.register(
        SimpleNamespace(
            settings=Settings(_env_file=None),
            sessions=SimpleNamespace(owner=lambda: "owner"),
            generations=SimpleNamespace(begin=begun.append),
            terms=lambda _owner: None,
        )
    )
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stored_turn_is_run_although_its_tab_has_left(handlers, begun, server, monkeypatch, command):
    verb, payload = COMMANDS[command]
    turn = Turn({"generation_id": "g"}, "conversation")
    monkeypatch.setattr(socket_commands.send, verb, lambda *_: turn)
    if command in IDENTIFIED:
        payload = {**payload, "client_message_id": "2f1c0a52-31a5-4c53-8f0a-9a1f0a4e7b10"}
    assert handlers[command](payload) == {"ok": True, "generation_id": "g"}
    assert begun == [turn]
    assert not server.manager.rooms.get("/"), "a room that nobody is in"
