"""/api/generations/…/events: the token log as Server-Sent Events, for clients without Socket.IO."""

from collections.abc import Callable, Iterator
from functools import partial
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
    session = services.auth.session()
    owner, sessions = session.owner, services.sessions
    after = _last_event_id()
    missed = messages.entries_after(owner, generation_id, after, services.token_log)
    if missed["status"] != "running" and after >= missed["seq"]:
        return "", 204
    stream = _event_stream(services.token_log, owner, generation_id, after, lambda: sessions.is_live(session.id))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = Response(stream, mimetype="text/event-stream", headers=headers)
    response.call_on_close(services.streams.open(owner))
    wake = partial(services.token_log.announce, generation_id)
    response.call_on_close(sessions.at_end(session.id, wake))
    return response


def _event_stream(
    token_log: TokenLog, owner: str, generation_id: str, after: int, is_live: Callable[[], bool]
) -> Iterator[bytes]:
    """Yield the events of a generation's log until its end, or that of the session."""
    with token_log.follow(generation_id):
        yield from _events(token_log, owner, generation_id, after, is_live)


def _events(
    token_log: TokenLog, owner: str, generation_id: str, after: int, is_live: Callable[[], bool]
) -> Iterator[bytes]:
    wait = 0.0  # at first none, since the log may have been dropped
    while True:
        entries = token_log.wait(generation_id, after, wait)
        if not is_live():
            return
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
