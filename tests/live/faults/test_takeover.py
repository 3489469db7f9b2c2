"""A new master takes over from the running one (USR2, then TERM to the old one), and no other server can join."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from support.orphan import Orphan
from support.processes import Server
from support.waiting import LIMIT, eventually


def children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


@pytest.fixture
def taken_over(new_server):
    """A server whose first master has ended; its process is now the second master."""
    server = new_server()
    first, workers = server.process, server.worker_pids()
    first.send_signal(signal.SIGUSR2)
    (pid,) = eventually(lambda: server.worker_pids() - workers, what="a second master")
    # Its first child only reads the settings.
    eventually(lambda: server.log().count("Booting worker") == 2 and children(pid), what="its worker")
    first.terminate()
    with closing(Orphan(pid)) as second:
        assert first.wait(LIMIT) == 0
        server.process = second
        try:
            eventually(server.is_ready, what="the second master's server")
            yield server
            server.close()
        finally:
            server.process = None
            if second.poll() is None:
                os.killpg(first.pid, signal.SIGKILL)  # the process group outlives its leader


def test_a_new_master_takes_over_from_the_old_one(taken_over, new_client):
    client = new_client(taken_over)
    ack = client.tab().ask_and_wait("script?tokens=3")
    assert client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]["status"] == "complete"


def test_the_folder_stays_claimed_even_when_the_new_worker_dies(taken_over):
    taken_over.trouble_expected = True  # the kill is logged as an error
    (worker,) = taken_over.worker_pids()
    other = Server(taken_over.folder, taken_over.env["OPENAI_BASE_URL"])
    other.log_path = taken_over.folder / "other.log"
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: taken_over.worker_pids() - {worker}, what="a new worker")
    other.spawn()
    try:
        assert other.wait(LIMIT) != 0
    finally:
        other.trouble_expected = True
        other.close()
    assert str(taken_over.folder) in other.log()
    eventually(taken_over.is_ready, what="the first server to be ready")
