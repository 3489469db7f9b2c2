"""The demo upstream speaks OpenAI's protocol, and records each call."""

import json
import time
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import openai
import pytest

from live.demo.client import Demo, chat_body, running


def test_the_friendly_models_are_listed(sdk: openai.OpenAI) -> None:
    models = sdk.models.list().data
    assert [model.id for model in models] == ["demo", "demo-fast", "demo-thinking"]
    assert {model.owned_by for model in models} == {"chatapp-demo"}


def test_the_sdk_reads_a_stream_with_usage(sdk: openai.OpenAI) -> None:
    stream = sdk.chat.completions.create(
        model="script?tokens=3",
        messages=[{"role": "user", "content": "Count."}],
        stream=True,
        stream_options={"include_usage": True},
        temperature=0.5,
        seed=1,
    )
    *chunks, last = stream
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "1 2 3 "
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * 4 + ["stop"]
    assert {chunk.usage for chunk in chunks} == {None}
    assert last.choices == []
    assert last.usage.completion_tokens == 3
    assert last.usage.total_tokens == last.usage.prompt_tokens + 3


def test_the_sdk_reads_an_answer_in_one_piece(sdk: openai.OpenAI) -> None:
    answer = sdk.chat.completions.create(
        model="script?tokens=3&reasoning=2", messages=[{"role": "user", "content": "Count."}]
    )
    assert answer.choices[0].message.content == "1 2 3 "
    assert answer.choices[0].message.reasoning_content == "r1 r2 "
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.completion_tokens == 5
    assert answer.usage.completion_tokens_details.reasoning_tokens == 2


def test_a_chunk_has_openais_fields_and_no_usage_unless_asked(demo: Demo) -> None:
    reply = demo.script(tokens=1)
    role, first, finish = reply.chunks
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    assert {chunk["id"] for chunk in reply.chunks} == {role["id"]}
    assert role["choices"] == [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]
    assert list(first) == ["id", "object", "created", "model", "choices"]
    assert first["object"] == "chat.completion.chunk"
    assert first["model"] == "script?tokens=1"
    assert abs(first["created"] - time.time()) < 60
    assert first["choices"] == [{"index": 0, "delta": {"content": "1 "}, "finish_reason": None}]
    assert finish["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    assert reply.events[-1] == "[DONE]"


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_the_token_limit_counts_reasoning_too(demo: Demo, name: str) -> None:
    reply = demo.chat("script?reasoning=2", **{name: 5})
    assert (reply.field("reasoning_content"), reply.text, reply.finish) == ("r1 r2 ", "1 2 3 ", ["length"])
    plain = demo.chat("script?reasoning=2", stream=False, **{name: 5}).json
    assert plain["choices"][0]["finish_reason"] == "length"
    assert plain["usage"]["completion_tokens"] == 5


def test_an_unknown_model_is_not_found(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.chat.completions.create(model="gpt-unknown", messages=[{"role": "user", "content": "?"}])
    assert caught.value.code == "model_not_found"
    assert "gpt-unknown" in caught.value.message


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{not json", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[1]", "object"),
        ({}, "model"),
        ({"model": "demo"}, "messages"),
        ({"model": "demo", "messages": []}, "messages"),
        ({"model": "demo", "messages": ["hi"]}, "messages[0]"),
        ({"model": "demo", "messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        (chat_body("demo", stream="yes"), "stream"),
        (chat_body("demo", stream_options={"include_usage": True}), "stream_options"),
        (chat_body("demo", max_tokens=0), "max_tokens"),
        (chat_body("demo", n=2), "n"),
    ],
)
def test_a_bad_body_is_refused_by_name(demo: Demo, body: Any, named: str) -> None:
    reply = demo.request("POST", "/v1/chat/completions", body)
    assert reply.status == 400
    assert named in reply.error["message"]
    assert list(reply.error) == ["message", "type", "param", "code"]


def test_other_addresses_and_methods_are_refused_in_json(demo: Demo) -> None:
    assert demo.request("GET", "/v2/models").error["code"] == "unknown_url"
    assert demo.request("PUT", "/v1/models").status == 404
    brew = demo.request("BREW", "/v1/models")
    assert brew.status == 501
    assert brew.error["type"] == "invalid_request_error"


def test_a_dns_rebinding_page_is_refused(demo: Demo) -> None:
    assert demo.request("GET", "/_calls", Host="evil.example").status == 403
    assert demo.request("GET", "/_calls", Host=f"localhost:{demo.port}").status == 200


def test_one_connection_carries_many_requests(demo: Demo) -> None:
    with closing(demo.connection()) as connection:
        for model, status in (
            ("script?tokens=2", 200),
            ("nobody", 404),
            ("script?fault=html", 200),
            ("script", 200),
        ):
            connection.request("POST", "/v1/chat/completions", json.dumps(chat_body(model, stream=True)))
            opened = connection.sock
            response = connection.getresponse()
            assert (response.status, bool(response.read())) == (status, True)
            assert connection.sock is opened


def test_a_call_is_recorded_as_it_was_made(demo: Demo) -> None:
    body = chat_body("script?tokens=4&reasoning=1", "안녕", stream=True, temperature=0.3)
    before = time.time()
    demo.request("POST", "/v1/chat/completions", body, Authorization="Bearer sk-secret", **{"X-Test": "yes"})
    call = demo.ended_call(body["model"])
    assert call["messages"] == body["messages"]
    assert (call["stream"], call["options"]) == (True, {"temperature": 0.3})
    assert (call["headers"]["authorization"], call["headers"]["x-test"]) == ("present", "yes")
    assert (call["tokens"], call["ended_by"]) == (5, "server")
    assert before <= call["started_at"] <= call["sent"][0][0] <= call["ended_at"]
    assert call["sent"][-1][1] == 5


def test_the_calls_about_a_text_are_found_alone(demo: Demo) -> None:
    for question in ("첫 번째 질문", "a second & last question"):
        assert demo.chat("script?tokens=1", question).status == 200
    demo.request("POST", "/v1/chat/completions", {"model": "script?tokens=1", "messages": [1]})
    for part, whole in (("번째 질문", "첫 번째 질문"), ("d & l", "a second & last question")):
        found = demo.request("GET", f"/_calls?{urlencode({'about': part})}").json
        assert [call["messages"][-1]["content"] for call in found] == [whole]


def test_the_record_keeps_the_last_thousand_calls_and_can_be_emptied() -> None:
    with running() as (_process, base_url), closing(Demo(base_url).connection()) as connection:
        for _ in range(1003):
            connection.request("POST", "/v1/chat/completions", json.dumps(chat_body("script?tokens=0")))
            connection.getresponse().read()
        demo = Demo(base_url)
        assert [call["n"] for call in demo.calls()] == list(range(4, 1004))
        assert demo.request("DELETE", "/_calls").status == 200
        assert demo.calls() == []
