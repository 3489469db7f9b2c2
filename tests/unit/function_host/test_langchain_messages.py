"""Messages of LangChain, as recorded with the versions that the file names."""

import importlib.util
import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from chatapp.function_host.chunks import ChunkReader
from support.paths import DATA
from unit.function_host.reading import WHOLE, read_all

STREAMS = json.loads((DATA / "langchain_streams.json").read_text(encoding="utf-8"))["streams"]


class Message(BaseModel):
    """What LangChain's message classes are for a reader: a pydantic model with these fields."""

    model_config = ConfigDict(extra="allow")

    content: str | list[str | dict[str, Any]]
    additional_kwargs: dict[str, Any]
    response_metadata: dict[str, Any]
    type: str
    id: str | None = None
    usage_metadata: dict[str, Any] | None = None
    tool_calls: list[dict[str, Any]] = []
    tool_call_chunks: list[dict[str, Any]] = []


def real(value: dict[str, Any]) -> Any:
    """Return LangChain's own object."""
    # Not a dependency: only where it is installed.
    from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage

    if value["type"] == "tool":
        return ToolMessage(tool_call_id="call_1", **value)
    kinds = {"ai": AIMessage, "AIMessageChunk": AIMessageChunk, "human": HumanMessage}
    return kinds[value["type"]](**value)


FORMS: dict[str, Callable[[dict[str, Any]], Any]] = {"dictionaries": dict, "objects": Message.model_validate}
if importlib.util.find_spec("langchain_core"):
    FORMS["langchain"] = real


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> Callable[[dict[str, Any]], Any]:
    return FORMS[request.param]


def message(content: Any = "", kind: str = "AIMessageChunk", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "content": content, "additional_kwargs": {}, "response_metadata": {}, **fields}


def counts(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    total = prompt_tokens + completion_tokens
    return {"input_tokens": prompt_tokens, "output_tokens": completion_tokens, "total_tokens": total}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_gives_text_reasoning_usage_and_a_finish_reason(form, name):
    # LangChain itself drops the reasoning of Chat Completions, which OpenAI does not give.
    expected = WHOLE if name != "openai" else {key: value for key, value in WHOLE.items() if key != "reasoning"}
    assert read_all([form(chunk) for chunk in STREAMS[name]]) == expected


def test_the_pairs_of_langgraph_are_read_like_their_messages(form):
    pairs = [(form(chunk), {"langgraph_node": "model"}) for chunk in STREAMS["anthropic"]]
    assert read_all(pairs) == WHOLE


def test_a_whole_message_is_one_value(form):
    content = [{"type": "thinking", "thinking": "hm", "signature": "abc"}, {"type": "text", "text": "Hello"}]
    metadata = {"stop_reason": "max_tokens"}
    value = form(message(content, "ai", response_metadata=metadata, usage_metadata=counts(3, 2)))
    assert ChunkReader.is_single_value(value)
    assert read_all([value]) == WHOLE


@pytest.mark.parametrize("kind", ["human", "tool"])
def test_what_people_and_tools_say_is_no_answer(form, kind):
    assert read_all([form(message("from elsewhere", kind))]) == {}


def test_the_calls_of_an_agent_are_paragraphs_of_one_answer(form):
    """Its tokens are those of all calls, and it ends as the last one does."""
    tool = [{"name": "look", "args": "{}", "id": "call_1", "index": 0, "type": "tool_call_chunk"}]
    stream = [
        message("Let me ", id="run-1"),
        message("look.", id="run-1"),
        message(id="run-1", tool_call_chunks=tool),
        message(id="run-1", response_metadata={"finish_reason": "tool_calls"}),
        message(id="run-1", usage_metadata=counts(10, 4)),
        message("sunny", "tool"),
        message("It is ", id="run-2"),
        message("sunny.", id="run-2"),
        message(id="run-2", response_metadata={"finish_reason": "STOP"}, usage_metadata=counts(20, 5)),
    ]
    expected = {"text": "Let me look.\n\nIt is sunny.", "finish": "stop", "usage": [30, 9, 39]}
    assert read_all([form(chunk) for chunk in stream]) == expected


def test_an_answer_of_the_responses_api_that_calls_a_tool_says_so(form):
    tool = [{"name": "look", "args": "{}", "id": "call_1", "index": 0, "type": "tool_call_chunk"}]
    stream = [message(tool_call_chunks=tool), message(response_metadata={"status": "completed"})]
    assert read_all([form(chunk) for chunk in stream]) == {"finish": "tool_calls"}
    assert read_all([form(chunk) for chunk in stream[1:]]) == {"finish": "stop"}


@pytest.mark.parametrize(
    ("content", "extras", "expected"),
    [
        (["He", {"type": "text", "text": "llo"}], {}, {"text": "Hello"}),
        ([{"type": "refusal", "refusal": "No."}], {}, {"text": "No."}),
        ("", {"refusal": "No."}, {"text": "No."}),
        ([{"type": "reasoning_content", "reasoning_content": {"text": "hm"}}], {}, {"reasoning": "hm"}),
        ([{"type": "reasoning", "summary": [{"text": "A"}, {"text": "B"}]}], {}, {"reasoning": "A\n\nB"}),
        ([{"type": "tool_use", "name": "look", "input": {}}, {"type": "image"}], {}, {}),
    ],
)
def test_blocks_of_content_are_read_by_their_keys(form, content, extras, expected):
    assert read_all([form(message(content, additional_kwargs=extras))]) == expected
