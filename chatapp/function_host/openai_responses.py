"""Reads the events and whole answers of OpenAI's Responses API, `client.responses.create(…)` and `.stream(…)`."""

from typing import Any

from chatapp.function_host.answer_frames import TOOLS, Paragraphs, finished, first, get, used
from chatapp.function_host.failures import ModelServerError

#: Events that carry text. Those that end with `.done` repeat it.
TEXT_EVENTS = {"response.output_text.delta", "response.refusal.delta"}
REASONING_EVENTS = {"response.reasoning_text.delta", "response.reasoning_summary_text.delta"}
#: Why an answer may be incomplete without having failed.
CUT_OFF = {"max_output_tokens", "content_filter"}
CALLS = {"function_call", "custom_tool_call"}
END_EVENTS = {"response.completed", "response.incomplete", "response.failed"}


def is_event(kind: Any) -> bool:
    """Tell by its type whether a value is an event."""
    return isinstance(kind, str) and (kind.startswith("response.") or kind == "keepalive")


def is_response(value: Any) -> bool:
    """Tell whether a value is a whole answer."""
    return bool(get(value, "object") == "response")


class ResponsesReader:
    """Converts the events of one answer, or a whole answer. Tool calls and unknown events give no frames."""

    def __init__(self) -> None:
        self._paragraphs = Paragraphs()

    def read_event(self, kind: str, event: Any) -> bytes:
        """Return the frames of an event. Raises ModelServerError for a failed answer."""
        item = get(event, "output_index")
        if kind in TEXT_EVENTS:
            return self._paragraphs.text(get(event, "delta"), item)
        if kind in REASONING_EVENTS:
            part = (item, get(event, "summary_index"), get(event, "content_index"))
            return self._paragraphs.reasoning(get(event, "delta"), part)
        return _end(get(event, "response")) if kind in END_EVENTS else b""

    def read_response(self, response: Any) -> bytes:
        """Return the frames of a whole answer. Raises ModelServerError for a failed one."""
        said = b""
        for place, item in enumerate(get(response, "output") or ()):
            if get(item, "type") == "reasoning":
                thoughts = (*(get(item, "summary") or ()), *(get(item, "content") or ()))
                for number, part in enumerate(thoughts):
                    said += self._paragraphs.reasoning(get(part, "text"), (place, number))
            elif get(item, "type") == "message":
                for part in get(item, "content") or ():
                    said += self._paragraphs.text(first(part, "text", "refusal"), place)
        return said + _end(response)


def _end(response: Any) -> bytes:
    """Return the frames of an answer's end. Raises ModelServerError unless it is complete, or cut off at a limit."""
    status, error, usage = get(response, "status"), get(response, "error"), get(response, "usage")
    reason = get(get(response, "incomplete_details"), "reason") if status == "incomplete" else status
    if error or (status and reason not in {"completed", *CUT_OFF}):
        told = status if reason in {status, None} else f"{status} ({reason})"
        raise ModelServerError(get(error, "message") or f"the answer is {told}", get(error, "code"))
    if reason == "completed" and get((get(response, "output") or [None])[-1], "type") in CALLS:
        reason = TOOLS
    return finished(reason) + used(get(usage, "input_tokens"), get(usage, "output_tokens"))
