"""stop_generation: one status for all tabs, and the upstream is closed at once."""

import time

import pytest

from support.shapes import check_error
from support.stopwatch import Stopwatch
from support.tab import new_id
from support.together import together
from support.waiting import eventually

LONG = "script?tokens=1000&rate=50"


def test_a_stop_ends_the_answer_in_every_tab(client, tab):
    other = client.tab()
    ack = tab.ask(LONG)
    other.ok("open_conversation", conversation_id=ack["conversation"]["id"])
    tab.wait_text(ack["generation_id"], "5 ")
    assert other.ok("stop_generation", generation_id=ack["generation_id"]) == {
        "ok": True,
        "status": "stopped",
    }
    one, two = tab.wait_ended(ack["generation_id"]), other.wait_ended(ack["generation_id"])
    assert one == two
    message = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert message == one["message"]
    assert message["status"] == "stopped"
    assert message["error"] is None
    assert message["content"] == tab.text(ack["generation_id"])


def test_the_end_is_logged_before_the_ack(client, tab):
    ack = tab.ask(LONG)
    tab.ok("stop_generation", generation_id=ack["generation_id"])
    resumed = tab.ok("resume_generation", generation_id=ack["generation_id"], after=0)
    assert resumed["status"] == "stopped"
    assert resumed["message"]["status"] == "stopped"


def test_a_stop_is_idempotent_from_any_tab(client, tab):
    ack = tab.ask(LONG)
    for each in (tab, tab, client.tab(), tab):
        assert each.ok("stop_generation", generation_id=ack["generation_id"])["status"] == "stopped"
    assert len(tab.facts("generation_ended")) == 1


def test_stops_from_many_tabs_at_once_have_one_outcome(client, tab):
    tabs = [client.tab() for _ in range(5)]
    ack = tab.ask(LONG)
    tab.wait_text(ack["generation_id"], "3 ")
    acks = together(lambda one: one.ok("stop_generation", generation_id=ack["generation_id"]), tabs)
    assert [one["status"] for one in acks] == ["stopped"] * 5
    assert len(tab.facts("generation_ended")) == 1


def test_a_stop_after_the_end_returns_the_final_status(tab):
    ack = tab.ask_and_wait("script?tokens=3")
    assert tab.ok("stop_generation", generation_id=ack["generation_id"])["status"] == "complete"


def test_unknown_ids_are_not_found(tab):
    check_error(tab.error("stop_generation", {"generation_id": new_id()}), code="not_found")


@pytest.mark.parametrize(
    "model",
    [LONG, "script?tokens=9&fault=stall&at=3", "script?tokens=9&first=60", "script?tokens=9&headers=60"],
)
def test_rule_5_the_upstream_is_closed_within_half_a_second_of_a_stop(server, tab, upstream, model):
    """Also while it stalls: before the headers, before the first token, between tokens."""
    ack = tab.ask(model)
    content = ack["message"]["content"]
    eventually(lambda: upstream.calls(content), what="the upstream call")
    if "first" not in model and "headers" not in model:
        tab.wait_text(ack["generation_id"], "3 ")
    asked_at, watch = time.time(), Stopwatch(*server.worker_pids(), upstream.pid)
    assert tab.ok("stop_generation", generation_id=ack["generation_id"])["status"] == "stopped"
    assert watch.seconds() < 0.5, "the ack of a stop does not wait for the upstream"
    call = upstream.closed_call(content)
    assert call["ended_by"] == "client"
    assert call["ended_at"] - asked_at - watch.cpu_wait() < 0.5


def test_rule_3_a_stop_at_any_moment_near_the_end_has_one_outcome(client, tab):
    """Many stops around the last token: all sources agree on status and text."""
    other = client.tab()
    statuses = set()
    for attempt in range(30):
        ack = tab.ask("script?tokens=12&rate=200" if attempt % 6 else LONG)
        conversation_id, generation_id = ack["conversation"]["id"], ack["generation_id"]
        opened = other.ok("open_conversation", conversation_id=conversation_id)
        if attempt % 6 < 5:
            tab.wait_text(generation_id, f"{8 + attempt % 6} ")
        else:
            tab.wait_ended(generation_id)
        stopper = other if attempt % 2 else tab
        status = stopper.ok("stop_generation", generation_id=generation_id)["status"]
        ended = tab.wait_ended(generation_id)
        if opened["running"]:
            assert other.wait_ended(generation_id) == ended
        else:  # it may have ended before the other tab joined
            assert opened["messages"][-1] == ended["message"]
        assert ended["status"] == status
        saved = client.saved(conversation_id)[ack["assistant_message_id"]]
        assert saved == ended["message"]
        assert saved["content"] == tab.text(generation_id)
        resumed = tab.ok("resume_generation", generation_id=generation_id, after=0)
        assert resumed["status"] == status
        assert "".join(entry["text"] for entry in resumed["entries"]) == saved["content"]
        if status == "complete":
            assert saved["content"].endswith("11 12 ")
        statuses.add(status)
    assert statuses == {"stopped", "complete"}


def test_a_stop_before_the_first_token_leaves_an_empty_stopped_message(client, tab):
    ack = tab.ask("script?tokens=5&first=30")
    assert tab.ok("stop_generation", generation_id=ack["generation_id"])["status"] == "stopped"
    message = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert (message["content"], message["status"]) == ("", "stopped")


def test_rule_5_the_disconnect_of_every_tab_cancels_nothing(new_client, upstream):
    client = new_client()
    tab = client.tab()
    ack = tab.ask("script?tokens=60&rate=100")
    tab.wait_text(ack["generation_id"], "3 ")
    tab.drop()
    call = upstream.closed_call(ack["message"]["content"])
    assert (call["ended_by"], call["tokens"]) == ("server", 60)
    again = client.tab()
    resume = {"generation_id": ack["generation_id"], "after": 0}
    eventually(lambda: again.ok("resume_generation", **resume)["status"] == "complete")
    resumed = again.ok("resume_generation", **resume)
    assert resumed["message"]["content"] == "".join(f"{number} " for number in range(1, 61))
