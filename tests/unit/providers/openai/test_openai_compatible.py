"""The request to a model server: equal to the SDK's own, without the SDK's walk over every message."""

import json

import httpx2
import openai
import pytest

from chatapp.providers import large_prompts
from chatapp.providers.base import Prompt
from chatapp.providers.openai.connections import PoolSettings
from chatapp.providers.openai.openai_compatible import OpenAICompatible
from chatapp.server import concurrency

BODY = b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
OPTIONS = {"temperature": 0.5, "top_k": 3, "stop": ["a", "b"], "max_tokens": 9, "seed": -(2**63), "top_p": None}
MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": '검색 \u2028 😀 "quoted"'},
    {"role": "assistant", "content": "Yes"},
    {"role": "user", "content": "And now?"},
]


class Recorder:
    """A model server in memory that records each request."""

    def __init__(self):
        self.requests = []

    def __call__(self, request):
        request.read()
        self.requests.append(request)
        return httpx2.Response(200, headers={"Content-Type": "text/event-stream"}, content=BODY)


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def provider(recorder):
    made = OpenAICompatible(
        "p", base_url="http://model.test/v1", api_key="sk-1", connect_timeout=5, pool=PoolSettings()
    )
    made._client = made._client.with_options(http_client=httpx2.Client(transport=httpx2.MockTransport(recorder)))
    return made


def headers(request):
    return {name.lower(): value for name, value in request.headers.items() if name.lower() != "content-length"}


def test_requests_equal_those_of_the_sdk(provider, recorder):
    assert "Hi" in list(provider.stream(Prompt("m", MESSAGES, dict(OPTIONS))))
    plain = {name: value for name, value in OPTIONS.items() if value is not None and name != "top_k"}
    with provider._client.chat.completions.with_streaming_response.create(
        model="m",
        messages=MESSAGES,
        stream=True,
        stream_options={"include_usage": True},
        extra_body={"top_k": 3},
        **plain,
    ) as response:
        response.read()
    ours, theirs = recorder.requests
    assert (ours.method, ours.url, headers(ours)) == (theirs.method, theirs.url, headers(theirs))
    assert json.loads(ours.content) == json.loads(theirs.content)
    assert ours.extensions["timeout"] == theirs.extensions["timeout"]


def test_errors_are_those_of_the_sdk(provider, recorder):
    refusal = httpx2.MockTransport(lambda _: httpx2.Response(429, json={"error": {"message": "Slow down"}}))
    provider._client = provider._client.with_options(http_client=httpx2.Client(transport=refusal))
    with pytest.raises(openai.RateLimitError):
        provider._open(Prompt("m", MESSAGES))


@pytest.mark.parametrize(("large", "is_threaded"), [(10, True), (10_000, False)])
def test_a_large_prompt_is_encoded_in_a_native_thread(provider, recorder, monkeypatch, large, is_threaded):
    in_thread, calls = concurrency.in_thread, []
    monkeypatch.setattr(concurrency, "in_thread", lambda *args: calls.append(args) or in_thread(*args))
    monkeypatch.setattr(large_prompts, "LARGE_CHARACTERS", large)
    list(provider.stream(Prompt("m", MESSAGES)))
    assert bool(calls) is is_threaded
    assert json.loads(recorder.requests[0].content)["messages"] == MESSAGES
