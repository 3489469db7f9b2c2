"""Green threads of a WebSocket: none keeps waiting once the connection has ended."""

import contextlib
import gc
import io
import time
import weakref

import pytest
from engineio.packet import PONG, Packet
from engineio.server import Server as Engine
from engineio.socket import Socket
from eventlet.green import socket
from eventlet.hubs import get_hub

from bench.flooder import FIRST_FRAGMENT, MIDDLE_FRAGMENT, TEXT, frame
from chatapp.realtime import websocket as websocket_module
from chatapp.realtime.send_queue import SendQueue
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
    websocket.send_queue = SendQueue()
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


def test_a_websocket_whose_client_does_not_read_is_closed_soon(pair, monkeypatch):
    monkeypatch.setattr(websocket_module, "GOODBYE_SECONDS", 0.1)
    websocket = websocket_module.WebSocket(pair[0], {"wsgi.errors": io.StringIO()})

    def write():
        with contextlib.suppress(OSError):
            websocket.send(b"x" * 10**7)

    writer = concurrency.spawn(write)
    settle()
    websocket.close()
    writer.wait()


FINAL = 0x80


def reading(pair, **settings):
    """Return a WebSocket that reads what is sent to the pair's other end."""
    websocket = websocket_module.WebSocket(pair[0], {}, max_frame_length=1000)
    websocket.send_queue = SendQueue()
    for name, value in settings.items():
        setattr(websocket, name, value)
    return websocket


def test_a_message_of_many_fragments_is_kept_in_one_piece(pair):
    websocket = reading(pair)
    pair[1].sendall(frame(FIRST_FRAGMENT, b"40") + frame(MIDDLE_FRAGMENT, b"x") * 500)
    message = websocket._recv_frame()
    for _ in range(500):
        assert websocket._recv_frame(message) is message
    assert [len(part) for part in message.data] == [websocket.send_queue.waiting] == [502]
    pair[1].sendall(frame(MIDDLE_FRAGMENT | FINAL, b"y"))
    websocket._recv_frame(message)
    assert message.getvalue() == f"40{'x' * 500}y"
    assert websocket.send_queue.waiting == 0


def test_a_message_of_fragments_is_bounded_as_a_whole(pair):
    websocket = reading(pair)
    pair[1].sendall(frame(FIRST_FRAGMENT, b"x" * 600) + frame(MIDDLE_FRAGMENT, b"x" * 600))
    assert websocket.wait() is None
    assert b"too large" in pair[1].recv(100)


class Budget:
    """Notes what it is charged, and lets wait as it is told."""

    def __init__(self, name, notes, seconds):
        self.name, self.notes, self.seconds = name, notes, seconds

    def take(self, frames):
        self.notes.append((self.name, round(frames, 2), time.monotonic()))
        return self.seconds


def test_frames_are_charged_to_one_budget_after_the_wait_for_the_other(pair):
    notes = []
    websocket = reading(pair, budgets=(Budget("socket", notes, 0.1), Budget("owner", notes, 0)))
    websocket.max_frame_length = 10**6
    pair[1].sendall(frame(TEXT, b"40" + b" " * (websocket_module.FRAME_BYTES * 2 - 2)))
    assert websocket.wait().startswith("40")
    (of_socket, of_owner) = notes
    assert of_socket[:2] == ("socket", 3)
    assert of_owner[:2] == ("owner", 3)
    assert of_owner[2] - of_socket[2] > 0.09


def test_a_pause_ends_with_the_tab(pair):
    websocket = reading(pair, budgets=(Budget("socket", [], 1000),))
    pair[1].sendall(frame(TEXT, b"40"))
    reader = concurrency.spawn(websocket.wait)
    settle()
    websocket.send_queue.end()
    reader.wait()


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


def test_the_end_of_a_green_thread_is_waited_for_also_before_it_has_begun():
    done = []
    thread = websocket_module.SocketThread(done.append, ["end"])
    thread.start()
    thread.join()
    assert done == ["end"]


@pytest.fixture
def engine():
    engine = Engine(async_mode="eventlet", ping_interval=0.01)
    engine._async = websocket_module.ASYNC_DRIVER
    return engine


def test_pings_are_sent_without_a_green_thread(engine):
    connection = Socket(engine, "sid")
    running = websocket_module.SocketThread.alive
    connection.schedule_ping()
    assert websocket_module.SocketThread.alive == running
    assert connection.queue.get(timeout=10).encode() == "2"
    connection.receive(Packet(PONG))
    assert connection.queue.get(timeout=10).encode() == "2", "another, after the answer"


def test_nothing_keeps_a_socket_that_has_ended(engine):
    engine.ping_interval = 1000
    connection = Socket(engine, "sid")
    connection.schedule_ping()
    connection.queue.call_later("handshake", 1000, connection.close)
    connection.queue.end()
    connection.queue.call_later("late", 1000, connection.close)
    kept = weakref.ref(connection)
    del connection
    gc.collect()
    assert kept() is None


def test_what_is_called_later_replaces_what_has_its_name():
    queue, called = SendQueue(), []
    queue.call_later("ping", 0.01, called.append, "first")
    queue.call_later("ping", 0.01, called.append, "second")
    queue.call_later("other", 0.01, called.append, "other")
    queue.forget("other")
    queue.forget("none")
    concurrency.sleep(0.05)
    assert called == ["second"]


def test_a_handshake_that_is_refused_ends_its_socket(engine):
    connection = Socket(engine, "sid")
    environ = {"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket", "eventlet.input": Input()}
    environ["HTTP_SEC_WEBSOCKET_VERSION"] = "12"
    statuses = []
    app = websocket_module.WebSocketApp(connection._websocket_handler, engine)
    app(environ, lambda status, _headers: statuses.append(status))
    assert statuses == ["426 Upgrade Required"]
    assert connection.closed
    assert connection.queue.ended.is_set()


class Input:
    """A request's body: all that the handshake wants of it is its socket."""

    def get_socket(self):
        return None
