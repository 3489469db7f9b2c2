"""Events and whole answers of OpenAI's Responses API, as the openai package's own objects and as dictionaries."""

import json
from collections.abc import Callable
from typing import Any, get_args

import httpx2
import openai
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from chatapp.function_host.chunks import ChunkReader
from chatapp.function_host.failures import describe_failure
from unit.function_host.reading import WHOLE, read_all

EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
USAGE = {
    "input_tokens": 3,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 2,
    "output_tokens_details": {"reasoning_tokens": 1},
    "total_tokens": 5,
}
CUT_OFF = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "usage": USAGE}
THOUGHT = {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}
CALL = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}


def response(**fields: Any) -> dict[str, Any]:
    base = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": "in_progress", "output": []}
    return base | {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []} | fields


def message(text: str, number: int = 1) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed", "content": content}


def event(kind: str, place: int = 0, **fields: Any) -> dict[str, Any]:
    address = {"item_id": f"item_{place}", "output_index": place, "content_index": 0}
    return {"type": f"response.{kind}", "sequence_number": 0} | address | fields


def summary(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    return event(f"reasoning_summary_{kind}", summary_index=number, **fields)


def text(delta: str, place: int = 1) -> dict[str, Any]:
    return event("output_text.delta", place, delta=delta, logprobs=[])


def end(kind: str, **fields: Any) -> dict[str, Any]:
    return event(kind, response=response(status=kind, **fields))


STREAM = [
    event("created", response=response()),
    event("in_progress", response=response()),
    event("output_item.added", item={"id": "rs_1", "type": "reasoning", "summary": []}),
    summary("part.added", 0, part={"type": "summary_text", "text": ""}),
    summary("text.delta", 0, delta="hm"),
    summary("text.done", 0, text="hm"),
    summary("part.done", 0, part={"type": "summary_text", "text": "hm"}),
    event("output_item.done", item=THOUGHT),
    event("output_item.added", 1, item=message("") | {"content": [], "status": "in_progress"}),
    event("content_part.added", 1, part={"type": "output_text", "text": "", "annotations": []}),
    text("He"),
    text("llo"),
    event("output_text.done", 1, text="Hello", logprobs=[]),
    event("content_part.done", 1, part={"type": "output_text", "text": "Hello", "annotations": []}),
    event("output_item.done", 1, item=message("Hello")),
    event("output_item.added", 2, item=CALL),
    event("function_call_arguments.delta", 2, delta="{}"),
    event("function_call_arguments.done", 2, name="look", arguments="{}"),
    event("web_search_call.searching", 3),
    event("incomplete", response=response(output=[THOUGHT, message("Hello")], **CUT_OFF)),
]


@pytest.fixture(params=["dictionaries", "objects"])
def form(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    """Return events as dictionaries, or as the package's objects."""
    if request.param == "dictionaries":
        return lambda value: value
    return lambda value: (
        Response.model_validate(value) if value.get("object") == "response" else EVENTS.validate_python(value)
    )


def test_a_stream_gives_text_reasoning_usage_and_a_finish_reason(form):
    assert read_all([form(each) for each in STREAM]) == WHOLE


def test_the_stream_of_a_client_is_read():
    body = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in STREAM)
    headers = {"content-type": "text/event-stream"}
    answers = httpx2.MockTransport(lambda _request: httpx2.Response(200, headers=headers, text=body))
    with openai.OpenAI(api_key="x", http_client=httpx2.Client(transport=answers)) as client:
        assert read_all(list(client.responses.create(model="m", input="hello", stream=True))) == WHOLE
        with client.responses.stream(model="m", input="hello") as stream:
            assert read_all(list(stream)) == WHOLE


def test_a_whole_answer_gives_the_same(form):
    assert read_all([form(response(output=[THOUGHT, message("Hello")], **CUT_OFF))]) == WHOLE


@pytest.mark.parametrize("value", [response(output=[]), STREAM[0], STREAM[-1]])
def test_an_object_of_the_package_is_no_iterable_of_values(form, value):
    assert ChunkReader.is_single_value(form(value))


def test_reasoning_that_is_no_summary_is_reasoning(form):
    assert read_all([form(event("reasoning_text.delta", delta="hm"))]) == {"reasoning": "hm"}


def test_a_refusal_is_text(form):
    assert read_all([form(event("refusal.delta", delta="No."))]) == {"text": "No."}


def test_parts_of_an_answer_are_paragraphs(form):
    parts = [summary("text.delta", 0, delta="**A**"), summary("text.delta", 1, delta="**B**")]
    stream = [*parts, text("First", 1), text(" this.", 1), text("Then", 3), text(" that.", 3)]
    expected = {"reasoning": "**A**\n\n**B**", "text": "First this.\n\nThen that."}
    assert read_all([form(each) for each in stream]) == expected
    whole = response(output=[message("First this.", 1), CALL, message("Then that.", 2)], status="completed")
    assert read_all([form(whole)]) == {"text": expected["text"], "finish": "stop"}


@pytest.mark.parametrize(
    ("output", "finish"), [([message("Hello")], "stop"), ([message("Wait."), CALL], "tool_calls"), ([], "stop")]
)
def test_a_complete_answer_tells_whether_a_tool_is_to_be_called(form, output, finish):
    assert read_all([form(end("completed", output=output, usage=USAGE))]) == {"finish": finish, "usage": [3, 2, 5]}


def test_a_filtered_answer_says_so(form):
    cut_off = {"incomplete_details": {"reason": "content_filter"}}
    assert read_all([form(end("incomplete", **cut_off))]) == {"finish": "content_filter"}


@pytest.mark.parametrize(
    ("failed", "code", "words"),
    [
        (end("failed", error={"code": "rate_limit_exceeded", "message": "Slow down"}), "rate_limited", "Slow down"),
        (end("failed", error={"code": "server_error", "message": "Sorry"}), "provider_unavailable", "Sorry"),
        (end("failed", error={"code": "invalid_prompt", "message": "Not this"}), "provider_error", "Not this"),
        (end("failed"), "provider_error", "the answer is failed"),
        (end("incomplete"), "provider_error", "the answer is incomplete"),
        (end("incomplete", incomplete_details={"reason": "steered"}), "provider_error", r"incomplete \(steered\)"),
        (response(status="queued"), "provider_error", "the answer is queued"),
        (
            {"type": "error", "sequence_number": 9, "code": "server_error", "message": "Sorry", "param": None},
            "provider_unavailable",
            "Sorry",
        ),
    ],
)
def test_an_answer_that_failed_is_an_error(form, failed, code, words):
    with pytest.raises(RuntimeError, match=f"the model's server says: .*{words}") as caught:
        read_all([form(failed)])
    assert describe_failure(caught.value)["code"] == code


def test_every_event_of_the_package_is_taken():
    """None is a TypeError: those without text give nothing."""
    union, _ = get_args(ResponseStreamEvent)
    kinds = {get_args(each.model_fields["type"].annotation)[0] for each in get_args(union)}
    assert len(kinds) > 50
    for kind in kinds - {"error"}:
        assert ChunkReader().read({"type": kind}) == b""


def test_a_later_event_than_those_known_is_ignored():
    class Event(BaseModel):
        type: str

    assert read_all([Event(type="response.sleep.done"), Event(type="keepalive")]) == {}
