"""Frames of events: written at once where the socket takes them, and otherwise whole and in order."""

import contextlib
import io
import json

import eventlet
import pytest
from engineio.packet import PING, Packet
from eventlet.green import socket
from eventlet.websocket import RFC6455WebSocket

from chatapp.realtime.event_frame import EventFrame
from chatapp.realtime.send_queue import SendQueue
from chatapp.realtime.websocket import WebSocket
from chatapp.server import concurrency
from chatapp.server.client_connection import ClientSocket

SMALL_BUFFER = 4096


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
    yield ours, theirs
    theirs.close()
    ours.close()


@pytest.fixture
def websocket(pair):
    websocket = WebSocket(ClientSocket(pair[0]), {"wsgi.errors": io.StringIO()})
    websocket.send_queue = SendQueue()
    websocket.send_queue.write_now = websocket.write_now
    return websocket


@pytest.fixture
def reader(pair):
    """The other end, read by eventlet's own WebSocket."""
    return RFC6455WebSocket(pair[1], {}, client=True, max_frame_length=10**7)


def write_queued(websocket, count):
    """Write what waits in the queue, as Engine.IO's writer does."""
    for _ in range(count):
        websocket.send(websocket.send_queue.get(block=False).encode())


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 300_000])
def test_a_frame_of_any_size_is_read_as_it_was_written(websocket, reader, size):
    text = "가" + "x" * size
    task = concurrency.spawn(websocket.send, EventFrame("token", {"text": text}))
    message = reader.wait()
    task.wait()
    assert message[:2] == "42"
    assert json.loads(message[2:]) == ["token", {"text": text}]


@pytest.mark.parametrize("size", [125, 126, 127, 65535, 65536])
def test_the_length_is_written_in_the_form_that_it_needs(websocket, reader, size):
    text = "y" * (size - len('42["x",""]'))
    task = concurrency.spawn(websocket.send, EventFrame("x", text))
    message = reader.wait()
    task.wait()
    assert len(message) == size
    assert json.loads(message[2:]) == ["x", text]


def test_what_the_socket_takes_at_once_does_not_wait_in_the_queue(websocket, reader):
    websocket.send_queue.send(EventFrame("token", 1))
    assert not websocket.send_queue.queue
    assert websocket.send_queue.waiting == 0
    assert json.loads(reader.wait()[2:]) == ["token", 1]


def test_events_come_whole_and_in_order_to_a_tab_that_reads_slowly(websocket, reader):
    count, text = 30, "x" * SMALL_BUFFER
    for number in range(count):
        websocket.send_queue.send(EventFrame("token", [number, text]))
    waiting = len(websocket.send_queue.queue)
    assert 0 < waiting < count
    writer = concurrency.spawn(write_queued, websocket, waiting)
    received = [json.loads(reader.wait()[2:])[1][0] for _ in range(count)]
    writer.wait()
    assert received == list(range(count))
    assert websocket.send_queue.waiting == 0


def test_an_event_waits_behind_what_waits_already(websocket):
    websocket.send_queue.put(Packet(PING))
    frame = EventFrame("token", 1)
    websocket.send_queue.send(frame)
    assert list(websocket.send_queue.queue)[1:] == [frame]


def test_nothing_is_written_into_the_middle_of_a_frame(websocket, reader):
    frame = EventFrame("token", "x" * 300_000)
    websocket.send_queue.send(frame)
    (rest,) = websocket.send_queue.queue
    assert 0 < len(rest.data) < len(frame.data)
    other = concurrency.spawn(websocket.send, "other")
    eventlet.sleep(0)
    writer = concurrency.spawn(write_queued, websocket, 1)
    assert json.loads(reader.wait()[2:]) == ["token", "x" * 300_000]
    assert reader.wait() == "other"
    writer.wait()
    other.wait()


def test_until_the_rest_of_a_frame_is_written_nothing_else_is(websocket, pair):
    websocket.send_queue.send(EventFrame("token", "x" * 300_000))
    websocket.send_queue.queue.clear()
    assert pair[1].recv(10**6)
    assert websocket.write_now(b"x") == 0, "though the socket would take it"


def test_nothing_waits_for_a_socket_that_is_full(websocket):
    with contextlib.suppress(BlockingIOError):
        while True:
            websocket._plain_socket.send(b"x")
    frame = EventFrame("token", 1)
    with eventlet.Timeout(10):
        websocket.send_queue.send(frame)
    assert list(websocket.send_queue.queue) == [frame]


def test_nothing_is_written_to_a_tab_that_has_gone(websocket, pair):
    pair[1].close()
    frame = EventFrame("token", 1)
    assert websocket.write_now(frame.data) == len(frame.data), "its reader will see the end"
    websocket.send_queue.end()
    websocket.send_queue.send(frame)
    assert not websocket.send_queue.queue
