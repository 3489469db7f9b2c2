"""Malformed frames: at most a line in the log, and the socket stays open."""

import pytest

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
    "a connect to a namespace that is none": "40/admin,",
    "a second connect": "40",
    "a connect error from a client": '44{"message":"x"}',
    "broken json": '4277["stop_generation",{]',
    "two values": '4277["stop_generation",{}] []',
    "nan": '4277["stop_generation",{"generation_id":NaN}]',
    "a huge number": '42["stop_generation",' + "9" * 5000 + "]",
    "a huge ack number": "42" + "9" * 400 + '["stop_generation",{}]',
    "binary placeholders": '451-["stop_generation",{"_placeholder":true,"num":0}]',
    "placeholders outside": '451-["stop_generation",{"_placeholder":true,"num":99}]',
    "ten thousand attachments": '4510000-["stop_generation",{}]',
    "deep lists": "42" + "[" * DEEP + "]" * DEEP,
    "deep lists in a payload": '4277["stop_generation",' + "[" * DEEP + "]" * DEEP + "]",
    "deep objects": '4277["stop_generation",' + '{"a":' * DEEP + "1" + "}" * DEEP + "]",
    "unfinished depth": "42" + "[" * DEEP,
    "a pong nobody asked for": "3",
    "an upgrade": "5",
    "a noop": "6",
    "a nul": "42\0",
    "half a surrogate pair": '42["\\ud800",{"a":"\\udc00"}]',
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
def test_a_malformed_frame_is_one_log_line_at_most_and_the_socket_lives(client, log, name):
    tab = client.tab()
    tab.check_alive()
    log()
    tab.wire.send(FRAMES[name])
    tab.check_alive()
    written = log()
    assert "Traceback" not in written
    assert "ERROR" not in written
    assert len(written.splitlines()) <= 1, written


@pytest.mark.parametrize("frame", [b"", b"\x00", b"\xff\xfe", b"42[]", b"x" * 1000])
def test_a_binary_frame_is_ignored(client, log, frame):
    tab = client.tab()
    tab.check_alive()
    log()
    tab.wire.send_binary(frame)
    tab.check_alive()
    written = log()
    assert len(written.splitlines()) <= 1, written
    assert "Traceback" not in written


def test_a_flood_of_malformed_frames_does_not_delay_others(client, tab):
    other = client.tab()
    ack = tab.ask("script?tokens=60&rate=200")
    for frame in list(FRAMES.values()) * 3:
        other.wire.send(frame)
    assert tab.wait_ended(ack["generation_id"])["status"] == "complete"
    other.check_alive()


def test_a_command_without_an_ack_number_still_does_its_work(client, tab):
    ack = tab.ask("script?tokens=1000&rate=50")
    tab.wire.send(f'42["stop_generation",{{"generation_id":"{ack["generation_id"]}"}}]')
    assert tab.wait_ended(ack["generation_id"])["status"] == "stopped"


def test_facts_are_not_commands(tab):
    """A client cannot send the server's events."""
    for name in ("token", "message_added", "generation_ended", "conversation_removed"):
        check_error(tab.error(name, {"id": "x"}), code="invalid")
