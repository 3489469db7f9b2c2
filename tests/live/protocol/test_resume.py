"""resume_generation: the log from any seq."""

import pytest

from support.shapes import check_entries, check_error, check_message
from support.tab import new_id

MODEL = "script?tokens=40&rate=400&reasoning=10"
TEXT = "".join(f"{number} " for number in range(1, 41))


@pytest.fixture(scope="module")
def answer(module_client):
    """An answer that has ended: the tab that saw it live, its ids and its last seq."""
    tab = module_client.tab()
    ack = tab.ask_and_wait(MODEL)
    return tab, ack, tab.wait_ended(ack["generation_id"])["seq"]


def test_the_ack_has_exactly_the_documented_fields(answer):
    tab, ack, last = answer
    resumed = tab.ok("resume_generation", generation_id=ack["generation_id"], after=0)
    assert set(resumed) == {"ok", "entries", "seq", "status", "conversation_id", "message_id", "message"}
    check_entries(resumed["entries"])
    assert (resumed["seq"], resumed["status"]) == (last, "complete")
    assert resumed["conversation_id"] == ack["conversation"]["id"]
    assert resumed["message_id"] == ack["assistant_message_id"]
    assert check_message(resumed["message"])["content"] == TEXT


def test_the_ack_of_a_running_answer_has_no_message(tab):
    ack = tab.ask("script?tokens=1000&rate=50")
    tab.wait_text(ack["generation_id"], "3 ")
    resumed = tab.ok("resume_generation", generation_id=ack["generation_id"], after=0)
    assert set(resumed) == {"ok", "entries", "seq", "status", "conversation_id", "message_id"}
    assert resumed["status"] == "running"
    assert resumed["seq"] == resumed["entries"][-1]["seq"]
    tab.ok("stop_generation", generation_id=ack["generation_id"])


def test_rule_2_known_and_resumed_entries_are_the_whole_text_for_every_seq(answer):
    tab, ack, last = answer
    tokens = tab.tokens(ack["generation_id"])
    for after in range(last + 1):
        resumed = tab.ok("resume_generation", generation_id=ack["generation_id"], after=after)
        check_entries(resumed["entries"])
        for kind in ("text", "reasoning"):
            rest = "".join(entry["text"] for entry in resumed["entries"] if entry["kind"] == kind)
            seen = [token for token in tokens if token.get("kind", "text") == kind]
            assert rest == "".join(token["text"] for token in seen if token["seq"] > after)
        assert resumed["seq"] == last
        assert all(after < entry["seq"] < last for entry in resumed["entries"])


def test_rule_2_holds_while_the_answer_runs(client, tab):
    ack = tab.ask("script?tokens=60&rate=150")
    other, after, text, status = client.tab(), 0, "", "running"
    while status == "running":
        resumed = other.ok("resume_generation", generation_id=ack["generation_id"], after=after)
        text += "".join(entry["text"] for entry in resumed["entries"])
        after, status = resumed["seq"], resumed["status"]
    assert text == resumed["message"]["content"] == "".join(f"{number} " for number in range(1, 61))


def test_rule_1_every_tab_and_every_replay_gets_the_same_payloads(client, tab):
    others = [client.tab() for _ in range(2)]
    first = tab.ask_and_wait("script?tokens=1")
    conversation_id = first["conversation"]["id"]
    for other in others:
        other.ok("open_conversation", conversation_id=conversation_id)
    ack = tab.ask("script?tokens=80&rate=300", conversation_id)
    ended = tab.wait_ended(ack["generation_id"])
    for other in others:
        assert other.wait_ended(ack["generation_id"]) == ended
        assert other.tokens(ack["generation_id"]) == tab.tokens(ack["generation_id"])


def test_a_resume_past_the_end_has_no_entries(answer):
    tab, ack, last = answer
    resumed = tab.ok("resume_generation", generation_id=ack["generation_id"], after=last + 1000)
    assert (resumed["entries"], resumed["seq"], resumed["status"]) == ([], last, "complete")


def test_a_resume_ahead_of_a_running_log_returns_the_logs_last_seq(tab):
    """A client that kept a seq beyond the log would drop all later entries."""
    ack = tab.ask("script?tokens=1000&rate=20")
    tab.wait_text(ack["generation_id"], "1 ")
    resumed = tab.ok("resume_generation", generation_id=ack["generation_id"], after=100_000)
    tab.ok("stop_generation", generation_id=ack["generation_id"])
    assert resumed["entries"] == []
    assert resumed["seq"] < tab.wait_ended(ack["generation_id"])["seq"]


@pytest.mark.parametrize("after", [-1, True, 1.5, "1", None, [], 10**30])
def test_an_invalid_after_is_refused(answer, after):
    tab, ack, _ = answer
    error = tab.error("resume_generation", {"generation_id": ack["generation_id"], "after": after})
    assert "after" in check_error(error, code="invalid")["message"]


def test_unknown_ids_are_not_found(tab):
    check_error(tab.error("resume_generation", {"generation_id": new_id(), "after": 0}), code="not_found")
