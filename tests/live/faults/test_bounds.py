"""Bounds on one client: descriptors, fragments, connections without a handshake, unread snapshots."""

import contextlib
import resource
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websocket import ABNF

from support.client import Client
from support.raw_tab import RawTab
from support.waiting import LIMIT, eventually

MIB = 1024 * 1024
BIG = "script?tokens=190&size=5000"  # an answer of almost a mebibyte
TOO_BIG = 1009
HANDSHAKE_SECONDS = 10


@pytest.fixture(scope="module", autouse=True)
def connection_seconds(server):
    """A connection without a Socket.IO handshake that answers every ping; gives a future of its duration in seconds.

    It is opened first, so that it times out while the other tests run.
    """
    client = Client(server.port)
    client.sign_in()
    opened_at = time.monotonic()

    def wait_closed(silent: RawTab) -> float:
        assert silent.next() == ""
        return time.monotonic() - opened_at

    with RawTab(client) as silent, ThreadPoolExecutor(1) as pool:
        yield pool.submit(wait_closed, silent)


def worker_of(server) -> int:
    (pid,) = server.worker_pids()
    return pid


def resident_mib(pid: int) -> float:
    """Return the resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / MIB


def test_a_server_accepts_again_after_it_ran_out_of_descriptors(new_server, new_client):
    server = new_server()
    client = new_client(server)
    worker = worker_of(server)
    taken = len(list(Path(f"/proc/{worker}/fd").iterdir()))
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (taken + 10, taken + 10))
    with contextlib.ExitStack() as held:
        for _ in range(30):
            held.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        eventually(lambda: "could not be accepted" in server.log(), what="a connection over the limit")
    eventually(lambda: client.get("/healthz").status == 200, what="an answer once there is room")
    client.tab().check_alive()


def fragment(tab: RawTab, size: int, *, first: bool) -> None:
    """Send a fragment of a text message, not the last one."""
    opcode = ABNF.OPCODE_TEXT if first else ABNF.OPCODE_CONT
    tab.socket.send_frame(ABNF.create_frame("a" * size, opcode, fin=0))


def test_a_fragmented_message_over_the_limit_is_refused(client):
    with RawTab(client) as tab:
        for number in range(9):
            fragment(tab, MIB // 8, first=number == 0)
        frame = tab.socket.recv_frame()
    assert frame.opcode == ABNF.OPCODE_CLOSE
    assert struct.unpack("!H", frame.data[:2]) == (TOO_BIG,)


def test_endless_fragments_do_not_fill_the_memory(server, client):
    worker = worker_of(server)
    before = resident_mib(worker)
    with RawTab(client) as tab, contextlib.suppress(OSError):
        for number in range(96):
            fragment(tab, MIB - 1, first=number == 0)
    assert resident_mib(worker) - before < 24


def test_a_fragmented_message_within_the_limit_is_accepted(client):
    parts = ['420["open_conver', 'sation",{"conversation_id":', '"none"}]']
    with RawTab(client) as tab:
        tab.join()
        for part in parts:
            opcode = ABNF.OPCODE_TEXT if part is parts[0] else ABNF.OPCODE_CONT
            tab.socket.send_frame(ABNF.create_frame(part, opcode, fin=int(part is parts[-1])))
        assert tab.next().startswith("430[")


def test_large_snapshots_do_not_disconnect_a_slow_tab(client, tab):
    """Many pages of a mebibyte wait for a tab that reads nothing during an answer and everything after it."""
    conversation_id = None
    for _ in range(2):
        conversation_id = tab.ask_and_wait(BIG, conversation_id, options={"max_turns": 1})["conversation"]["id"]
    with RawTab(client) as slow:
        slow.join()
        for number in range(12):
            slow.send(number, "open_conversation", conversation_id=conversation_id, limit=500)
        running = tab.ask("script?tokens=200&rate=200", conversation_id, options={"max_turns": 1})
        ended = tab.wait_ended(running["generation_id"])
        # Acks and events come in any order: while much waits, the next command is not read.
        awaited = {f"43{number}[" for number in range(12)} | {'42["generation_ended"'}
        found = {}
        while awaited - found.keys():
            frame = slow.next()
            assert frame, "the server has closed the connection"
            found |= {start: frame for start in awaited if frame.startswith(start)}
        assert min(len(found[f"43{number}["]) for number in range(12)) > 0.8 * MIB
        assert ended["message"]["content"] in found['42["generation_ended"']


def test_tabs_that_read_nothing_do_not_fill_the_memory(server, client, tab):
    """Eight of them request much more than the server keeps for one."""
    conversation_id = None
    for _ in range(3):
        conversation_id = tab.ask_and_wait(BIG, conversation_id, options={"max_turns": 1})["conversation"]["id"]
    worker = worker_of(server)
    before = resident_mib(worker)
    with contextlib.ExitStack() as held:
        tabs = [held.enter_context(RawTab(client)) for _ in range(8)]
        for slow in tabs:
            slow.join()
            for number in range(100):
                slow.send(number, "open_conversation", conversation_id=conversation_id, limit=500)
        for _ in range(20):
            tab.check_alive()
        tabs[0].next()
        assert next_frame_with(tabs[0], "4399["), "an ack was lost"
        assert resident_mib(worker) - before < 200


def next_frame_with(tab: RawTab, start: str) -> str:
    """Return the next frame with this start."""
    while not (frame := tab.next()).startswith(start):
        assert frame, "the server has closed the connection"
    return frame


def test_a_connection_without_a_socketio_handshake_is_closed(connection_seconds):
    assert HANDSHAKE_SECONDS <= connection_seconds.result(timeout=LIMIT) < 3 * HANDSHAKE_SECONDS
