"""Snapshots, resumes and pages: at any moment, an answer is its stored text plus its log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.chat import conversations, messages, purge
from chatapp.errors import NotFound
from chatapp.ids import new_id
from chatapp.protocol.payloads import ContinueGeneration, CreateConversation
from chatapp.providers import Reasoning
from chatapp.storage.database import db
from chatapp.storage.tables import Message
from support.core import OTHER, OWNER, generation, log_texts, message, store_path


@pytest.fixture
def core(core_on_each_log):
    return core_on_each_log


def snapshot(core, conversation_id, leaf_id=None, limit=100):
    return messages.snapshot(OWNER, conversation_id, core.log, leaf_id=leaf_id, limit=limit)


def page(conversation_id, leaf_id=None, limit=100):
    return messages.page(OWNER, conversation_id, leaf_id=leaf_id, limit=limit)


def ids(page):
    return [one["id"] for one in page["messages"]]


def joined(entries, kind="text"):
    return "".join(entry["text"] for entry in entries if entry["kind"] == kind)


# --- Snapshots


def test_a_snapshot_has_the_path_and_its_running_answers(core):
    first = core.exchange("First")
    running = core.send("Second", first.conversation_id)
    log_texts(core.log, running.ack["generation_id"], Reasoning("Think. "), "Hello ", "there")
    taken = snapshot(core, first.conversation_id)
    assert [one["content"] for one in taken["messages"]] == ["First", "You said: First", "Second", ""]
    assert taken["before"] is None
    assert taken["conversation"] == conversations.get(OWNER, first.conversation_id)
    (one,) = taken["running"]
    assert one["generation_id"] == running.ack["generation_id"]
    assert one["message_id"] == running.ack["assistant_message_id"]
    assert one["model"] == generation(running.ack["generation_id"]).model
    assert one["seq"] == 3
    assert one["entries"] == [
        {"kind": "reasoning", "text": "Think. ", "seq": 1},
        {"kind": "text", "text": "Hello there", "seq": 3},
    ]


def test_a_snapshot_of_an_empty_running_answer_has_seq_zero(core):
    running = core.send()
    (one,) = snapshot(core, running.conversation_id)["running"]
    assert (one["seq"], one["entries"]) == (0, [])


def test_a_snapshot_leaves_entries_out_beyond_its_bytes(core, monkeypatch):
    monkeypatch.setattr(messages, "PAGE_BYTES", 10)
    first = core.exchange()
    under = {"parent_id": first.ack["assistant_message_id"]}
    for running in [core.send(f"Question {number}", first.conversation_id, **under) for number in range(3)]:
        log_texts(core.log, running.ack["generation_id"], "한국어입니다")
    taken = snapshot(core, first.conversation_id)["running"]
    assert [(one["seq"], joined(one["entries"])) for one in taken] == [(1, "한국어입니다"), (0, ""), (0, "")]
    resumed = messages.entries_after(OWNER, taken[2]["generation_id"], 0, core.log)
    assert joined(resumed["entries"]) == "한국어입니다"


def test_a_snapshot_has_running_answers_of_other_branches(core):
    first = core.exchange("First")
    core.send("Second", first.conversation_id)
    other = core.send("Instead", first.conversation_id, parent_id=first.ack["assistant_message_id"])
    taken = snapshot(core, first.conversation_id)
    assert [one["content"] for one in taken["messages"]][2] == "Instead"
    assert len(taken["running"]) == 2
    assert taken["running"][1]["generation_id"] == other.ack["generation_id"]


def test_a_continued_answer_is_its_stored_text_plus_the_log(core):
    first = core.send()
    core.finalize(first, "Once upon", "stopped")
    continuation = core.sender.continue_(OWNER, ContinueGeneration(message_id=first.ack["assistant_message_id"]))
    log_texts(core.log, continuation.ack["generation_id"], " a", " time")
    taken = snapshot(core, first.conversation_id)
    shown = taken["messages"][-1]["content"] + joined(taken["running"][0]["entries"])
    assert shown == "Once upon a time"
    core.finalize(continuation)
    taken = snapshot(core, first.conversation_id)
    assert (taken["messages"][-1]["content"], taken["running"]) == (shown, [])


def test_conversations_of_other_owners_are_not_found(core):
    ack = core.exchange().ack
    with pytest.raises(NotFound):
        messages.snapshot(OTHER, ack["conversation"]["id"], core.log, leaf_id=None, limit=10)
    with pytest.raises(NotFound):
        messages.page(OTHER, ack["conversation"]["id"], leaf_id=None, limit=10)
    with pytest.raises(NotFound):
        messages.entries_after(OTHER, ack["generation_id"], 0, core.log)


# --- Resuming


texts = st.lists(st.one_of(st.text("ab", max_size=3), st.text("ab", max_size=3).map(Reasoning)), max_size=8)


@given(texts=texts, has_ended=st.booleans(), data=st.data())
def test_known_and_resumed_entries_are_the_whole_answer(core, texts, has_ended, data):
    result = core.send(new_id())
    generation_id = result.ack["generation_id"]
    log_texts(core.log, generation_id, *texts)
    if has_ended:
        core.finalize(result)
    after = data.draw(st.integers(0, len(texts)))
    known = core.log.read(generation_id)[:after]
    resumed = messages.entries_after(OWNER, generation_id, after, core.log)
    for kind in ("text", "reasoning"):
        had = "".join(entry.text for entry in known if entry.kind == kind)
        whole = "".join(text for text in texts if isinstance(text, Reasoning) is (kind == "reasoning"))
        assert had + joined(resumed["entries"], kind) == whole
    assert all(entry["seq"] > after for entry in resumed["entries"])
    assert resumed["seq"] == len(texts) + has_ended
    if not has_ended:
        core.finalize(result)


def test_a_resume_of_a_running_answer_names_its_message_only(core):
    result = core.send()
    resumed = messages.entries_after(OWNER, result.ack["generation_id"], 0, core.log)
    assert resumed == {
        "entries": [],
        "seq": 0,
        "status": "running",
        "conversation_id": result.conversation_id,
        "message_id": result.ack["assistant_message_id"],
    }


@pytest.mark.parametrize("is_dropped", [False, True])
def test_a_resume_of_an_ended_answer_has_the_whole_message(core, is_dropped):
    result = core.send()
    fact = core.finalize(result, "Hello", "stopped").fact
    if is_dropped:
        purge.drop_logs(core.log, keep_seconds=-1)
    resumed = messages.entries_after(OWNER, result.ack["generation_id"], 0, core.log)
    assert resumed["message"] == fact.payload["message"]
    assert (resumed["status"], resumed["seq"]) == ("stopped", fact.payload["seq"])
    assert joined(resumed["entries"]) == ("" if is_dropped else "Hello")


def test_a_resume_ahead_of_the_log_returns_the_logs_last_seq(core):
    result = core.send()
    log_texts(core.log, result.ack["generation_id"], "a", "b")
    assert messages.entries_after(OWNER, result.ack["generation_id"], 7, core.log)["seq"] == 2
    assert messages.entries_after(OWNER, result.ack["generation_id"], 2, core.log)["seq"] == 2


# --- Pages


def test_a_page_has_the_newest_messages_and_says_whether_there_are_older_ones(database):
    conversation_id, *path = store_path(3)
    newest = page(conversation_id, limit=4)
    assert (ids(newest), newest["before"]) == (path[2:], path[2])
    whole = page(conversation_id, limit=6)
    assert (ids(whole), whole["before"]) == (path, None)


def test_older_pages_lead_up_to_the_first_message(database):
    conversation_id, *path = store_path(5)
    newest = page(conversation_id, limit=3)
    found, before = ids(newest), newest["before"]
    while before:
        older = messages.page_before(OWNER, conversation_id, before=before, limit=3)
        found, before = ids(older) + found, older["before"]
    assert found == path


def test_a_page_ends_before_it_has_too_many_bytes(database, monkeypatch):
    conversation_id, *path = store_path(5)
    each = len(message(path[0]).content)  # all have the same length
    monkeypatch.setattr(messages, "PAGE_BYTES", 3 * each)
    newest = page(conversation_id, limit=500)
    assert (ids(newest), newest["before"]) == (path[-3:], path[-3])
    found, before = ids(newest), newest["before"]
    while before:
        older = messages.page_before(OWNER, conversation_id, before=before, limit=500)
        assert len(older["messages"]) <= 3
        found, before = ids(older) + found, older["before"]
    assert found == path


def test_a_page_has_one_message_whatever_its_size(database, monkeypatch):
    monkeypatch.setattr(messages, "PAGE_BYTES", 1)
    conversation_id, *path = store_path(1)
    newest = page(conversation_id)
    assert (ids(newest), newest["before"]) == (path[1:], path[1])
    older = messages.page_before(OWNER, conversation_id, before=newest["before"], limit=500)
    assert (ids(older), older["before"]) == (path[:1], None)


@pytest.mark.parametrize("change", [{"reasoning": "한" * 9}, {"error": {"code": "internal", "message": "x" * 20}}])
def test_reasoning_and_errors_count_for_the_size_of_a_page(database, monkeypatch, change):
    conversation_id, *path = store_path(1)
    with db.write() as session:
        for name, value in change.items():
            setattr(session.get_one(Message, path[1]), name, value)
    monkeypatch.setattr(messages, "PAGE_BYTES", 2 * len(message(path[0]).content) + 20)
    assert ids(page(conversation_id)) == path[1:]


def test_a_page_can_be_of_another_branch(core):
    first = core.exchange("First")
    core.exchange("Second", first.conversation_id)
    shorter = page(first.conversation_id, leaf_id=first.ack["assistant_message_id"])
    assert [one["content"] for one in shorter["messages"]] == ["First", "You said: First"]


def test_the_messages_of_another_conversation_are_not_found(core):
    one, other = core.exchange(), core.exchange()
    with pytest.raises(NotFound):
        page(one.conversation_id, leaf_id=other.ack["assistant_message_id"])
    with pytest.raises(NotFound):
        messages.page_before(OWNER, one.conversation_id, before=other.ack["assistant_message_id"], limit=5)


def test_an_empty_conversation_has_an_empty_page(core):
    created = conversations.create(OWNER, CreateConversation())
    assert page(created["id"]) == {"messages": [], "before": None, "conversation": created}
