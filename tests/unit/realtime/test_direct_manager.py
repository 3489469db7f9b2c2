"""The events of a room: one frame for all of its tabs, and one more of a token for those that take short ones."""

import json

import pytest
import socketio

from chatapp.protocol.facts import token_payload
from chatapp.realtime.direct_manager import DirectManager
from chatapp.realtime.send_queue import SendQueue

TOKEN = token_payload("01a22f67-f5ea-738e-9a05-646c7b7e4fd5", 99_999, "text", "가")
MOST_BYTES = 60


class Tab:
    """A socket that keeps the frames that are written to it."""

    closed = False

    def __init__(self, takes_short_tokens):
        self.queue = SendQueue()
        self.queue.takes_short_tokens = takes_short_tokens
        self.written = []
        self.queue.write_now = lambda data: self.written.append(data) or len(data)

    @property
    def events(self):
        return [json.loads(data[data.index(b"42[") + 2 :]) for data in self.written]


@pytest.fixture
def room():
    """A function that puts tabs into a room, and returns them with a function that emits to it."""

    def fill(*takes_short_tokens):
        tabs = {f"connection {number}": Tab(takes) for number, takes in enumerate(takes_short_tokens)}
        manager = DirectManager()
        socketio.Server(client_manager=manager, async_mode="threading").eio.sockets = tabs
        for connection in tabs:
            sid = manager.connect(connection, "/")
            manager.enter_room(sid, "/", "room")
        return [*tabs.values()], lambda event, data: manager.emit(event, data, "/", room="room")

    return fill


def test_each_tab_gets_a_token_in_the_form_that_it_takes(room):
    (old, new), emit = room(False, True)
    emit("token", TOKEN)
    assert old.events == [["token", TOKEN]]
    assert new.events == [["t", ["646c7b7e4fd5", 99_999, "가"]]]


@pytest.mark.parametrize("kind", ["reasoning", "text_was_reasoning"])
def test_a_short_token_has_its_kind_unless_it_is_text(room, kind):
    (new,), emit = room(True)
    emit("token", {**TOKEN, "kind": kind})
    assert new.events == [["t", ["646c7b7e4fd5", 99_999, "가", kind]]]


def test_other_events_have_one_form(room):
    tabs, emit = room(False, True)
    emit("generation_ended", {"id": 1})
    assert [tab.events for tab in tabs] == [[["generation_ended", {"id": 1}]]] * 2


def test_each_form_is_built_once(room):
    tabs, emit = room(False, True, False, True)
    emit("token", TOKEN)
    assert len({id(data) for tab in tabs for data in tab.written}) == 2


@pytest.mark.parametrize("kind", [{}, {"kind": "reasoning"}])
def test_a_short_token_takes_at_most_60_bytes_beyond_its_text(room, kind):
    (new,), emit = room(True)
    emit("token", {**TOKEN, **kind})
    assert len(new.written[0]) - len("가".encode()) <= MOST_BYTES
