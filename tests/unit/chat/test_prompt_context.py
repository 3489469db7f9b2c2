"""The context of a prompt: the newest messages of the path within the bounds, whole, and always the question."""

import pytest

from chatapp.chat import prompt_context
from chatapp.chat.prompt_context import ContextBounds
from chatapp.ids import new_id, now
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Message
from support.core import OWNER, message, store_path

WIDE = ContextBounds(messages=1000, bytes=1_000_000)


def context(parent_id, bounds=WIDE, **fields):
    return prompt_context.read(parent_id, "Be brief.", bounds, **fields)


def contents(built):
    return [part["content"] for part in built.messages]


def store_texts(*texts):
    """Store a path of these texts, alternately question and answer. Returns the ids of its messages."""
    conversation_id, ids, at = new_id(), [new_id() for _ in texts], now()
    with db.write() as session:
        session.add(Conversation(id=conversation_id, owner=OWNER, title="", created_at=at, updated_at=at))
        session.flush()
        for number, text in enumerate(texts):
            row = Message(
                id=ids[number], conversation_id=conversation_id, parent_id=ids[number - 1] if number else None
            )
            row.role, row.content, row.status, row.created_at = ("user", "assistant")[number % 2], text, "complete", at
            session.add(row)
    return ids


def test_a_prompt_is_built_from_the_whole_path_and_the_question(database):
    _, *path = store_path(60)
    built = context(path[-1], question="And now?")
    assert contents(built)[:-1] == [message(one).content for one in path]
    assert [part["role"] for part in built.messages] == ["user", "assistant"] * 60 + ["user"]
    assert contents(built)[-1] == "And now?"
    assert (built.system_prompt, built.partial) == ("Be brief.", "")


def test_a_prompt_leaves_out_answers_without_text(core):
    first = core.send("First")
    core.finalize(first, status="failed")
    assert contents(context(first.ack["assistant_message_id"], question="Second")) == ["First", "Second"]


def test_the_prompt_of_a_first_question_holds_only_the_question(database):
    assert context(None, question="Hello").messages == [{"role": "user", "content": "Hello"}]


def test_the_prompt_of_a_continuation_holds_the_partial_text_separately(core):
    first = core.send("First")
    core.finalize(first, "Once", "stopped")
    built = context(first.ack["message"]["id"], partial="Once")
    assert (contents(built), built.partial) == (["First"], "Once")


@pytest.mark.parametrize(
    ("messages", "sent"),
    [(7, "abcdefg"), (6, "cdefg"), (5, "cdefg"), (4, "efg"), (2, "g"), (1, "g")],
)
def test_the_oldest_messages_beyond_the_bound_are_left_out_up_to_a_question(database, messages, sent):
    *path, _ = store_texts(*"abcdef", "-")
    assert contents(context(path[-1], ContextBounds(messages, 1000), question="g")) == list(sent)


@pytest.mark.parametrize(("size", "sent"), [(7, "abcdefg"), (6, "cdefg"), (3, "efg"), (2, "g"), (1, "g")])
def test_the_oldest_messages_beyond_the_bytes_are_left_out_up_to_a_question(database, size, sent):
    path = store_texts(*"abcdef")
    assert contents(context(path[-1], ContextBounds(1000, size), question="g")) == list(sent)


def test_bytes_are_counted_not_characters(database):
    path = store_texts("한국", "어", "b", "c")
    assert contents(context(path[-1], ContextBounds(1000, 11), question="d")) == ["b", "c", "d"]
    assert contents(context(path[-1], ContextBounds(1000, 12), question="d")) == ["한국", "어", "b", "c", "d"]


def test_a_message_beyond_the_bound_is_not_cut_and_older_ones_are_left_out(database):
    path = store_texts("a", "b", "c", "d" * 50, "e", "f")
    assert contents(context(path[-1], ContextBounds(1000, 40), question="g")) == ["e", "f", "g"]


def test_the_question_is_always_sent(database):
    question, answer = store_texts("q" * 100, "a" * 100)
    assert contents(context(question, ContextBounds(1, 10))) == ["q" * 100]
    assert contents(context(answer, ContextBounds(1, 10), question="n" * 100)) == ["n" * 100]


@pytest.mark.parametrize(
    ("bounds", "is_cut"),
    [
        (WIDE, False),
        (ContextBounds(messages=5, bytes=1000), False),
        (ContextBounds(messages=4, bytes=1000), True),
        (ContextBounds(messages=5, bytes=25), False),
        (ContextBounds(messages=5, bytes=24), True),
        (ContextBounds(messages=5, bytes=1000, turns=1), False),  # a person's own choice
    ],
)
def test_it_is_told_when_older_messages_are_left_out(database, bounds, is_cut):
    path = store_texts("aaaaa", "bbbbb", "ccccc", "ddddd")
    assert context(path[-1], bounds, question="eeeee").is_cut is is_cut


@pytest.mark.parametrize("slice_rows", [1, 2, 3])
def test_a_path_read_in_slices_is_whole(database, monkeypatch, slice_rows):
    monkeypatch.setattr(prompt_context, "SLICE_ROWS", slice_rows)
    path = store_texts(*"abcdef")
    assert contents(context(path[-1], question="g")) == list("abcdefg")
    assert contents(context(path[-1], ContextBounds(5, 1000), question="g")) == list("cdefg")
    assert contents(context(path[-1], ContextBounds(1000, 5), question="g")) == list("cdefg")


def test_only_the_turns_that_are_sent_are_read(database):
    path = store_texts(*"abcdef")
    assert contents(context(path[-1], ContextBounds(1000, 1000, turns=2), question="g"))[-3:] == ["e", "f", "g"]
    assert len(context(path[-1], ContextBounds(1000, 1000, turns=1), question="g").messages) <= 2


def test_a_path_deleted_meanwhile_is_empty(database):
    assert context(new_id(), question="Hello").messages == [{"role": "user", "content": "Hello"}]


def test_the_reasoning_of_answers_is_read_only_if_it_is_sent_back(database):
    ids = store_texts("A", "b", "C", "d")
    with db.write() as session:
        session.get_one(Message, ids[1]).reasoning = "x" * 100
    assert "reasoning" not in context(ids[-1]).messages[1]
    assert context(ids[-1], has_reasoning=True).messages == [
        {"role": "user", "content": "A"},
        {"role": "assistant", "content": "b", "reasoning": "x" * 100},
        {"role": "user", "content": "C"},
        {"role": "assistant", "content": "d"},
    ]
    assert contents(context(ids[-1], ContextBounds(1000, 50), has_reasoning=True)) == ["C", "d"]
