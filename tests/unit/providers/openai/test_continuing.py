"""What a server is asked to continue an answer, by what the server is."""

import dataclasses
import json

import httpx2
import pytest

from chatapp.demo.odd_answers import EVENTS, JSON, OddAnswer, chunk, events, failure, stream
from chatapp.providers.base import Prompt
from chatapp.providers.continuation import REQUESTS
from unit.providers.openai.playing import QUESTION, Seen, Server, provider, see

PARTIAL = "The first step is to"
REST = stream(" open", " it.")
AGAIN = stream(PARTIAL, " open", " it.")
DONE = Seen(text=f"{PARTIAL} open it.", finish="stop")
PREFILLED = [*QUESTION, {"role": "assistant", "content": PARTIAL}]
ASKED = [*PREFILLED, {"role": "user", "content": REQUESTS["en"]}]


def by(server, answer):
    return answer._replace(headers={**answer.headers, "Server": server})


def ask(made, partial=PARTIAL):
    return see(made.stream(Prompt("m", QUESTION, partial=partial)), partial)


def test_an_unknown_server_is_asked_in_words():
    server = Server(stream("open it."))
    assert ask(provider(server)) == DONE
    assert server.bodies[0]["messages"] == ASKED


@pytest.mark.parametrize("answer", [REST, AGAIN], ids=["goes on", "repeats"])
def test_a_server_that_is_set_to_prefill_gets_the_partial_answer_as_the_last_message(answer):
    server = Server(answer)
    assert ask(provider(server, continuation="prefill")) == DONE
    assert server.bodies[0]["messages"] == PREFILLED


@pytest.mark.parametrize(
    ("way", "last", "fields"),
    [
        ("prefix", {"prefix": True}, {}),
        ("continue_final_message", {}, {"continue_final_message": True, "add_generation_prompt": False}),
    ],
)
@pytest.mark.parametrize("answer", [REST, AGAIN], ids=["goes on", "repeats"])
def test_a_server_that_wants_to_be_told_of_the_partial_answer_is(way, last, fields, answer):
    server = Server(answer)
    assert ask(provider(server, continuation=way)) == DONE
    body = server.bodies[0]
    assert body["messages"] == [*QUESTION, {**PREFILLED[-1], **last}]
    assert {name: body.get(name) for name in fields} == fields
    list(provider(server, continuation=way).stream(Prompt("m", QUESTION)))
    assert server.bodies[1].keys() == {"model", "messages", "stream", "stream_options"}, "nothing is to be continued"


@pytest.mark.parametrize(
    ("owner", "last", "field"),
    [("vllm", {}, "continue_final_message"), ("mistralai", {"prefix": True}, None), ("someone", None, None)],
)
def test_a_server_is_asked_as_it_wants_to_be_by_its_list_of_models(owner, last, field):
    listed = {"object": "list", "data": [{"id": "m", "object": "model", "owned_by": owner}]}
    server = Server(OddAnswer(json.dumps(listed).encode(), headers={"Content-Type": JSON}), AGAIN)
    made = provider(lambda request: server(request))
    made.models()
    assert ask(made) == DONE
    body = server.bodies[1]
    assert body["messages"] == (ASKED if last is None else [*QUESTION, {**PREFILLED[-1], **last}])
    assert field is None or body[field] is True


def test_a_prefilled_answer_goes_on_within_a_word():
    assert ask(provider(Server(stream("ory")), continuation="prefill"), "The").text == "Theory"
    assert ask(provider(Server(by("chatapp-demo", stream("ory")))), "The").text == "Theory", "the demo goes on exactly"
    assert ask(provider(Server(stream("cat"))), "The").text == "The cat"


def test_llama_cpp_is_known_by_its_header():
    server = Server(by("llama.cpp", stream("Hello")), by("llama.cpp", AGAIN))
    made = provider(server)
    list(made.stream(Prompt("m", QUESTION)))
    assert ask(made) == DONE
    assert server.bodies[1]["messages"] == PREFILLED


def test_llama_cpp_is_known_by_its_list_of_models():
    listed = {"object": "list", "data": [{"id": "a.gguf", "object": "model", "owned_by": "llamacpp"}]}
    answers = {"/v1/models": (json.dumps(listed).encode(), JSON), "/v1/chat/completions": (AGAIN.body, EVENTS)}
    asked = []

    def respond(request):
        asked.append(request.read())
        body, kind = answers[request.url.path]
        return httpx2.Response(200, headers={"Content-Type": kind}, content=body)

    made = provider(respond)
    made.models()
    assert ask(made) == DONE
    assert json.loads(asked[1])["messages"] == PREFILLED


def test_llama_cpp_can_be_set_to_be_asked_in_words():
    server = Server(by("llama.cpp", stream("open it.")))
    made = provider(server, continuation="words")
    assert [ask(made), ask(made)] == [DONE, DONE]
    assert server.bodies[1]["messages"] == ASKED


@pytest.mark.parametrize(
    "message",
    [
        "Assistant response prefill is incompatible with enable_thinking.",
        "This model does not support assistant message prefill. The conversation must end with a user message.",
        "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant",
        "Please ensure that multiturn requests end with a user role or a function response.",
        "Cannot set both `add_generation_prompt` and `continue_final_message` to True.",
        "body.continue_final_message: Extra inputs are not permitted",
    ],
)
@pytest.mark.parametrize("way", ["prefill", "continue_final_message"])
def test_a_server_that_refuses_the_prefill_is_asked_in_words(message, way):
    server = Server(failure(400, {"error": {"message": message}}), stream("open it."))
    made = provider(server, continuation=way)
    assert ask(made) == DONE
    assert [body["messages"] for body in server.bodies] == [PREFILLED, ASKED]
    assert "continue_final_message" not in server.bodies[1]
    ask(made)
    assert server.bodies[2]["messages"] == ASKED, "it is remembered"


def test_a_thought_in_a_continuation_is_no_text():
    thought, seen = "The user wants more.", Seen(text=f"{PARTIAL} open it.", finish="stop")
    opened = stream(f"<think>\n{thought}\n</think>\n\n", "open it.")
    assert ask(provider(Server(opened))) == dataclasses.replace(seen, thought=thought)
    unopened = stream(*thought, "\n</think>\n\n", "open it.")
    assert ask(provider(Server(unopened))) == dataclasses.replace(seen, thought=f" {thought}\n")


def test_a_continuation_that_has_nothing_new_is_complete():
    assert ask(provider(Server(stream(PARTIAL, finish_reason="length")))) == Seen(text=PARTIAL, finish="length")


def test_a_continuation_that_fails_keeps_its_text():
    seen = ask(provider(Server(OddAnswer(events(chunk("open it."))))))
    assert seen.text == f"{PARTIAL} open it."
    assert seen.error == "provider_unavailable"
