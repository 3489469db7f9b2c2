"""/api/generations/…/events: the token log as Server-Sent Events, for clients without Socket.IO."""

from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response, request

from chatapp.chat import generations, messages
from chatapp.errors import Invalid
from chatapp.protocol.facts import token_payload
from chatapp.storage.token_log import TokenLog
from chatapp.web.api.requests import api_blueprint
from chatapp.web.services import current_services

PING_SECONDS = 15.0

blueprint = api_blueprint("events")


@blueprint.get("/api/generations/<generation_id>/events")
def follow(generation_id: str) -> Any:
    services = current_services()
    owner = services.auth.owner()
    after = _last_event_id()
    missed = messages.entries_after(owner, generation_id, after, services.token_log)
    if missed["status"] != "running" and after >= missed["seq"]:
        return "", 204
    stream = _event_stream(services.token_log, owner, generation_id, after)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = Response(stream, mimetype="text/event-stream", headers=headers)
    response.call_on_close(services.streams.open(owner))
    return response


def _event_stream(token_log: TokenLog, owner: str, generation_id: str, after: int) -> Iterator[bytes]:
    """Yield the events of a generation's log until its end."""
    with token_log.follow(generation_id):
        yield from _events(token_log, owner, generation_id, after)


def _events(token_log: TokenLog, owner: str, generation_id: str, after: int) -> Iterator[bytes]:
    wait = 0.0  # at first none, since the log may have been dropped
    while True:
        entries = token_log.wait(generation_id, after, wait)
        for entry in entries:
            after = entry.seq
            if entry.kind == "end":
                yield _event("generation_ended", after, entry.text.encode())
                return
            payload = token_payload(generation_id, after, entry.kind, entry.text)
            yield _event("token", after, orjson.dumps(payload))
        if not entries:
            # No new entry: the log was dropped, another process writes it, or the model is silent.
            fact = generations.end_fact(owner, generation_id)
            if fact:
                yield _event("generation_ended", fact.payload["seq"], orjson.dumps(fact.payload))
                return
            if wait:
                yield b": still here\n\n"
            wait = PING_SECONDS


def _event(name: str, seq: int, data: bytes) -> bytes:
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), seq, data)


def _last_event_id() -> int:
    value = request.headers.get("Last-Event-ID") or "0"
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise Invalid("Last-Event-ID: must be a seq, a whole number")
    return int(value)
