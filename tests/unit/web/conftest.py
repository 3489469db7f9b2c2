"""Fixtures of sign-ins."""

import pytest

from chatapp.realtime import socketio_server


@pytest.fixture
def dismissed(database, monkeypatch):
    """The sessions whose tabs were disconnected."""
    dismissed = []
    monkeypatch.setattr(socketio_server, "connected_devices", list)
    monkeypatch.setattr(socketio_server, "disconnect_device", dismissed.append)
    return dismissed
