"""Random frames and commands: whatever a client sends, the server answers others, and its log has no traceback."""

import contextlib
import json
import os
import socket
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.flooder import upgrade
from support.client import Client
from support.raw_tab import RawTab
from support.shapes import words

# Some 60 s in CI, a few otherwise.
EXAMPLES = 1250 if os.environ.get("CI") else 150
COMMANDS = words(
    "open_conversation load_messages close_conversation send_message edit_message regenerate continue_generation"
    " stop_generation resume_generation select_branch edit_queued move_queued take_back_queued send_queued"
    " connect disconnect message token"
)
FIELDS = words(
    "conversation_id message_id generation_id client_message_id content parent_id model options system_prompt"
    " attachments leaf_id before limit after queue queued_id revision"
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["script?tokens=1", "", "0198c0de-0000-4000-8000-000000000000"])
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner))
payloads = st.dictionaries(st.sampled_from(sorted(FIELDS)), values, max_size=5) | values
names = st.sampled_from(sorted(COMMANDS)) | st.text(max_size=20) | values
numbers = st.just("") | st.integers(0, 10**30).map(str)
events = st.builds(
    lambda number, name, sent: f"42{number}{json.dumps([name, *sent])}", numbers, names, st.lists(payloads, max_size=2)
)
texts = events | st.text(max_size=40) | st.from_regex(r"\A4?[0-9][0-9]{0,3}-?(/[a-z]{0,5},)?[0-9]{0,3}[\[{\"a-z]{0,9}")


@st.composite
def frames(draw):
    """Draw one frame: with any header, of any kind, or no frame at all."""
    kind = draw(st.sampled_from(["text", "text", "text", "odd", "bytes"]))
    if kind == "bytes":
        return draw(st.binary(max_size=64))
    payload = draw(texts).encode("utf-8", "surrogatepass") if kind == "text" else draw(st.binary(max_size=200))
    first = 0x81 if kind == "text" else draw(st.integers(0, 255))
    masked = kind == "text" or draw(st.booleans())
    size = len(payload)
    length = struct.pack("!B", size | 128 * masked) if size < 126 else struct.pack("!BH", 126 | 128 * masked, size)
    return bytes([first]) + length + bytes(4) * masked + payload


@pytest.fixture(scope="module")
def other(server):
    client = Client(server.port)
    client.sign_in()
    yield client.tab()
    client.close()


@pytest.fixture(scope="module")
def fuzzing(server):
    client = Client(server.port)
    client.sign_in()
    return client


@pytest.fixture(scope="module")
def trouble(server):
    """A function that returns the troubles in the server's log since its last call, so each is told once."""
    seen = [0]

    def since():
        whole = server.trouble()
        new, seen[0] = whole[seen[0] :], len(whole)
        return new

    return since


@pytest.mark.timeout(600)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=st.lists(frames(), min_size=1, max_size=8))
def test_no_frame_of_a_tab_disturbs_others(fuzzing, other, trouble, sent):
    with RawTab(fuzzing) as tab:
        tab.join()
        with contextlib.suppress(OSError):
            tab.socket.sock.sendall(b"".join(sent))
            tab.socket.sock.shutdown(socket.SHUT_WR)
            while tab.socket.sock.recv(65536):
                pass
    other.check_alive()
    assert trouble() == []


@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=st.lists(frames(), min_size=1, max_size=4), has_session=st.booleans())
def test_no_frame_before_the_handshake_disturbs_others(server, fuzzing, other, trouble, sent, has_session):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as stranger:
        stranger.sendall(upgrade(server.port, cookie=fuzzing.cookie if has_session else ""))
        assert b" 101 " in stranger.recv(65536)
        with contextlib.suppress(OSError):
            stranger.sendall(b"".join(sent))
            stranger.shutdown(socket.SHUT_WR)
            while stranger.recv(65536):
                pass
    other.check_alive()
    assert trouble() == []
