"""Green threads of a WebSocket: none keeps waiting once the connection has ended."""

import io

import pytest
from engineio.server import Server as Engine
from engineio.socket import Socket
from eventlet.green import socket
from eventlet.hubs import get_hub

from chatapp.realtime import websocket as websocket_module
from chatapp.realtime.socketio_server import end_connection
from chatapp.server import concurrency


def settle():
    for _ in range(4):
        concurrency.sleep()


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    theirs.close()
    ours.close()


def test_closing_a_websocket_wakes_its_reader(pair):
    ours, theirs = pair
    websocket = websocket_module.WebSocket(ours, {"wsgi.errors": io.StringIO()})
    websocket.send_queue = websocket_module.SendQueue()
    received = []
    reader = concurrency.spawn(lambda: received.append(websocket.wait()))
    settle()
    websocket.close()
    reader.wait()
    assert received == [None]
    assert ours.fileno() not in get_hub().listeners["read"]
    assert theirs.recv(100)[:1] == b"\x88", "a close frame"
    assert theirs.recv(100) == b""


def test_a_websocket_is_closed_once(pair):
    errors = io.StringIO()
    websocket = websocket_module.WebSocket(pair[0], {"wsgi.errors": errors})
    websocket.close()
    websocket.close()
    assert len(pair[1].recv(100)) == 2
    assert errors.getvalue() == ""


class Server:
    """The part of a Socket.IO server that `end_connection` needs."""

    def __init__(self):
        self.eio = Engine(async_mode="eventlet")


def test_ending_a_connection_without_a_writer_does_not_wait():
    server = Server()
    held = server.eio.sockets["sid"] = Socket(server.eio, "sid")
    task = concurrency.spawn(end_connection, server, "sid")
    settle()
    assert task._has_ended
    assert held.closed
    assert server.eio.sockets == {}
    end_connection(server, "sid")
