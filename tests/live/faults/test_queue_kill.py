"""A server killed with SIGKILL at each stage of a queue: no question is lost, and none reaches a model twice."""

import contextlib

import pytest

from support.tab import unique
from support.waiting import eventually
from support.wire import GONE

LONG = "script?tokens=2000&rate=50"
FAST = "script?tokens=5"


def snapshot(client, ack):
    """Return a conversation as a new tab finds it. Raises OSError if the server goes meanwhile."""
    tab = client.tab()
    number = tab.send("open_conversation", {"conversation_id": ack["conversation"]["id"]})
    tab.wait_for(lambda tab: tab.closed or tab.has_ack(number), what="an ack or a close")
    if not tab.has_ack(number):
        raise ConnectionResetError
    found = tab.wait_ack(number)
    tab.close()
    assert found["ok"], found
    return found


def queue(tab, ack, model=FAST):
    return tab.ask(model, ack["conversation"]["id"], queue=True)["queued"]


def times_asked(upstream, queued):
    """Return how often a model was asked a question, as the last one."""
    text = queued["content"]
    return sum(call["messages"][-1]["content"] == text for call in upstream.calls(text))


def kill_and_start(server, tab):
    server.kill9()
    tab.wait_closed()
    server.start()


def until(client, ack, condition, what):
    def probe():
        with contextlib.suppress(*GONE):  # between two workers nobody is there
            now = snapshot(client, ack)
            return condition(now) and now

    return eventually(probe, what=what)


@pytest.fixture
def killed(running, new_client):
    """A server that one test after the other kills and starts again, and a client and a tab of its own for each."""
    client = new_client(running)
    return running, client, client.tab()


def test_while_the_answer_above_is_written(killed, upstream):
    server, client, tab = killed
    first = tab.ask(LONG)
    queued = queue(tab, first)
    tab.wait_text(first["generation_id"], "3 ")
    kill_and_start(server, tab)
    now = until(client, first, lambda now: not now["running"], "the interrupted answer")
    assert now["messages"][-1]["status"] == "interrupted"
    assert now["queue"]["questions"] == [queued], "it is held"
    assert times_asked(upstream, queued) == 0
    client.tab().ok("send_queued", queued_id=queued["id"])
    until(client, first, lambda now: len(now["messages"]) == 4 and not now["running"], "the answer")
    assert times_asked(upstream, queued) == 1


def test_between_the_end_of_the_answer_above_and_the_start_of_the_next(new_server, new_client, upstream):
    """A rate holds the start up, so that the server is surely killed before it."""
    server = new_server(CHATAPP_MESSAGES_PER_MINUTE="1")
    client = new_client(server)
    tab = client.tab()
    first = tab.ask("script?tokens=150&rate=50")
    queued = [queue(tab, first) for _ in range(2)]
    tab.wait_ended(first["generation_id"])
    now = until(client, first, lambda now: len(now["messages"]) == 4, "the question")
    assert now["messages"][-1]["status"] == "running"
    assert times_asked(upstream, queued[0]) == 0
    kill_and_start(server, tab)
    now = until(client, first, lambda now: now["messages"][3]["status"] == "complete", "the answer")
    assert now["messages"][2]["content"] == queued[0]["content"]
    assert times_asked(upstream, queued[0]) == 1
    assert [one["content"] for one in now["messages"][4:5]] in ([], [queued[1]["content"]])


def test_while_the_answer_to_a_queued_question_is_written(killed, upstream):
    server, client, tab = killed
    first = tab.ask("script?tokens=150&rate=50")
    queued = [queue(tab, first, LONG), queue(tab, first)]
    started = tab.wait_for(lambda tab: tab.facts("generation_started")[1:])[0]
    tab.wait_text(started["generation_id"], "3 ")
    kill_and_start(server, tab)
    now = until(client, first, lambda now: not now["running"], "the interrupted answer")
    assert [one["status"] for one in now["messages"]] == ["complete", "complete", "complete", "interrupted"]
    assert [one["content"] for one in now["queue"]["questions"]] == [queued[1]["content"]]
    assert times_asked(upstream, queued[0]) == 1
    assert times_asked(upstream, queued[1]) == 0


def test_a_graceful_restart_goes_on_with_the_queue(killed, upstream):
    """The new worker asks what the old one's last answer let go on."""
    server, client, tab = killed
    first = tab.ask("script?tokens=150&rate=50")
    queued = [queue(tab, first) for _ in range(2)]
    tab.wait_text(first["generation_id"], "3 ")
    server.hup()
    now = until(client, first, lambda now: len(now["messages"]) == 6 and not now["running"], "all answers")
    assert {one["status"] for one in now["messages"]} == {"complete"}
    assert [times_asked(upstream, one) for one in queued] == [1, 1]


def test_a_stop_that_the_kill_cuts_short_sends_what_was_to_be_sent_now(killed, upstream):
    server, client, tab = killed
    first = tab.ask(LONG, content=unique())
    queued = queue(tab, first)
    tab.wait_text(first["generation_id"], "3 ")
    tab.send("send_queued", {"queued_id": queued["id"]})
    tab.wait_for(lambda tab: [f for f in tab.facts("queue_changed") if f["queue"]["revision"] == 2])
    kill_and_start(server, tab)
    now = until(client, first, lambda now: len(now["messages"]) == 4 and not now["running"], "the answer")
    assert now["messages"][1]["status"] in ("stopped", "interrupted")
    assert now["messages"][2]["content"] == queued["content"]
    assert times_asked(upstream, queued) == 1
