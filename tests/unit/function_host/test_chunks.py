"""Chunks of the openai, anthropic and ollama clients are understood, as objects and as dictionaries."""

from typing import Any

import pytest

from chatapp.function_host import frames
from chatapp.function_host.chunks import ChunkReader
from chatapp.function_host.failures import describe_failure
from unit.function_host.reading import WHOLE, as_object, read_all


def openai_delta(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


OPENAI = [
    openai_delta(role="assistant", content=""),
    openai_delta(reasoning_content="hm"),
    openai_delta(content="He", reasoning_content=None),
    openai_delta(content="llo", tool_calls=None),
    openai_delta("length", content=None),
    {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}},
]
MISTRAL = [
    openai_delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]),
    openai_delta(content=[{"type": "text", "text": "He"}]),
    openai_delta("length", content=None, refusal="llo"),
    {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}},
]
OPENAI_WHOLE = {
    "object": "chat.completion",
    "choices": [{"message": {"role": "assistant", "content": "Hello", "reasoning": "hm"}, "finish_reason": "length"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
ANTHROPIC = [
    {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "thinking", "thinking": "hm", "snapshot": "hm"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "abc"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "He"}},
    {"type": "text", "text": "He", "snapshot": "He"},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "llo"}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
    {"type": "content_block_stop", "index": 1, "content_block": {"type": "text", "text": "Hello"}},
    {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]
ANTHROPIC_WHOLE = {
    "type": "message",
    "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Hello"}],
    "stop_reason": "max_tokens",
    "usage": {"input_tokens": 3, "output_tokens": 2},
}
OLLAMA = [
    {"model": "m", "message": {"role": "assistant", "content": "", "thinking": "hm"}, "done": False},
    {"model": "m", "message": {"role": "assistant", "content": "He", "thinking": None}, "done": False},
    {"model": "m", "message": {"role": "assistant", "content": "llo"}, "done": False, "done_reason": None},
    {
        "model": "m",
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "length",
        "prompt_eval_count": 3,
        "eval_count": 2,
    },
]


@pytest.mark.parametrize("form", [dict, as_object], ids=["dictionaries", "objects"])
@pytest.mark.parametrize(
    "stream",
    [OPENAI, MISTRAL, [OPENAI_WHOLE], ANTHROPIC, [ANTHROPIC_WHOLE], OLLAMA],
    ids=["openai", "mistral", "openai-whole", "anthropic", "anthropic-whole", "ollama"],
)
def test_a_stream_gives_text_reasoning_usage_and_a_finish_reason(stream, form):
    assert read_all([form(chunk) for chunk in stream]) == WHOLE


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("end_turn", "stop"), ("stop_sequence", "stop"), ("tool_use", "tool_calls"), ("SAFETY", "content_filter")],
)
def test_finish_reasons_are_normalized(theirs, ours):
    assert read_all([{"type": "message_delta", "delta": {"stop_reason": theirs}, "usage": None}]) == {"finish": ours}


def test_an_error_within_a_stream_is_raised():
    event = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with pytest.raises(RuntimeError, match="Overloaded") as caught:
        ChunkReader().read(as_object(event))
    assert describe_failure(caught.value)["code"] == "provider_unavailable"


@pytest.mark.parametrize("value", [b"bytes", 1, ["a"], ("a", "b"), ("reasoning", 1), {"content": "a"}, object(), 1.5])
def test_anything_else_is_an_error_that_names_its_type(value):
    with pytest.raises(TypeError, match=type(value).__name__):
        ChunkReader().read(value)


def test_long_text_is_cut_into_frames_that_are_small():
    text = "한" * 100_000 + "\ud83d"
    found = frames.Frames().feed(ChunkReader().read(text))
    assert len(found) == 7
    assert "".join(frames.decode(payload) for _, payload in found) == text


@pytest.mark.parametrize("size", [1, 2, 5, 7, 1000])
def test_frames_are_read_whole_however_the_bytes_are_cut(size):
    data = b"".join([frames.frame(b"t", b"abc"), frames.frame(b"."), frames.text_frames(b"r", "생각")])
    reader = frames.Frames()
    found = [one for start in range(0, len(data), size) for one in reader.feed(data[start : start + size])]
    assert found == [(b"t", b"abc"), (b".", b""), (b"r", "생각".encode())]
