"""The parts of other chats' messages, one by one: each is taken once, and as what it is."""

import json

import pytest

from chatapp.errors import Invalid
from chatapp.transfer import import_file
from chatapp.transfer.import_file import ImportContext
from chatapp.transfer.incoming import Bounds
from support.words import ENGLISH

BOUNDS = Bounds(text_characters=100_000, prompt_characters=1000, options_bytes=4096, file_bytes=1_000_000)


def read(value):
    (one,) = import_file.read(json.dumps(value).encode(), ImportContext(BOUNDS, ENGLISH))
    return one


def librechat(question=None, **answer):
    asked = {"messageId": "q", "parentMessageId": None, "isCreatedByUser": True, "text": "q", **(question or {})}
    answered = {"messageId": "a", "parentMessageId": "q", "isCreatedByUser": False, **answer}
    return {"conversationId": "c", "messages": [asked, answered]}


def open_webui(question=None, chat=None, **answer):
    asked = {"id": "q", "parentId": None, "role": "user", "content": "q", **(question or {})}
    answered = {"id": "a", "parentId": "q", "role": "assistant", **answer}
    return {"id": "c", "chat": {"history": {"messages": {"q": asked, "a": answered}}, **(chat or {})}}


def claude(question=None, **answer):
    messages = [{"sender": "human", "text": "q", **(question or {})}, {"sender": "assistant", **answer}]
    return {"uuid": "c", "name": "t", "chat_messages": messages}


def text(kind, **fields):
    return {"type": kind, **fields}


def made(**document):
    return text("tool_use", name="artifacts", input=document)


def cited(**source):
    return claude(content=[text("text", text="a", citations=[source])])


CALL = {"name": "f", "args": "1", "output": "2"}
CALLED = "`f`\n\n```\n1\n```\n\n```\n2\n```"


@pytest.mark.parametrize(
    ("value", "content", "reasoning"),
    [
        (librechat(text="whole"), "whole", ""),
        (librechat(text="whole", content=[text("text", text="part")]), "part", ""),
        (librechat(text="whole", content=[text("think", think="hm")]), "whole", "hm"),
        (librechat(content=[text("think", think={"value": "hm"})]), "", "hm"),
        (librechat(content=[text("text", text={"value": "part"})]), "part", ""),
        (librechat(content=[text("error", error="broken")]), "broken", ""),
        (librechat(content=[text("tool_call", tool_call=CALL)]), "", CALLED),
        (librechat(content=[text("image_file", image_file={})]), "[image]", ""),
        (librechat(text="a", files=[{"filename": "b.csv", "type": "text/csv"}]), "a\n\n[file: b.csv]", ""),
        (open_webui(content="a"), "a", ""),
        (open_webui(content=[{"text": "a"}, {"text": "b"}]), "a\n\nb", ""),
        (open_webui(content="<think>hm</think>a"), "a", "hm"),
        (open_webui(content="", output=[text("reasoning", content=[{"text": "hm"}])]), "", "hm"),
        (open_webui(content="a", files=[{"name": "b", "content_type": "image/png"}]), "a\n\n[image: b]", ""),
        (open_webui(content="a", files=[{"name": "b", "type": "video"}]), "a\n\n[video: b]", ""),
        (open_webui(content="a", sources=[{"source": {"name": "b"}}]), "a\n\n1. b", ""),
        (open_webui(content="a", sources=[{"source": {"name": "b", "url": "file:///b"}}]), "a\n\n1. b", ""),
        (claude(text="a"), "a", ""),
        (claude(content=[text("thinking", thinking="hm")]), "", "hm"),
        (claude(content=json.dumps([text("thinking", thinking="hm"), text("text", text="a")])), "a", "hm"),
        (claude(content="[a", text="other"), "[a", ""),
        (claude(content=[text("image", title="b.png")]), "[image: b.png]", ""),
        (claude(content=[text("document", file_name="b.pdf")]), "[file: b.pdf]", ""),
        (claude(content=[text("new", text="a")]), "a", ""),
        (claude(content=[text("new\nkind")]), "[content that could not be taken over: new kind]", ""),
        (claude(content=[text("flag", text="SECRET"), text("text", text="a")]), "a", ""),
        (claude(content=[text("tool_use", name="f", input="1")]), "", "`f`\n\n```\n1\n```"),
        (claude(content=[text("tool_result", name="f", content="2")]), "", "`f`\n\n```\n2\n```"),
        (claude(content=[text("tool_use", name="f")]), "", "`f`"),
        (
            claude(content=[text("tool_use", name="f", input={"content": 1})]),
            "",
            '`f`\n\n```\n{\n  "content": 1\n}\n```',
        ),
        (
            claude(content=[text("tool_use", name="f", input={"content": "b"})]),
            "",
            '`f`\n\n```\n{\n  "content": "b"\n}\n```',
        ),
        (claude(content=[made(), text("text", text="a")]), "a", "`artifacts`"),
        (claude(content=[made(id="b", new_str="c")]), "**b**\n\n```\nc\n```", ""),
        (cited(url="https://b/", title="B"), "a ([B](https://b/))", ""),
        (cited(url="https://b/"), "a ([https://b/](https://b/))", ""),
        (cited(url="javascript:b", title="B"), "a", ""),
        (cited(details={"url": "https://b/", "title": "B"}), "a ([B](https://b/))", ""),
    ],
)
def test_a_part_of_an_answer(value, content, reasoning):
    message = read(value).messages[1]
    assert (message.content, message.reasoning) == (content, reasoning)


@pytest.mark.parametrize(
    ("value", "content"),
    [
        (librechat({"content": [text("think", think="hm")]}), "q"),
        (librechat({"files": [{"type": "image/png"}]}), "q\n\n[image]"),
        (open_webui({"content": "<think>q</think>"}), "<think>q</think>"),
        (claude({"files": [{"file_name": "b.csv"}, {"file_name": "b.csv"}]}), "q\n\n[file: b.csv]"),
        (
            claude({"files": [{"file_uuid": "1", "file_name": "b"}, {"file_uuid": "2", "file_name": "b"}]}),
            "q\n\n[file: b]\n\n[file: b]",
        ),
        (claude({"files": [{"file_name": "b"}, {"file_name": "c"}]}), "q\n\n[file: b]\n\n[file: c]"),
        (claude({"files_v2": [{"file_name": "b", "file_kind": "image"}]}), "q\n\n[image: b]"),
        (claude({"attachments": [{"file_name": "", "extracted_content": "pasted"}]}), "q\n\npasted"),
    ],
)
def test_a_part_of_a_question(value, content):
    question = read(value).messages[0]
    assert (question.content, question.reasoning, question.model) == (content, "", None)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (librechat(text="a"), "complete"),
        (librechat(text="a", error=True), "interrupted"),
        (librechat(text="a", unfinished=True), "interrupted"),
        (open_webui(content="a"), "complete"),
        (open_webui(content="a", done=True), "complete"),
        (open_webui(content="a", done=False), "interrupted"),
        (open_webui(content="a", error={"content": "b"}), "interrupted"),
    ],
)
def test_how_an_answer_ended(value, status):
    assert read(value).messages[1].status == status


def test_what_else_is_known_of_an_answer():
    answer = read(librechat(text="a", model="m", finish_reason="stop")).messages[1]
    assert (answer.model, answer.finish_reason) == ("m", "stop")
    assert read(librechat(text="a", finish_reason="")).messages[1].finish_reason is None
    assert read(open_webui({"model": "x"}, content="a", model="m")).messages[1].model == "m"
    assert read(open_webui(chat={"models": ["m"]}, content="a")).messages[1].model == "m"


def test_what_else_is_known_of_open_webuis_chat():
    chat = {"title": "inner", "timestamp": 5, "system": "Be brief."}
    inner = read(open_webui(chat=chat, content="a"))
    assert (inner.title, inner.created_at, inner.system_prompt) == ("inner", 5.0, "Be brief.")
    outer = read({**open_webui(chat=chat, content="a"), "title": "outer", "created_at": 4})
    assert (outer.title, outer.created_at) == ("outer", 4.0)
    assert read(open_webui(chat={**chat, "params": {"system": "Now."}}, content="a")).system_prompt == "Now."
    listed = {"chat": {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}}
    assert [one.content for one in read(listed).messages] == ["q", "a"]


@pytest.mark.parametrize(
    "value",
    [
        librechat({"isCreatedByUser": "yes"}, text="a"),
        open_webui({"role": "ghost"}, content="a"),
        open_webui({"role": None}, content="a"),
        claude({"sender": "ghost"}, text="a"),
    ],
)
def test_a_message_of_nobody_costs_its_conversation(value):
    with pytest.raises(Invalid, match="must be"):
        read(value)
