"""Answers of odd but real servers, after public bug reports of 2024 to 2026: the model `odd?kind=NAME` plays them."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

EVENTS, JSON = "text/event-stream", "application/json"
DONE = "[DONE]"


class OddAnswer(NamedTuple):
    """A response: its body, status and headers."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {"Content-Type": EVENTS}


def chunk(delta: Any = None, finish_reason: str | None = None, **beside: Any) -> dict[str, Any]:
    """Return an object of a stream. `delta`: its text, or its fields."""
    said = {"content": delta} if isinstance(delta, str) else delta or {}
    choice = {"index": 0, "delta": said, "finish_reason": finish_reason}
    return {"id": "odd", "object": "chat.completion.chunk", "choices": [choice], **beside}


def events(*data: Any, end: str = "\n\n") -> bytes:
    """Return a body of events: text unchanged, anything else as JSON."""
    return "".join(f"data: {each if isinstance(each, str) else json.dumps(each)}{end}" for each in data).encode()


def stream(*data: Any, finish_reason: str | None = "stop") -> OddAnswer:
    """Return a sound stream of deltas, or of other data."""
    parts = [
        each if isinstance(each, dict) and ("choices" in each or "error" in each) else chunk(each) for each in data
    ]
    return OddAnswer(events(*parts, *([chunk({}, finish_reason)] if finish_reason else []), DONE))


def pieces(text: str, size: int = 5) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def parts(kind: str, text: Any) -> dict[str, Any]:
    """Return a delta whose content is a list with one part."""
    return {"content": [{"type": kind, kind: text}]}


def failure(status: int, error: Any, **headers: str) -> OddAnswer:
    """Return an HTTP error with a JSON body."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return OddAnswer(json.dumps(error).encode(), status, {"Content-Type": JSON, **fields})


def whole(message: Any, **beside: Any) -> dict[str, Any]:
    """Return a whole answer."""
    return {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        **beside,
    }


THOUGHT = "The user greets me.\n\n- be brief\n- be kind"
ANSWER = "Hello! **How** can I help?"
BOTH = f"<think>\n{THOUGHT}\n</think>\n\n{ANSWER}"

KINDS: dict[str, OddAnswer] = {
    # Thoughts.
    "think_inline": stream("", *pieces(BOTH)),
    "think_unopened": stream(*pieces(BOTH.removeprefix("<think>\n"))),
    "think_unclosed": stream(*pieces(f"<think>\n{THOUGHT}")),
    "harmony": stream(
        *pieces(
            f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}", 9
        )
    ),
    "thinking_parts": stream(
        "", parts("thinking", [{"type": "text", "text": THOUGHT}]), parts("text", "Hello!"), " **How** can I help?"
    ),
    "reasoning_details": stream(
        {"reasoning": THOUGHT, "reasoning_details": [{"type": "reasoning.text", "text": THOUGHT}]}, ANSWER
    ),
    "only_thought": stream({"reasoning_content": THOUGHT}),
    "length_in_thought": stream({"reasoning_content": THOUGHT}, finish_reason="length"),
    # The form of the stream.
    "empty_data": OddAnswer(
        b"data:\n\n" + events(chunk("Hello"), "", "ping", chunk(" there"), "null", chunk({}, "stop"), DONE)
    ),
    "done_space": OddAnswer(events(chunk("Hello there"), chunk({}, "stop"), f"{DONE} ")),
    "one_newline": OddAnswer(events(chunk("Hello"), chunk(" there"), chunk({}, "stop"), DONE, end="\n")),
    "byte_order_mark": OddAnswer(b"\xef\xbb\xbf" + stream("Hello", " there").body),
    "plain_text_type": stream("Hello", " there")._replace(headers={"Content-Type": "text/plain; charset=utf-8"}),
    "no_type": stream("Hello", " there")._replace(headers={}),
    "json_lines": OddAnswer(
        b"".join(json.dumps(each).encode() + b"\n" for each in (chunk("Hello"), chunk(" there", "stop"))),
        headers={"Content-Type": "Application/X-NDJSON"},
    ),
    "whole_json": OddAnswer(
        json.dumps(whole({"role": "assistant", "content": ANSWER})).encode(), headers={"Content-Type": JSON}
    ),
    "message_in_stream": OddAnswer(events(whole({"role": "assistant", "content": ANSWER}), DONE)),
    "text_in_stream": OddAnswer(
        events({"choices": [{"text": "Hello"}]}, {"choices": [{"text": " there", "finish_reason": "stop"}]}, DONE)
    ),
    "usage_odd": OddAnswer(
        events(chunk("Hello there"), chunk({}, "stop"), {"choices": [], "usage": []}, {"usage": "n/a"}, DONE)
    ),
    "after_the_finish": OddAnswer(events(chunk("Hello there", "stop"), "{broken", {"error": "late"}, DONE)),
    "other_model": stream(chunk("Hello there", model="another-model-2026")),
    # Nothing, or not the answer.
    "nothing": stream(),
    "refusal": stream({"content": None, "refusal": ""}, {"refusal": "I'm sorry, "}, {"refusal": "I can't do that."}),
    "content_filter": stream(finish_reason="content_filter"),
    "tool_unasked": stream(
        {"content": None, "tool_calls": [{"index": 0, "function": {"name": "web_search", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"query": "weather"}'}}]},
        finish_reason="tool_calls",
    ),
    "length_cut": stream("The first step is to", finish_reason="length"),
    # Errors.
    "finish_error": stream("Half a sen", finish_reason="error"),
    "error_in_stream": OddAnswer(
        events(
            chunk("Half a sen"),
            {
                "object": "error",
                "message": "EngineCore encountered an issue.",
                "type": "InternalServerError",
                "code": 500,
            },
            DONE,
        )
    ),
    "cut_short": OddAnswer(events(chunk("Half a sen"))),
    "context_string": failure(
        400,
        {
            "error": "The number of tokens to keep from the initial prompt is greater than the context length "
            "(n_keep: 13055>= n_ctx: 4096). Try to load the model with a larger context length, or provide a "
            "shorter input."
        },
    ),
    "context_detail": failure(
        500, {"detail": "[pid=65] The decoder prompt (length 66501) is longer than the maximum model length of 65536."}
    ),
    "context_in_raw": failure(
        400,
        {
            "error": {
                "message": "Provider returned error",
                "code": 400,
                "metadata": {
                    "raw": json.dumps(
                        {
                            "error": {
                                "message": "This model's maximum context length is 32768 tokens. However, you "
                                "requested 40000 tokens."
                            }
                        }
                    ),
                    "provider_name": "Example",
                },
            }
        },
    ),
    "rate_list": failure(
        429,
        [
            {
                "error": {
                    "code": 429,
                    "message": "You exceeded your current quota. Please retry in 38.5s.",
                    "status": "RESOURCE_EXHAUSTED",
                    "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "38s"}],
                }
            }
        ],
    ),
    "quota": failure(
        429,
        {
            "error": {
                "message": "You exceeded your current quota, please check your plan and billing details.",
                "type": "insufficient_quota",
                "param": None,
                "code": "insufficient_quota",
            }
        },
    ),
    "forbidden": failure(403, {"error": {"message": "Project `p` does not have access to this model."}}),
    "no_such_model": failure(404, {"error": 'model "llama9" not found, try pulling it first'}),
    "no_such_address": OddAnswer(b"404 page not found", 404, {"Content-Type": "text/plain"}),
    "loading": failure(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}),
    "bad_gateway": OddAnswer(
        b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><hr><center>nginx</center></body></html>",
        502,
        {"Content-Type": "text/html"},
    ),
    # Refused by name: asked again without it, the answer comes.
    "no_max_tokens": failure(
        400,
        {
            "error": {
                "message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead.",
                "type": "invalid_request_error",
                "param": "max_tokens",
                "code": "unsupported_parameter",
            }
        },
    ),
    "strict_roles": failure(
        500,
        {
            "error": {
                "code": 500,
                "message": "After the optional system message, conversation roles must alternate user and assistant "
                "roles except for tool calls and results.",
                "type": "server_error",
            }
        },
    ),
}
