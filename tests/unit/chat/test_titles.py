"""Titles: first words, a model's or a person's, and which exchanges get one."""

import pytest

from chatapp.chat import answer_cache, conversations, titles
from chatapp.ids import new_id
from chatapp.protocol.payloads import ChangeConversation, EditMessage
from chatapp.storage.database import db
from support.core import OWNER, conversation, generation


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("What is the capital of France?", "What is the capital of France?"),
        ("  two\n\nlines\tand   spaces ", "two lines and spaces"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 60 + "…"),
        ("word " * 20, ("word " * 12).rstrip() + "…"),
        ("short " + "x" * 80, "short " + "x" * 54 + "…"),
        ("서울에서 가 볼 만한 곳", "서울에서 가 볼 만한 곳"),
    ],
)
def test_first_words_are_cut_between_words_unless_too_little_remains(content, title):
    assert titles.title_from(content) == title
    assert len(titles.title_from(content)) <= titles.TITLE_CHARACTERS + 1


def first_exchange(result, cached_key=None):
    return titles.first_exchange(result.ack["assistant_message_id"], cached_key)


def test_a_first_exchange_has_its_texts_and_the_key_of_its_cached_answer(core):
    result = core.exchange("Hello")
    exchange = first_exchange(result)
    assert (exchange.owner, exchange.question, exchange.answer) == (OWNER, "Hello", "You said: Hello")
    assert exchange.cache_key == generation(result.ack["generation_id"]).cache_key
    assert exchange.title is None


def test_a_first_exchange_from_the_cache_has_the_cached_title(core):
    key = generation(core.exchange("Hello").ack["generation_id"]).cache_key
    repeated = core.exchange("Hello")
    with db.write() as session:
        answer_cache.store_title(session, key, "Greetings")
    exchange = first_exchange(repeated, cached_key=key)
    assert (exchange.cache_key, exchange.title) == (key, "Greetings")


def test_an_exchange_with_an_uncached_answer_has_no_key(new_core):
    assert first_exchange(new_core(cache="off").exchange()).cache_key is None


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted"])
def test_an_answer_that_ended_early_gets_no_title(core, status):
    result = core.send()
    core.finalize(result, "Once", status)
    assert first_exchange(result) is None


def test_a_later_exchange_gets_no_title(core):
    first = core.exchange("First")
    assert first_exchange(core.exchange("Second", first.conversation_id)) is None


def test_an_edited_first_question_gets_a_title(core):
    first = core.exchange("First")
    request = EditMessage(message_id=first.ack["message"]["id"], client_message_id=new_id(), content="Edited")
    edited = core.sender.edit(OWNER, request)
    core.finalize(edited, "Hi")
    assert first_exchange(edited).question == "Edited"


@pytest.mark.parametrize("change", [{"title": "Mine"}, None])
def test_a_title_by_a_person_or_a_model_is_not_replaced(core, change):
    result = core.exchange("Hello")
    if change:
        conversations.change(OWNER, result.conversation_id, ChangeConversation(**change))
    else:
        titles.store_model_title(result.conversation_id, "Greetings")
    before = conversation(result.conversation_id).title
    assert first_exchange(result) is None
    assert titles.store_model_title(result.conversation_id, "Another") is None
    assert conversation(result.conversation_id).title == before


def test_after_a_person_empties_the_title_a_model_can_set_it(core):
    result = core.exchange("Hello")
    for title in ("Mine", ""):
        conversations.change(OWNER, result.conversation_id, ChangeConversation(title=title))
    assert first_exchange(result)
    assert titles.store_model_title(result.conversation_id, "Greetings")["title"] == "Greetings"


def test_a_deleted_conversation_gets_no_title(core):
    result = core.exchange("Hello")
    conversations.mark_deleted(OWNER, result.conversation_id)
    assert first_exchange(result) is None
    assert titles.store_model_title(result.conversation_id, "Greetings") is None
    assert conversation(result.conversation_id).title == "Hello"


def test_a_missing_conversation_gets_no_title(database):
    assert titles.first_exchange(new_id(), None) is None
    assert titles.store_model_title(new_id(), "Greetings") is None


def test_an_empty_title_of_a_model_is_not_stored(core):
    result = core.exchange("Hello")
    assert titles.store_model_title(result.conversation_id, "") is None
    assert conversation(result.conversation_id).titled_by == "words"
