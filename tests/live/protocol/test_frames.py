"""Malformed frames: the socket is closed with at most a line in the log, and nobody else notices."""

import contextlib

import pytest

from support.raw_tab import RawTab
from support.shapes import check_error

DEEP = 10_000
FRAMES = {
    "an event without a name": "42",
    "an empty event": "42[]",
    "an ack number and half a list": "4299[",
    "attachments that never come": "451-[",
    "a number for a name": "42[1]",
    "an object for an event": '42{"a":1}',
    "null for an event": "42null",
    "null for a name": "42[null]",
    "an object for a name": '42[{"a":1},{}]',
    "a packet of no kind": "47",
    "a message of nothing": "4",
    "nothing": "",
    "an engine packet of no kind": "9",
    "no number": "x",
    "an ack of nothing": "43",
    "an ack that nobody asked for": "43999[1]",
    "an ack that is no list": '430{"a":1}',
    "a namespace that is none": '42/admin,["stop_generation",{}]',
    "a connect error from a client": '44{"message":"x"}',
    "broken json": '4277["stop_generation",{]',
    "two values": '4277["stop_generation",{}] []',
    "a huge number": '42["stop_generation",' + "9" * 5000 + "]",
    "a huge ack number": "42" + "9" * 400 + '["stop_generation",{}]',
    "binary placeholders": '451-["stop_generation",{"_placeholder":true,"num":0}]',
    "placeholders outside": '451-["stop_generation",{"_placeholder":true,"num":99}]',
    "ten thousand attachments": '4510000-["stop_generation",{}]',
    "deep lists": "42" + "[" * DEEP + "]" * DEEP,
    "deep lists in a payload": '4277["stop_generation",' + "[" * DEEP + "]" * DEEP + "]",
    "deep objects": '4277["stop_generation",' + '{"a":' * DEEP + "1" + "}" * DEEP + "]",
    "unfinished depth": "42" + "[" * DEEP,
    "a hundred thousand values": '4277["stop_generation",' + "[]," * 100_000 + "0]",
    "a noop": "6",
    "a nul": "42\0",
}
HARMLESS = {
    "a second connect": "40",
    "a second connect by name": "40/,",
    "a connect to a namespace that is none": "40/admin,",
    "half a surrogate pair": '42["\\ud800",{"a":"\\udc00"}]',
    "a pong nobody asked for": "3",
    "an upgrade": "5",
    "nan": '4277["stop_generation",{"generation_id":NaN}]',
}


@pytest.fixture(scope="module")
def log(server):
    """A function that returns the server's log since its last call."""
    seen = [len(server.log())]

    def since():
        whole = server.log()
        new, seen[0] = whole[seen[0] :], len(whole)
        return new

    return since


@pytest.mark.parametrize("name", FRAMES)
def test_a_malformed_frame_closes_its_socket_with_one_log_line_at_most(client, log, name):
    tab, other = client.tab(), client.tab()
    tab.check_alive()
    log()
    tab.wire.send(FRAMES[name])
    tab.wait_closed()
    other.check_alive()
    written = log()
    assert "Traceback" not in written
    assert "ERROR" not in written
    assert len(written.splitlines()) <= 1, written


@pytest.mark.parametrize("name", HARMLESS)
def test_an_odd_frame_that_is_well_formed_is_no_reason_to_close(client, log, name):
    tab = client.tab()
    tab.check_alive()
    log()
    tab.wire.send(HARMLESS[name])
    tab.check_alive()
    assert log() == ""


@pytest.mark.parametrize("frame", [b"", b"\x00", b"\xff\xfe", b"42[]", b"x" * 1000])
def test_a_binary_frame_closes_its_socket(client, log, frame):
    tab = client.tab()
    tab.check_alive()
    log()
    tab.wire.send_binary(frame)
    tab.wait_closed()
    written = log()
    assert len(written.splitlines()) <= 1, written
    assert "Traceback" not in written


@pytest.mark.parametrize("first", ["42", '420["open_conversation",{}]', "41", "3", "5", "40/admin,", "x"])
def test_before_the_handshake_one_frame_is_read_and_it_must_be_the_handshake(client, first):
    with RawTab(client) as tab:
        tab.socket.send(first)
        with contextlib.suppress(OSError):
            tab.socket.send("40")
        seen = []
        while frame := tab.next():
            seen.append(frame)
    assert not any(frame.startswith("40{") for frame in seen), seen


def test_leaving_the_namespace_closes_the_socket(client):
    with RawTab(client) as tab:
        tab.join()
        tab.socket.send("41")
        assert tab.next() == ""


def test_a_command_without_an_ack_number_still_does_its_work(client, tab):
    ack = tab.ask("script?tokens=1000&rate=50")
    tab.wire.send(f'42["stop_generation",{{"generation_id":"{ack["generation_id"]}"}}]')
    assert tab.wait_ended(ack["generation_id"])["status"] == "stopped"


def test_facts_are_not_commands(tab):
    """A client cannot send the server's events."""
    for name in ("token", "message_added", "generation_ended", "conversation_removed"):
        check_error(tab.error(name, {"id": "x"}), code="invalid")
