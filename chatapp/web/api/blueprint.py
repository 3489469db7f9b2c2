"""IN: JSON over HTTP."""

import hmac
from collections.abc import Iterator
from typing import Any, TypeVar

import orjson
from flask import Blueprint, Response, request

from chatapp import search
from chatapp.chat import answer_cache, conversations, generations, messages
from chatapp.errors import Conflict, Forbidden, Invalid
from chatapp.protocol import payloads
from chatapp.protocol.facts import token_payload
from chatapp.protocol.payloads import Payload
from chatapp.providers.function.function_provider import FunctionProvider
from chatapp.realtime import broadcasts
from chatapp.server import metrics
from chatapp.server.exposure import is_loopback
from chatapp.storage.database import db
from chatapp.web import i18n
from chatapp.web.api import settings_routes, transfer_routes
from chatapp.web.health import readiness
from chatapp.web.services import Services

Request = TypeVar("Request", bound=Payload)

PING_SECONDS = 15.0
DELETE_TRIES = 5


def blueprint(services: Services) -> Blueprint:
    """Return the routes of /api/, and those for operators."""
    api = Blueprint("api", __name__)
    settings, sessions, generations = services.settings, services.sessions, services.generations

    def body(model: type[Request]) -> Request:
        try:
            data = request.get_json(silent=True)
        except RecursionError:
            raise Invalid("The body is nested too deeply.") from None
        if data is None and request.get_data(cache=True).strip() not in {b"null"}:
            raise Invalid("The body is not valid JSON.")
        return payloads.parse(model, data, settings)

    @api.before_request
    def check() -> None:
        if not request.path.startswith("/api/"):
            return
        sessions.check_host(request)
        if request.method not in {"GET", "HEAD"}:
            sessions.check_origin(request)
            if request.mimetype != "application/json":
                raise Invalid("Content-Type: must be application/json")
        elif "Origin" in request.headers:
            sessions.check_origin(request)

    @api.post("/api/session")
    def session() -> Any:
        owner = sessions.sign_in(body(payloads.SignIn), request.remote_addr or "")
        return {"owner": owner, "protocol": 1, "limits": settings.limits()}

    @api.post("/api/session/code")
    def session_code() -> Any:
        return sessions.new_code(sessions.owner())

    @api.get("/api/conversations")
    def list_conversations() -> Any:
        archived, cursor, query = _flag("archived"), request.args.get("cursor"), request.args.get("q", "")
        if query.strip():
            kept = archived if request.args.get("archived") else None
            return search.found(sessions.owner(), query, archived=kept, cursor=cursor)
        return conversations.listed(sessions.owner(), archived=archived, cursor=cursor)

    @api.post("/api/conversations")
    def create_conversation() -> Any:
        owner = sessions.owner()
        conversation = conversations.create(owner, body(payloads.CreateConversation))
        broadcasts.conversation_added(owner, conversation)
        return {"conversation": conversation}, 201

    @api.get("/api/conversations/<conversation_id>")
    def get_conversation(conversation_id: str) -> Any:
        owner = sessions.owner()
        conversations.get(owner, conversation_id)
        names = {"leaf_id", "before"} & request.args.keys()
        query = {"conversation_id": conversation_id, "limit": _limit(), **{name: request.args[name] for name in names}}
        if "before" in query:
            wanted = payloads.parse(payloads.LoadMessages, query, settings)
            page = messages.older(owner, conversation_id, before=wanted.before, limit=wanted.limit)
            page["conversation"] = conversations.get(owner, conversation_id)
            return page
        opened = payloads.parse(payloads.OpenConversation, query, settings)
        page = messages.opened(owner, conversation_id, leaf_id=opened.leaf_id, limit=opened.limit)
        del page["running"]
        return page

    @api.patch("/api/conversations/<conversation_id>")
    def change_conversation(conversation_id: str) -> Any:
        owner = sessions.owner()
        conversation, restored = conversations.change(owner, conversation_id, body(payloads.ChangeConversation))
        if restored:
            broadcasts.conversation_added(owner, conversation)
        else:
            broadcasts.conversation_changed(owner, conversation)
        return {"conversation": conversation}

    @api.delete("/api/conversations/<conversation_id>")
    def delete_conversation(conversation_id: str) -> Any:
        owner = sessions.owner()
        for _ in range(DELETE_TRIES):
            running = conversations.running(owner, conversation_id)
            generations.stop_here(running)
            for generation_id in running:
                generations.stop(owner, generation_id)
            if conversations.mark_deleted(owner, conversation_id):
                broadcasts.conversation_removed(owner, conversation_id)
                return "", 204
        raise Conflict("New answers are being started in this conversation. Try again.")

    @api.get("/api/models")
    def models() -> Any:
        sessions.owner()
        catalogue = services.catalogue
        listed = [model.payload() for model in catalogue.models()]
        down = catalogue.down(i18n.told)
        # A function answers as the models that it has; any other provider may know more than it lists.
        is_all = all(isinstance(source.provider, FunctionProvider) for source in catalogue.sources)
        return {
            "models": listed,
            "default": catalogue.default(),
            **({"down": down} if down else {}),
            **({"takes_others": False} if is_all else {}),
        }

    @api.delete("/api/cache")
    def purge_cache() -> Any:
        return {"removed": answer_cache.purge(db, sessions.owner())}

    @api.get("/api/generations/<generation_id>/events")
    def events(generation_id: str) -> Any:
        owner = sessions.owner()
        after = _last_event_id()
        resumed = messages.resumed(owner, generation_id, after)
        if resumed["status"] != "running" and after >= resumed["seq"]:
            return "", 204
        stream = _event_stream(services, owner, generation_id, after)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Response(stream, mimetype="text/event-stream", headers=headers)

    transfer_routes.add_routes(api, services)
    settings_routes.add_routes(api, services, body)

    @api.get("/healthz")
    def healthz() -> Any:
        return {"status": "ok"}

    @api.get("/readyz")
    def readyz() -> Any:
        report = readiness(services.instance, generations)
        return report, 200 if report["ready"] else 503

    @api.get("/metrics")
    def prometheus() -> Any:
        token = settings.metrics_token
        sessions.check_host(request)
        given = (request.authorization and request.authorization.token) or ""
        allowed = (
            hmac.compare_digest(given.encode(), token.encode())
            if token
            else is_loopback(request.remote_addr or "") and not request.headers.get("X-Forwarded-For")
        )
        if not allowed:
            raise Forbidden("Metrics are for this machine, or for who has CHATAPP_METRICS_TOKEN as a bearer token.")
        return Response(metrics.exposition(), mimetype="text/plain; version=0.0.4")

    return api


def _event_stream(services: Services, owner: str, generation_id: str, after: int) -> Iterator[bytes]:
    """Follow a generation's log as Server-Sent Events, until its end."""
    wait = 0.0  # a dropped log has nothing to wait for
    while True:
        entries = services.token_log.wait(generation_id, after, wait)
        for entry in entries:
            after = entry.seq
            if entry.kind == "end":
                yield _event("generation_ended", after, entry.text.encode())
                return
            payload = token_payload(generation_id, after, entry.kind, entry.text)
            yield _event("token", after, orjson.dumps(payload))
        if not entries:
            # Nothing new: the log was dropped, another process writes it, or the model is silent.
            fact = generations.ended_fact(owner, generation_id)
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


def _flag(name: str) -> bool:
    value = request.args.get(name, "").lower()
    if value not in {"", "0", "1", "false", "true"}:
        raise Invalid(f"{name}: takes 1 or 0")
    return value in {"1", "true"}


def _limit() -> int:
    value = request.args.get("limit", "100")
    if not (value.isascii() and value.isdigit()) or not 1 <= int(value[:9]) <= 500:
        raise Invalid("limit: takes a whole number from 1 to 500")
    return int(value)
