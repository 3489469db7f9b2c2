"""A stored command is carried out even if its tab has left before it was stored."""

from types import SimpleNamespace

import pytest
import socketio

from chatapp.chat.jobs import CommandResult, Effects
from chatapp.config import Settings
from chatapp.ids import new_id
from chatapp.web import socket_commands

COMMANDS = {
    "send_message": ("send", {"conversation_id": None, "content": "hello"}),
    "edit_message": ("edit", {"message_id": new_id(), "content": "hello"}),
    "regenerate": ("regenerate", {"message_id": new_id()}),
    "continue_generation": ("continue_", {"message_id": new_id()}),
}
RESULT = CommandResult({"generation_id": "g"}, "conversation", Effects((), None, {}))
IDENTIFIED = {"send_message", "edit_message"}


@pytest.fixture
def started():
    """The effects whose generations were started."""
    return []


@pytest.fixture
def server():
    """A server from which the tab has disconnected."""
    return socketio.Server(async_mode="eventlet")


@pytest.fixture
def handlers(started, server, monkeypatch):
    """The registered handlers by their commands' names; each command is stored with the same result."""

    def store(*_arguments):
        return RESULT

    services = SimpleNamespace(
        settings=Settings(_env_file=None),
        auth=SimpleNamespace(owner=lambda: "owner"),
        sender=SimpleNamespace(**{verb: store for verb, _ in COMMANDS.values()}),
        runner=SimpleNamespace(start=started.append),
    )
    monkeypatch.setattr(socket_commands, "socketio", SimpleNamespace(server=server))
    monkeypatch.setattr(socket_commands, "socket_request", SimpleNamespace(sid="left", remote_addr="192.0.2.1"))
    monkeypatch.setattr(socket_commands, "join_room", lambda room: server.enter_room("left", room))
    monkeypatch.setattr(socket_commands, "current_services", lambda: services)
    return socket_commands.HANDLERS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stored_command_runs_even_if_its_tab_has_left(handlers, started, server, command):
    _, payload = COMMANDS[command]
    if command in IDENTIFIED:
        payload = {**payload, "client_message_id": "2f1c0a52-31a5-4c53-8f0a-9a1f0a4e7b10"}
    assert handlers[command](payload) == {"ok": True, "generation_id": "g"}
    assert started == [RESULT.effects]
    assert not server.manager.rooms.get("/"), "no room is left over"
