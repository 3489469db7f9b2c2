"""Exports of this application: valid files, and errors that name the wrong place."""

import json

import pytest

from chatapp.errors import ChatError, Invalid, TooLarge
from chatapp.transfer import import_file, incoming
from chatapp.transfer.import_file import ImportContext
from chatapp.transfer.incoming import Bounds
from support.words import ENGLISH

BOUNDS = Bounds(text_characters=1000, prompt_characters=100, options_bytes=200, file_bytes=1_000_000)


def read(value, bounds=BOUNDS):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(import_file.read(data, ImportContext(bounds, ENGLISH)))


@pytest.fixture
def export():
    turns = [
        {"id": "a", "parent_id": None, "role": "user", "content": "질문", "created_at": 10.25},
        {"id": "b", "parent_id": "a", "role": "assistant", "content": "답", "created_at": 11, "status": "stopped"},
        {"id": "c", "parent_id": "a", "role": "assistant", "content": "다른 답", "created_at": 12},
        {"id": "d", "parent_id": "c", "role": "user", "content": "또", "created_at": 13},
        {"id": "e", "parent_id": "d", "role": "assistant", "content": "", "created_at": 14, "status": "failed"},
    ]
    head = {"id": "x", "title": "제목", "created_at": 10.0, "updated_at": 14.5, "active_leaf_id": "e"}
    return {"format": "chatapp", "version": 1, "conversations": [{**head, "messages": turns}]}


def replace(export, path, value):
    holder = export["conversations"][0]
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return export


def test_a_file_becomes_a_tree_with_new_ids(export):
    (conversation,) = read(export)
    first, second, third, fourth, fifth = conversation.messages
    assert [message.parent_id for message in conversation.messages] == [None, first.id, first.id, third.id, fourth.id]
    assert [message.id for message in conversation.messages] == sorted(message.id for message in conversation.messages)
    assert conversation.active_leaf_id == fifth.id
    assert (second.status, second.content, first.created_at) == ("stopped", "답", 10.25)
    assert {conversation.id, *[message.id for message in conversation.messages]}.isdisjoint("abcdex")


def test_what_is_said_of_an_answer_is_kept(export):
    notice = {"text": "The option {option} was left out.", "values": {"option": "seed", "n": 2}}
    replace(export, ["messages", 1, "answered_by"], "other")
    replace(export, ["messages", 1, "notices"], [notice])
    (conversation,) = read(export)
    _, answer, silent, *_ = conversation.messages
    assert (answer.answered_by, answer.notices) == ("other", [notice])
    assert (silent.answered_by, silent.notices) == (None, None)


def test_the_order_of_the_keys_does_not_matter(export):
    turned = dict(reversed(export.items()))
    turned["conversations"] = [dict(reversed(turned["conversations"][0].items()))]
    assert read(turned)[0].title == "제목"


def test_an_export_may_be_empty():
    assert read({"format": "chatapp", "version": 1, "conversations": []}) == []


def test_numbers_and_names_of_options_are_kept_as_they_are(export):
    replace(export, ["messages", 1, "options"], {"top_p": 1, "temperature": 0.5})
    replace(export, ["messages", 1, "timings"], {"total_ms": 5, "queued_ms": None, "first_token_ms": 2.5})
    answer = read(export)[0].messages[1]
    assert json.dumps(answer.options) == '{"top_p": 1, "temperature": 0.5}'
    assert json.dumps(answer.timings) == '{"total_ms": 5, "queued_ms": null, "first_token_ms": 2.5}'


HEADERS = [
    ({"format": "chatapp", "version": 1}, "conversations: must be a list"),
    ({"format": "chatapp", "version": 1, "conversations": {}}, "conversations: is not known"),
    ({"format": "chatapp", "version": 2, "conversations": [{"what": "ever"}]}, "version: must be 1"),
    ({"format": "chatapp", "version": True, "conversations": []}, "version: must be 1"),
    ({"format": "chatapp", "conversations": []}, "version: must be 1"),
    ({"format": "other", "version": 1, "conversations": []}, "format: must be"),
    ({"version": 1, "conversations": []}, "format: must be"),
    ({"format": "chatapp", "version": 1, "conversations": [], "more": 1}, "more: is not known"),
    ({}, "format: must be"),
    ("text", "must be JSON"),
    (5, "must be JSON"),
    (None, "must be JSON"),
    (b"PK\x03\x04", "UTF-8|must be JSON"),
    (b"", "must be JSON"),
]


@pytest.mark.parametrize(("value", "words"), HEADERS, ids=[words[:30] for _, words in HEADERS])
def test_a_file_that_is_not_an_export_is_refused(value, words):
    with pytest.raises(Invalid, match=words):
        read(value)


HALF, NUL = "\ud800", "\0"
SPOILT = [
    (["title"], 5, "conversations[0].title"),
    (["title"], "x" * 201, "conversations[0].title"),
    (["title"], HALF, "conversations[0].title: must not hold half"),
    (["titled_by"], "god", "conversations[0].titled_by"),
    (["pinned"], 1, "conversations[0].pinned"),
    (["created_at"], None, "conversations[0].created_at"),
    (["created_at"], -1, "conversations[0].created_at"),
    (["updated_at"], 1e18, "conversations[0].updated_at"),
    (["active_leaf_id"], "z", "conversations[0].active_leaf_id: names no message"),
    (["active_leaf_id"], None, "conversations[0].active_leaf_id: names no message"),
    (["active_leaf_id"], "c", "conversations[0].active_leaf_id: names a message that others follow"),
    (["options"], {"surprise": 1}, "conversations[0].options.surprise: is not known"),
    (["owner"], "someone", "conversations[0].owner: is not known"),
    (["messages"], {}, "conversations[0].messages: must be a list"),
    (["messages", 1], "x", "conversations[0].messages[1]: must be an object"),
    (["messages", 1, "role"], "system", "conversations[0].messages[1].role"),
    (["messages", 1, "role"], [], "conversations[0].messages[1].role"),
    (["messages", 1, "role"], "user", "conversations[0].messages[1].parent_id: a question can only follow an answer"),
    (["messages", 0, "role"], "assistant", "messages[0].parent_id: an answer can only follow a question"),
    (["messages", 1, "id"], "a", "conversations[0].messages[1].id: another message"),
    (["messages", 1, "parent_id"], "b", "conversations[0].messages[1].parent_id: names no message that stands above"),
    (["messages", 0, "parent_id"], "e", "conversations[0].messages[0].parent_id: names no message that stands above"),
    (["messages", 3, "parent_id"], "gone", "conversations[0].messages[3].parent_id: names no message"),
    (["messages", 3, "parent_id"], 3, "conversations[0].messages[3].parent_id"),
    (["messages", 1, "status"], "running", "conversations[0].messages[1].status"),
    (["messages", 0, "status"], "stopped", "conversations[0].messages[0].status: a question is complete"),
    (["messages", 0, "content"], "  ", "conversations[0].messages[0].content: must say something"),
    (["messages", 1, "content"], NUL, "conversations[0].messages[1].content: must not hold the character U+0000"),
    (["messages", 1, "reasoning"], HALF, "conversations[0].messages[1].reasoning: must not hold half"),
    (["messages", 1, "model"], NUL, "conversations[0].messages[1].model"),
    (["messages", 1, "options"], {"temperature": 99}, "conversations[0].messages[1].options.temperature"),
    (["messages", 1, "options"], {"stop": [HALF]}, "conversations[0].messages[1].options.stop"),
    (
        ["messages", 1, "usage"],
        {"prompt_tokens": 1},
        "conversations[0].messages[1].usage.completion_tokens: is missing",
    ),
    (["messages", 1, "timings"], {"queued_ms": "1"}, "conversations[0].messages[1].timings"),
    (["messages", 1, "error"], {"code": "x", "message": HALF}, "conversations[0].messages[1].error.message"),
    (["messages", 1, "attachments"], [1], "conversations[0].messages[1].attachments"),
    (["messages", 1, "cached"], "no", "conversations[0].messages[1].cached"),
    (["messages", 1, "created_at"], True, "conversations[0].messages[1].created_at"),
    (["messages", 1, "generation_id"], "x", "conversations[0].messages[1].generation_id: is not known"),
    (["messages", 1, HALF], 1, "conversations[0].messages[1]"),
]


@pytest.mark.parametrize(("path", "value", "words"), SPOILT, ids=[f"{p[-1]!r}={str(v)[:20]!r}" for p, v, _ in SPOILT])
def test_the_error_names_the_wrong_field_and_its_place(export, path, value, words):
    with pytest.raises(ChatError) as refused:
        read(replace(export, path, value))
    assert words in refused.value.message
    assert refused.value.code == "invalid"
    refused.value.message.encode()


def test_a_question_without_an_answer_is_refused(export):
    turns = export["conversations"][0]["messages"]
    turns.append({"id": "f", "parent_id": "b", "role": "user", "content": "alone", "created_at": 15})
    with pytest.raises(Invalid, match=r"conversations\[0\]\.messages\[5\]: a question needs an answer"):
        read(export)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 5000, "NaN", "Infinity"])
def test_a_giant_number_is_refused_as_a_time(export, number):
    data = json.dumps(export).replace('"created_at": 10.25', f'"created_at": {number}').encode()
    with pytest.raises(Invalid):
        read(data)


def test_too_much_text_is_too_large(export):
    with pytest.raises(TooLarge, match=r"conversations\[0\]\.messages\[1\]\.content: takes at most 1000 characters"):
        read(replace(export, ["messages", 1, "content"], "x" * 1001))


def test_a_system_prompt_has_the_same_limit_as_over_http(export):
    assert read(replace(export, ["system_prompt"], "x" * 100))[0].system_prompt == "x" * 100
    with pytest.raises(TooLarge, match=r"conversations\[0\]\.system_prompt: takes at most 100 characters"):
        read(replace(export, ["system_prompt"], "x" * 101))


def test_too_many_conversations_or_messages_are_too_large(export, monkeypatch):
    monkeypatch.setattr(incoming, "MESSAGES", 4)
    with pytest.raises(TooLarge, match="more than 4 messages"):
        read(export)
    monkeypatch.setattr(incoming, "CONVERSATIONS", 0)
    with pytest.raises(TooLarge, match="more than 0 conversations"):
        read(export)
