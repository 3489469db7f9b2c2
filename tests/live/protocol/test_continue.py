"""continue_generation: the same message is continued."""

import pytest

from support.reader import Channel, Reader
from support.shapes import check_error
from support.tab import new_id
from support.together import together

STOPPABLE = "script?tokens=100&rate=100&resume=1"


def counted(last: int) -> str:
    return "".join(f"{number} " for number in range(1, last + 1))


@pytest.fixture
def stopped(tab):
    """An answer stopped halfway. On a busy machine it may end before the stop; then another one is stopped."""
    for _ in range(10):
        ack = tab.ask(STOPPABLE)
        tab.wait_text(ack["generation_id"], "10 ")
        if tab.ok("stop_generation", generation_id=ack["generation_id"])["status"] == "stopped":
            break
    return ack, tab.wait_ended(ack["generation_id"])["message"]


def test_a_stopped_message_is_continued_to_its_end(client, tab, stopped):
    ack, message = stopped
    continuation = tab.ok("continue_generation", message_id=message["id"])
    assert set(continuation) == {"ok", "generation_id", "assistant_message_id"}
    assert continuation["assistant_message_id"] == message["id"]
    assert continuation["generation_id"] != ack["generation_id"]
    ended = tab.wait_ended(continuation["generation_id"])
    assert (ended["status"], ended["message"]["content"]) == ("complete", counted(100))
    assert ended["message"]["generation_id"] == continuation["generation_id"]
    saved = client.saved(ack["conversation"]["id"])
    assert saved[message["id"]] == ended["message"]
    assert message["sibling_ids"] == ended["message"]["sibling_ids"], "no branch was made"


def test_the_log_of_a_continuation_holds_only_new_text(tab, stopped):
    _, message = stopped
    continuation = tab.ok("continue_generation", message_id=message["id"])
    tab.wait_ended(continuation["generation_id"])
    resumed = tab.ok("resume_generation", generation_id=continuation["generation_id"], after=0)
    new = "".join(entry["text"] for entry in resumed["entries"])
    assert message["content"] + new == counted(100)
    assert tab.text(continuation["generation_id"]) == new
    assert tab.tokens(continuation["generation_id"])[0]["seq"] == 1


def test_the_old_generation_still_answers_a_resume(tab, stopped):
    ack, message = stopped
    continuation = tab.ok("continue_generation", message_id=message["id"])
    tab.wait_ended(continuation["generation_id"])
    resumed = tab.ok("resume_generation", generation_id=ack["generation_id"], after=0)
    assert resumed["status"] == "stopped"
    assert "".join(entry["text"] for entry in resumed["entries"]) == message["content"]


def test_a_running_continuation_is_shown_as_stored_text_plus_log(client, tab, stopped):
    ack, message = stopped
    continuation = tab.ok("continue_generation", message_id=message["id"])
    tab.wait_for(lambda tab: tab.tokens(continuation["generation_id"]))
    reader = Reader(client.tab(), ack["conversation"]["id"])
    assert reader.messages[message["id"]]["content"] == message["content"]
    assert reader.messages[message["id"]]["status"] == "running"
    assert reader.shown(message["id"]).startswith(message["content"])
    reader.follow(Channel())
    assert reader.shown(message["id"]) == counted(100)


def test_a_continuation_adds_no_message(client, tab, stopped):
    ack, message = stopped
    added = len(tab.facts("message_added"))
    continuation = tab.ok("continue_generation", message_id=message["id"])
    tab.wait_ended(continuation["generation_id"])
    started = tab.wait_fact("generation_started", generation_id=continuation["generation_id"])
    assert started["message_id"] == message["id"]
    assert len(tab.facts("message_added")) == added
    revisions = [
        fact["revision"] for fact in tab.facts(conversation_id=ack["conversation"]["id"]) if "revision" in fact
    ]
    assert revisions == list(range(revisions[0], revisions[0] + len(revisions)))


def test_many_tabs_that_continue_at_once_share_one_generation(client, tab, stopped, upstream):
    ack, message = stopped
    tabs = [tab, *(client.tab() for _ in range(4))]
    acks = together(lambda one: one.ok("continue_generation", message_id=message["id"]), tabs)
    assert all(one == acks[0] for one in acks)
    assert tab.wait_ended(acks[0]["generation_id"])["message"]["content"] == counted(100)
    assert len(upstream.calls(ack["message"]["content"])) == 2, "one for the first part, one for the rest"


def test_a_message_can_be_stopped_and_continued_repeatedly(client, tab, stopped):
    _, message = stopped
    for number in (20, 30):
        continuation = tab.ok("continue_generation", message_id=message["id"])
        tab.wait_text(continuation["generation_id"], f"{number} ")
        tab.ok("stop_generation", generation_id=continuation["generation_id"])
        content = tab.wait_ended(continuation["generation_id"])["message"]["content"]
        assert content == counted(len(content.split()))
    last = tab.ok("continue_generation", message_id=message["id"])
    assert tab.wait_ended(last["generation_id"])["message"]["content"] == counted(100)


def test_a_complete_message_cannot_be_continued(tab):
    ack = tab.ask_and_wait("script?tokens=3")
    error = tab.error("continue_generation", {"message_id": ack["assistant_message_id"]})
    check_error(error, code="conflict")


def test_a_users_message_cannot_be_continued(tab):
    ack = tab.ask_and_wait("script?tokens=3")
    error = tab.error("continue_generation", {"message_id": ack["message"]["id"]})
    assert error["code"] in ("invalid", "conflict")


def test_unknown_ids_are_not_found(tab):
    check_error(tab.error("continue_generation", {"message_id": new_id()}), code="not_found")
