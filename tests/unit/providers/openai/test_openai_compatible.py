"""The request to a model server: equal to the SDK's own, without the SDK's walk over every message."""

import json

import httpx2
import openai
import pytest

from chatapp.errors import ProviderError, SettingsError
from chatapp.providers import large_prompts
from chatapp.providers.base import Answered, Prompt
from chatapp.providers.openai.connections import PoolSettings
from chatapp.providers.openai.openai_compatible import OpenAICompatible
from chatapp.server import concurrency
from unit.providers.openai.playing import use

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


def make_provider(answer, **settings):
    """Make a provider whose server is a function in memory."""
    made = OpenAICompatible(
        "p", base_url="http://model.test/v1", api_key="sk-1", connect_timeout=5, pool=PoolSettings(), **settings
    )
    return use(made, answer)


@pytest.fixture
def provider(recorder):
    return make_provider(recorder)


def lister(recorder, *models, owner="someone"):
    """A model server in memory that lists its models, and knows only these."""

    def answer(request):
        if request.method == "GET":
            return httpx2.Response(200, json={"data": [{"id": model, "owned_by": owner} for model in models]})
        response = recorder(request)
        if json.loads(request.content)["model"] in models:
            return response
        return httpx2.Response(404, json={"error": {"message": "The model does not exist."}})

    return answer


def sent(recorder):
    """Return the body of the last question."""
    return json.loads(recorder.requests[-1].content)


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
    use(provider, lambda _: httpx2.Response(429, json={"error": {"message": "Slow down"}}))
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


@pytest.mark.parametrize(
    ("owner", "name", "theirs"),
    [
        ("llamacpp", "repetition_penalty", "repeat_penalty"),
        ("organization_owner", "repetition_penalty", "repeat_penalty"),
        ("library", "max_completion_tokens", "max_tokens"),
        ("vllm", "repetition_penalty", "repetition_penalty"),
    ],
)
def test_an_option_is_sent_by_the_servers_name_of_it(recorder, owner, name, theirs):
    provider = make_provider(lister(recorder, "m", owner=owner))
    provider.models()
    list(provider.stream(Prompt("m", MESSAGES, {name: 2, "top_k": 3})))
    assert {key: value for key, value in sent(recorder).items() if value in (2, 3)} == {theirs: 2, "top_k": 3}


def test_the_names_of_the_settings_go_before(recorder):
    provider = make_provider(lister(recorder, "m", owner="llamacpp"), rename={"repetition_penalty": "penalty"})
    provider.models()
    list(provider.stream(Prompt("m", MESSAGES, {"repetition_penalty": 2})))
    assert sent(recorder)["penalty"] == 2


def test_a_server_tells_what_it_is_with_an_answer_too(recorder):
    def answer(request):
        response = recorder(request)
        response.headers["Server"] = "llama.cpp"
        return response

    provider = make_provider(answer)
    for name in ("repetition_penalty", "repeat_penalty"):
        list(provider.stream(Prompt("m", MESSAGES, {"repetition_penalty": 2})))
        assert sent(recorder)[name] == 2


def test_a_file_is_listed_by_its_name_and_asked_for_by_its_path(recorder):
    paths = ["/srv/models/a/model.gguf", "/srv/models/b/model.gguf", "meta/llama"]
    provider = make_provider(lister(recorder, *paths))
    listed = provider.models()
    assert [(model.id, model.name) for model in listed] == [
        (name, name) for name in ("model (1)", "model (2)", "meta/llama")
    ]
    for model, path in zip(listed, paths, strict=True):
        list(provider.stream(Prompt(model.id, MESSAGES)))
        assert sent(recorder)["model"] == path


def test_a_server_that_does_not_know_a_name_is_asked_for_its_list_first(recorder):
    """As after a restart, when nobody has opened the picker yet."""
    provider = make_provider(lister(recorder, "/srv/models/model.gguf"))
    assert "Hi" in list(provider.stream(Prompt("model", MESSAGES)))
    assert sent(recorder)["model"] == "/srv/models/model.gguf"
    with pytest.raises(ProviderError, match="model"):
        list(provider.stream(Prompt("other", MESSAGES)))


def test_the_path_of_the_file_that_answers_is_not_told(recorder):
    def answer(request):
        body = BODY.replace(b'{"choices"', b'{"model": "/srv/models/model.gguf", "choices"')
        return httpx2.Response(200, content=body)

    def answered(model):
        return [chunk for chunk in make_provider(answer).stream(Prompt(model, MESSAGES)) if isinstance(chunk, Answered)]

    assert answered("model") == answered("/srv/models/model.gguf") == []
    assert answered("other") == [Answered("model")]


def test_authorities_that_cannot_be_read_are_named(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/authorities.pem")
    with pytest.raises(SettingsError, match="SSL_CERT_FILE"):
        make_provider(Recorder())
