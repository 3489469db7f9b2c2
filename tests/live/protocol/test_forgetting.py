"""After a log is dropped, and after a deletion is final."""

import pytest

from support import sse
from support.client import Client
from support.processes import Server
from support.shapes import check_problem
from support.waiting import eventually


@pytest.fixture(scope="module")
def short_lived(upstream, tmp_path_factory):
    """A session on a server that keeps logs and deleted conversations for a moment only."""
    env = {"CHATAPP_LOG_KEEP_SECONDS": "0.5", "CHATAPP_GRACE_SECONDS": "0.5"}
    server = Server(tmp_path_factory.mktemp("forgetful"), upstream.url, **env).start()
    client = Client(server.port)
    client.sign_in()
    yield client
    client.close()
    server.close()


@pytest.fixture(scope="module")
def dropped_answer(short_lived):
    """An answer whose log is gone: its ack and its end."""
    tab = short_lived.tab()
    ack = tab.ask_and_wait("script?tokens=10&rate=200")

    def resume():
        return tab.ok("resume_generation", generation_id=ack["generation_id"], after=0)

    eventually(lambda: resume()["entries"] == [], every=0.1, what="the log to be dropped")
    return ack, tab.wait_ended(ack["generation_id"])


def test_a_resume_after_the_log_is_dropped_returns_the_message(short_lived, dropped_answer):
    ack, ended = dropped_answer
    for after in (0, 3, ended["seq"], ended["seq"] + 5):
        resumed = short_lived.tab().ok("resume_generation", generation_id=ack["generation_id"], after=after)
        assert resumed["entries"] == []
        assert (resumed["status"], resumed["seq"]) == ("complete", ended["seq"])
        assert resumed["message"] == ended["message"]


def test_after_the_log_is_dropped_the_stream_has_only_the_end(short_lived, dropped_answer):
    ack, ended = dropped_answer
    path = f"/api/generations/{ack['generation_id']}/events"
    for headers in ({}, {"Last-Event-ID": "2"}):
        with short_lived.stream(path, headers) as response:
            (event,) = list(sse.read(response))
        assert (event.name, event.id) == ("generation_ended", str(ended["seq"]))
        assert event.payload["message"] == ended["message"]
    assert short_lived.get(path, {"Last-Event-ID": str(ended["seq"])}).status == 204


def test_a_stop_after_the_log_is_dropped_returns_the_final_status(short_lived, dropped_answer):
    ack, _ = dropped_answer
    tab = short_lived.tab()
    assert tab.ok("stop_generation", generation_id=ack["generation_id"])["status"] == "complete"


def test_a_running_log_is_never_dropped(short_lived, dropped_answer):
    tab = short_lived.tab()
    ack = tab.ask("script?tokens=100000&rate=100")
    old = tab.ask_and_wait("script?tokens=2")

    def is_dropped():
        return tab.ok("resume_generation", generation_id=old["generation_id"], after=0)["entries"] == []

    eventually(is_dropped, every=0.1, what="a later log to be dropped")
    resumed = tab.ok("resume_generation", generation_id=ack["generation_id"], after=0)
    assert resumed["entries"][0]["text"].startswith("1 2 3 ")
    tab.ok("stop_generation", generation_id=ack["generation_id"])


def test_a_deletion_is_final_after_the_grace_period(short_lived, dropped_answer):
    tab = short_lived.tab()
    conversation_id = tab.ask_and_wait("script?tokens=2")["conversation"]["id"]
    path = f"/api/conversations/{conversation_id}"
    assert short_lived.delete(path).status in (200, 204)

    def is_final():
        reply = short_lived.patch(path, {"deleted": False})
        if reply.status == 200:
            short_lived.delete(path)
        return reply.status == 404

    # Each probe restores and deletes again, so probe less often than the grace period.
    eventually(is_final, every=2, what="the deletion to be final")
    check_problem(short_lived.get(path), 404, "not_found")
