"""The events of one streamed answer, in OpenAI's format."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from chatapp.demo.answer_plan import AnswerPlan
from chatapp.demo.chat_request import ChatRequest

Kind = Literal["role", "reasoning", "content", "finish", "usage", "done", "other", "comment", "stall", "cut"]
TOKENS = ("reasoning", "content")

# json.dumps() builds a new encoder at every call that names its separators: costly once per token.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class StreamEvent(NamedTuple):
    """One event. `stall` and `cut` are not sent: the writer of the stream performs them."""

    kind: Kind
    data: bytes = b""

    def encode(self, newline: bytes) -> bytes:
        """Encode as a server-sent event."""
        if self.kind == "comment":
            return b": " + self.data + newline * 2
        return b"data: " + self.data + newline * 2


def encode_json(value: object) -> bytes:
    """Encode as UTF-8, as OpenAI does; with escapes if there is a lone surrogate."""
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


class Envelope:
    """The JSON around every delta of one answer, encoded once."""

    def __init__(self, request: ChatRequest) -> None:
        self.id = f"chatcmpl-{uuid.uuid4().hex}"
        self.created = int(time.time())
        self.model = request.model
        # With include_usage, all other chunks of OpenAI have `usage: null`.
        self._usage = {"usage": None} if request.include_usage else {}
        self._head, self._tail = self.chunk([{"index": 0, "delta": "@", "finish_reason": None}]).split(b'"@"')

    def chunk(self, choices: list[dict[str, Any]], **more: object) -> bytes:
        """Return a chunk with these choices."""
        shared = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
        }
        return encode_json({**shared, "choices": choices, **self._usage, **more})

    def delta(self, delta: bytes) -> bytes:
        """Return a chunk around an encoded delta."""
        return self._head + delta + self._tail

    def text(self, field: str, text: str) -> bytes:
        """Return a chunk whose delta has one field."""
        return self.delta(b'{"%b":%b}' % (field.encode(), encode_json(text)))


def generate_events(request: ChatRequest, answer: AnswerPlan, envelope: Envelope) -> Iterator[StreamEvent]:
    """Yield the events of the answer, without its fault."""
    yield StreamEvent("role", envelope.delta(b'{"role":"assistant","content":""}'))
    for text in answer.reasoning:
        yield StreamEvent("reasoning", envelope.text(answer.reasoning_field, text))
    for text in answer.content:
        yield StreamEvent("content", envelope.text("content", text))
    yield StreamEvent("finish", envelope.chunk([{"index": 0, "delta": {}, "finish_reason": answer.finish}]))
    if request.include_usage and answer.usage:
        yield StreamEvent("usage", envelope.chunk([], usage=count_usage(request, answer)))
    yield StreamEvent("done", b"[DONE]")


def build_completion(request: ChatRequest, answer: AnswerPlan, envelope: Envelope) -> dict[str, Any]:
    """Return the complete answer, for a request without `stream`."""
    message: dict[str, Any] = {"role": "assistant", "content": "".join(answer.content), "refusal": None}
    if answer.reasoning:
        message[answer.reasoning_field] = "".join(answer.reasoning)
    body = {
        "id": envelope.id,
        "object": "chat.completion",
        "created": envelope.created,
        "model": envelope.model,
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish}],
    }
    return {**body, "usage": count_usage(request, answer)} if answer.usage else body


def count_usage(request: ChatRequest, answer: AnswerPlan) -> dict[str, Any]:
    """Count the answer's tokens, and estimate the prompt's at four characters each."""
    prompt = sum(4 + len(message.text) // 4 for message in request.messages)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": answer.tokens,
        "total_tokens": prompt + answer.tokens,
        "completion_tokens_details": {"reasoning_tokens": len(answer.reasoning)},
    }
