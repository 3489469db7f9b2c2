"""Another process locks the database: only writers wait, and nothing is lost."""

import sqlite3
import time
from contextlib import closing, contextmanager

from bench.prober import Prober
from support.stopwatch import Stopwatch
from support.tab import new_id, unique
from support.waiting import eventually

HELD_SECONDS = 2.0
SOON = 0.5
#: The longest silence of the server under a lock, in seconds.
SILENCE = 3.0


@contextmanager
def locked(server):
    """Hold the write lock of the server's database."""
    with closing(sqlite3.connect(server.folder / "chatapp.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def seconds_of(server, act) -> float:
    watch = Stopwatch(*server.worker_pids())
    act()
    return watch.seconds()


def question(model):
    return {"conversation_id": None, "client_message_id": new_id(), "content": unique(), "model": model}


def test_a_locked_database_delays_only_writers(server, client):
    writer, reader = client.tab(), client.tab()
    delays = []
    with locked(server):
        number = writer.send("send_message", question("script?tokens=3"))
        until = time.monotonic() + HELD_SECONDS
        while time.monotonic() < until:
            delays.append(seconds_of(server, lambda: client.get("/healthz")))
            delays.append(seconds_of(server, reader.check_alive))
        assert not writer.has_ack(number), "the lock did not delay the write"
    assert max(delays) < SOON
    ack = writer.wait_ack(number)
    assert ack["ok"], ack
    assert writer.wait_ended(ack["generation_id"])["status"] == "complete"


def test_an_answer_continues_after_a_lock(server, client):
    tab = client.tab()
    ack = tab.ask("script?tokens=60&rate=60")
    tab.wait_text(ack["generation_id"], "5 ")
    with locked(server):
        eventually(lambda: time.monotonic() - tab.events[-1].at > SOON, what="silence under the lock")
    ended = tab.wait_ended(ack["generation_id"])
    assert ended["message"]["content"] == "".join(f"{number} " for number in range(1, 61))
    assert tab.text(ack["generation_id"]) == ended["message"]["content"]


def test_a_long_lock_refuses_commands_but_not_answers(server, client):
    """After five seconds commands are refused with a retry time; the answer continues, and nothing else is delayed."""
    tab, askers = client.tab(), [client.tab() for _ in range(5)]
    ack = tab.ask("script?tokens=300&rate=60")
    tab.wait_text(ack["generation_id"], "5 ")
    with Prober(server.port, *server.worker_pids()) as prober, prober.looking() as seen, locked(server):
        numbers = [asker.send("send_message", question("script?tokens=3")) for asker in askers]
        refusals = [asker.wait_ack(number) for asker, number in zip(askers, numbers, strict=True)]
    assert {refusal["error"]["code"] for refusal in refusals} == {"unavailable"}
    assert all(refusal["error"]["retry_after"] > 0 for refusal in refusals)
    ended = tab.wait_ended(ack["generation_id"])
    assert ended["status"] == "complete"
    assert ended["message"]["content"] == "".join(f"{number} " for number in range(1, 301))
    assert tab.text(ack["generation_id"]) == ended["message"]["content"]
    assert seen[0].healthz.longest < SILENCE
