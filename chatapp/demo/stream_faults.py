"""Faults of a stream: each takes the correct events and changes them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from chatapp.demo.answer_plan import AnswerPlan, Fault
from chatapp.demo.api_error import ApiError
from chatapp.demo.stream_events import Envelope, StreamEvent, encode_json

Events = Iterator[StreamEvent]

# An emoji in two deltas, one surrogate in each, and a lone surrogate.
EMOJI_HALVES = (rb'{"content":"\ud83d"}', rb'{"content":"\ude00"}')
LONE_HALF = rb'{"content":"\ud83d"}'


def apply_fault(answer: AnswerPlan, events: Events, envelope: Envelope) -> Events:
    """Apply the answer's fault, if it is one that changes the events."""
    if answer.fault is None or answer.fault.name not in STREAM_FAULTS:
        return events
    fault = replace(answer.fault, at=answer.fault_at)
    return STREAM_FAULTS[fault.name](fault, events, envelope)


def insert_events(events: Events, at: int, extra: Iterable[StreamEvent]) -> Events:
    """Insert extra events after content token `at`."""
    seen = 0
    for event in events:
        if seen == at and event.kind in ("content", "finish"):
            yield from extra
            seen += 1
        seen += event.kind == "content"
        yield event


def end_early(events: Events, at: int, *last: StreamEvent) -> Events:
    """End the stream after content token `at`, with these events."""
    seen = 0
    for event in events:
        if seen == at and event.kind in ("content", "finish"):
            break
        seen += event.kind == "content"
        yield event
    yield from last


def drop_events(kind: str) -> Callable[[Fault, Events, Envelope], Events]:
    """Return a fault that removes the events of one kind."""
    return lambda _fault, events, _envelope: (event for event in events if event.kind != kind)


def stall(fault: Fault, events: Events, _envelope: Envelope) -> Events:
    """Send nothing more, and keep the connection open."""
    return end_early(events, fault.at, StreamEvent("stall"))


def cut(fault: Fault, events: Events, _envelope: Envelope) -> Events:
    """Close the connection in the middle of the body."""
    return end_early(events, fault.at, StreamEvent("cut"))


def error(fault: Fault, events: Events, _envelope: Envelope) -> Events:
    """Send an error in the stream, as OpenAI and vLLM do after the status was sent."""
    return end_early(events, fault.at, StreamEvent("other", encode_json(ApiError(500, code=fault.code).body)))


def malformed(fault: Fault, events: Events, envelope: Envelope) -> Events:
    """Send one event with truncated JSON."""
    return insert_events(events, fault.at, [StreamEvent("other", envelope.text("content", "broken")[:-7])])


def surrogates(fault: Fault, events: Events, envelope: Envelope) -> Events:
    """Split an emoji into its two surrogates, and end the text with a lone one."""
    halves = [StreamEvent("other", envelope.delta(half)) for half in EMOJI_HALVES]
    for event in insert_events(events, fault.at, halves):
        if event.kind == "finish":
            yield StreamEvent("other", envelope.delta(LONE_HALF))
        yield event


def comments(_fault: Fault, events: Events, _envelope: Envelope) -> Events:
    """Send a comment before every event, as proxies do to keep a connection alive."""
    for event in events:
        yield StreamEvent("comment", b"ping")
        yield event


def null_fields(fault: Fault, events: Events, envelope: Envelope) -> Events:
    """Send chunks without text: content null, no choices, no delta."""
    choices: list[list[dict[str, object]]] = [
        [{"index": 0, "delta": {"content": None}, "finish_reason": None}],
        [],
        [{"index": 0, "finish_reason": None}],
        [{"index": 0, "delta": None, "finish_reason": None}],
    ]
    return insert_events(events, fault.at, [StreamEvent("other", envelope.chunk(choice)) for choice in choices])


STREAM_FAULTS: dict[str, Callable[[Fault, Events, Envelope], Events]] = {
    "stall": stall,
    "cut": cut,
    "error": error,
    "malformed": malformed,
    "surrogates": surrogates,
    "comments": comments,
    "null_fields": null_fields,
    "no_done": drop_events("done"),
    "no_finish": drop_events("finish"),
}
# These change the whole response or the way it is written.
RESPONSE_FAULTS = ("no_stream", "split", "crlf", "empty", "html")
NAMES = (*STREAM_FAULTS, *RESPONSE_FAULTS)
