"""Script models: the model's name is the script of the answer."""

import json
import socket
from typing import Any

import openai
import pytest

from live.demo.client import COUNTED, Demo, chat_body, send_chat
from support.waiting import LIMIT


def test_a_script_counts_to_fifty_by_default(demo: Demo) -> None:
    assert demo.chat("script").text == COUNTED


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"tokens": 3}, "1 2 3 "),
        ({"tokens": 0}, ""),
        ({"tokens": 3, "lang": "ko"}, "1번 2번 3번 "),
        ({"tokens": 2, "size": 6}, "1.... 2.... "),
        ({"text": "안녕하세요 여러분", "piece": 3}, "안녕하세요 여러분"),
    ],
)
def test_a_script_answers_with_the_text_of_its_query(demo: Demo, query: dict[str, Any], text: str) -> None:
    assert demo.script(**query).text == text


def test_text_comes_in_pieces_of_the_requested_size(demo: Demo) -> None:
    reply = demo.script(text="안녕하세요", piece=2)
    assert [delta["content"] for delta in reply.deltas if delta.get("content")] == ["안녕", "하세", "요"]
    reply = demo.script(text="four by four")
    assert [delta["content"] for delta in reply.deltas if delta.get("content")] == ["four", " by ", "four"]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_comes_first_in_the_requested_field(demo: Demo, field: str) -> None:
    reply = demo.script(tokens=2, reasoning=3, reasoning_field=field)
    assert reply.field(field) == "r1 r2 r3 "
    assert [next(iter(delta)) for delta in reply.deltas[1:6]] == [field] * 3 + ["content"] * 2


def test_resume_continues_the_count_of_the_last_answer(demo: Demo) -> None:
    assert demo.script("Count.", "1 2 3 ", "Go on.", tokens=5, resume=1).text == "4 5 "
    assert demo.script("Count.", tokens=2, resume=1).text == "1 2 "
    assert demo.script("Count.", "1번 2번 ", "Go on.", tokens=3, resume=1, lang="ko").text == "3번 "


def test_a_conversation_beyond_the_context_is_refused(demo: Demo) -> None:
    assert demo.script("12345", context=5).status == 200
    reply = demo.script("12345", "6", "7", context=6)
    assert (reply.status, reply.error["code"]) == (400, "context_length_exceeded")
    assert "maximum context length is 6 tokens" in reply.error["message"]


def test_echo_answers_with_the_messages_received(demo: Demo) -> None:
    reply = demo.script("안녕 😀", "네", "끝", echo=1)
    assert json.loads(reply.text) == chat_body("", "안녕 😀", "네", "끝")["messages"]
    lone = demo.script("half \ud83d", echo=1)
    assert json.loads(lone.text)[0]["content"] == "half \ud83d"


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter"])
def test_the_finish_reason_can_be_chosen(demo: Demo, finish: str) -> None:
    assert demo.script(tokens=1, finish=finish).finish == [finish]


def test_usage_can_be_left_out(demo: Demo) -> None:
    with_usage = demo.chat("script?tokens=1", stream_options={"include_usage": True})
    without = demo.chat("script?tokens=1&usage=0", stream_options={"include_usage": True})
    assert with_usage.chunks[-1]["usage"]["completion_tokens"] == 1
    assert not any(chunk.get("usage") for chunk in without.chunks)
    assert "usage" not in demo.script(usage=0, stream=False).json


@pytest.mark.parametrize("query", ["tokens=2", "tokens=2&fault=html", "status=503"])
def test_an_answer_can_be_the_last_on_its_connection(demo: Demo, query: str) -> None:
    with socket.create_connection(("127.0.0.1", demo.port), timeout=LIMIT) as client:
        send_chat(client, f"script?close=1&{query}")
        seen = b""
        while data := client.recv(65536):
            seen += data
    head, _, body = seen.partition(b"\r\n\r\n")
    assert b"\r\nConnection: close" in head
    assert body


def test_an_answer_that_closes_its_connection_is_whole(demo: Demo) -> None:
    reply = demo.script(tokens=3, close=1)
    assert (reply.text, reply.finish, reply.broken) == ("1 2 3 ", ["stop"], False)
    assert demo.script(tokens=3, close=1, stream=False).headers["Connection"] == "close"
    assert demo.script(tokens=3, close=0).headers["Connection"] is None


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("colour=red", "colour"),
        ("tokens=many", "tokens"),
        ("tokens=-1", "tokens"),
        ("tokens=", "tokens"),
        ("tokens=1&tokens=2", "tokens"),
        ("rate=nan", "rate"),
        ("first=-1", "first"),
        ("fault=fire", "fault"),
        ("status=418", "status"),
        ("resume=maybe", "resume"),
        ("lang=de", "lang"),
        ("piece=0", "piece"),
        ("retry_after=1%0d%0aX:1", "retry_after"),
    ],
)
def test_a_bad_script_is_refused_by_name(demo: Demo, query: str, named: str) -> None:
    reply = demo.chat(f"script?{query}")
    assert reply.status == 400
    assert f"'{named}'" in reply.error["message"]
    assert reply.error["param"] == "model"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_script_can_answer_with_a_status(demo: Demo, status: int) -> None:
    reply = demo.script(status=status, retry_after=12)
    assert (reply.status, reply.headers["Retry-After"]) == (status, "12")
    assert reply.error["code"]
    assert demo.script(status=status, code="quota").error["code"] == "quota"
    assert demo.script(status=status).headers["Retry-After"] is None


def test_the_sdk_sees_the_status_as_its_own_error(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        sdk.chat.completions.create(model="script?status=429", messages=[{"role": "user", "content": "?"}])
    assert caught.value.code == "rate_limit_exceeded"


def test_a_status_can_last_for_a_number_of_calls(demo: Demo) -> None:
    query = {"status": 503, "times": 2, "tokens": 1}
    assert [demo.script(**query).status for _ in range(4)] == [503, 503, 200, 200]
    demo.request("DELETE", "/_calls")
    assert demo.script(**query).status == 503
