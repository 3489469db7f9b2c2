"""What a server refuses by name is left out, once and visibly, and remembered for its model."""

# ruff: noqa: E501 -- a row of the table is a line

import pytest

from chatapp.demo.odd_answers import KINDS, failure, stream
from chatapp.providers.base import Prompt
from unit.providers.openai.playing import QUESTION, Seen, Server, provider, see

SYSTEM = {"role": "system", "content": "Be brief."}
ANSWER = stream("Hello")
OPTIONS = {"temperature": 0.7, "max_tokens": 5, "top_k": 3}
BODY = {
    "model": "m",
    "messages": [SYSTEM, *QUESTION],
    "stream": True,
    "stream_options": {"include_usage": True},
    **OPTIONS,
}
#: The system prompt at the beginning of the first question.
MERGED = [{"role": "user", "content": "Be brief.\n\nHi"}]
LEFT_OUT = "The model's server doesn't accept the option {}, so it was left out."
WHOLE = "The model's server does not stream this model: the answer came whole."


def refuses(message, status=400, **more):
    return failure(status, {"error": {"message": message, "type": "invalid_request_error", **more}})


def without(*names, **changed):
    return {name: value for name, value in BODY.items() if name not in names} | changed


RENAMED = without("max_tokens", max_completion_tokens=5)
COUNTLESS = without("stream_options")
COLD = without("temperature")
UNSTREAMED = without("stream_options", stream=False)
ROLELESS = without(messages=MERGED)

#: The refusal, the second request, and what a person is told.
ROWS = {
    "max_tokens, OpenAI": (KINDS["no_max_tokens"], RENAMED, ()),
    "max_tokens, Azure": (refuses("Unrecognized request argument supplied: max_tokens"), RENAMED, ()),
    "temperature, OpenAI": (refuses("Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.", param="temperature", code="unsupported_value"), COLD, (LEFT_OUT.format("temperature"),)),
    "temperature, o3-mini": (refuses("Unsupported parameter: 'temperature' is not supported with this model."), COLD, (LEFT_OUT.format("temperature"),)),
    "temperature, Anthropic": (refuses("`temperature` is deprecated for this model."), COLD, (LEFT_OUT.format("temperature"),)),
    "temperature, Moonshot": (refuses("invalid temperature: only 1 is allowed for this model"), COLD, (LEFT_OUT.format("temperature"),)),
    "temperature, by its param": (refuses("This value cannot be used here.", param="temperature", code="unsupported_value"), COLD, (LEFT_OUT.format("temperature"),)),
    "top_k, OpenAI": (refuses("Unknown parameter: 'top_k'.", param="top_k", code="unknown_parameter"), without("top_k"), (LEFT_OUT.format("top_k"),)),
    "top_k, Groq": (refuses("property 'top_k' is unsupported"), without("top_k"), (LEFT_OUT.format("top_k"),)),
    "top_k, Gemini": (failure(400, [{"error": {"code": 400, "message": "Invalid JSON payload received. Unknown name \"top_k\": Cannot find field.", "status": "INVALID_ARGUMENT"}}]), without("top_k"), (LEFT_OUT.format("top_k"),)),
    "top_k, FastAPI": (failure(422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "top_k"], "msg": "Extra inputs are not permitted", "input": 3}]}), without("top_k"), (LEFT_OUT.format("top_k"),)),
    "top_k, LiteLLM": (refuses("litellm.UnsupportedParamsError: openai does not support parameters: ['top_k'], for model=x.", code="400"), without("top_k"), (LEFT_OUT.format("top_k"),)),
    "stream_options, Azure": (refuses("Unrecognized request argument supplied: stream_options"), COUNTLESS, ()),
    "stream_options, Mistral": (failure(422, {"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}}), COUNTLESS, ()),
    "include_usage": (refuses("Unknown field: include_usage"), COUNTLESS, ()),
    "streaming, unverified": (refuses("Your organization must be verified to stream this model.", param="stream", code="unsupported_value"), UNSTREAMED, (WHOLE,)),
    "streaming, o1": (refuses("Unsupported value: 'stream' does not support true with this model. Only the default (false) value is supported.", param="stream", code="unsupported_value"), UNSTREAMED, (WHOLE,)),
    "streaming, by a gateway": (refuses("Streaming is not supported for this model"), UNSTREAMED, (WHOLE,)),
    "streaming, 501": (refuses("stream=true is not implemented", 501), UNSTREAMED, (WHOLE,)),
    "system, OpenAI o1": (refuses("Unsupported value: 'messages[0].role' does not support 'system' with this model."), ROLELESS, ()),
    "system, Gemma's template": (refuses("System role not supported", 500), ROLELESS, ()),
    "system, Gemma at Google": (refuses("Developer instruction is not enabled for models/gemma-3-27b-it"), ROLELESS, ()),
    "system, a list of roles": (refuses("messages.0.role: Input should be 'user' or 'assistant'"), ROLELESS, ()),
    "system, strict roles": (refuses("Conversation roles must alternate user/assistant/user/assistant/...", 500), ROLELESS, ()),
}  # fmt: skip


def ask(server, **more):
    made = provider(server)
    return made, see(made.stream(Prompt("m", [SYSTEM, *QUESTION], dict(OPTIONS), **more)))


@pytest.mark.parametrize("name", ROWS)
def test_what_is_refused_by_name_is_left_out(name):
    refusal, second, notices = ROWS[name]
    server = Server(refusal, ANSWER)
    made, seen = ask(server)
    assert server.bodies == [BODY, second]
    assert seen == Seen(text="Hello", finish="stop", notices=notices)
    assert see(made.stream(Prompt("m", [SYSTEM, *QUESTION], dict(OPTIONS)))).notices == notices
    assert server.bodies[2:] == [second], "it is remembered"
    list(made.stream(Prompt("other", [SYSTEM, *QUESTION], dict(OPTIONS))))
    assert server.bodies[3] == {**BODY, "model": "other"}


#: Refusals that name nothing that could be left out.
OTHERS = {
    "an option that was not sent": refuses("Unsupported parameter: 'logprobs'"),
    "a value that is wrong": refuses("Invalid 'max_tokens': integer above maximum value. Expected a value <= 4096."),
    "a context that is too long": refuses("max_tokens is too large: 5. This model's maximum context length is 4 tokens. top_k is not supported", code="context_length_exceeded"),
    "a key": refuses("temperature is not supported", 401),
    "too many requests": refuses("temperature is not supported", 429),
    "a server that failed": refuses("Internal error", 500),
    "the word stream": refuses("upstream connection not supported"),
    "the word system": refuses("The system is not available"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_else_is_asked_again(name):
    server = Server(OTHERS[name])
    _, seen = ask(server)
    assert len(server.bodies) == 1
    assert seen.error


def test_several_refusals_are_granted_one_after_the_other():
    server = Server(
        KINDS["no_max_tokens"], refuses("'temperature' is not supported"), refuses("'top_k' is not supported"), ANSWER
    )
    _, seen = ask(server)
    assert seen.text == "Hello"
    assert server.bodies[-1] == without("max_tokens", "temperature", "top_k", max_completion_tokens=5)


def test_a_server_that_always_refuses_is_not_asked_for_ever():
    server = Server(KINDS["no_max_tokens"])
    _, seen = ask(server)
    assert seen.error == "provider_error"
    assert len(server.bodies) == 2


def test_a_conversation_of_strict_roles_without_a_system_prompt_fails_once():
    server = Server(KINDS["strict_roles"])
    seen = see(provider(server).stream(Prompt("m", QUESTION)))
    assert (seen.error, len(server.bodies)) == ("provider_unavailable", 1)
