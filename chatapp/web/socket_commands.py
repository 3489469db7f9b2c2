"""The Socket.IO commands. Each handler does one thing; errors become the ack in one place."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from flask import request as socket_request
from flask_socketio import join_room, leave_room
from socketio.exceptions import ConnectionRefusedError as Refused
from sqlalchemy.exc import OperationalError

from chatapp.chat import conversations, messages
from chatapp.chat.jobs import CommandResult
from chatapp.chat.queue_commands import QueueChange
from chatapp.errors import ChatError, Invalid
from chatapp.protocol import payloads, queue_payloads
from chatapp.protocol.payloads import Payload
from chatapp.realtime import broadcasts, socketio_server
from chatapp.realtime.rooms import conversation_room, device_room, session_room
from chatapp.realtime.socketio_server import REFUSAL, socketio
from chatapp.server import metrics
from chatapp.server.addresses import network_of
from chatapp.web import i18n
from chatapp.web.error_responses import UNUSABLE
from chatapp.web.services import current_services

log = logging.getLogger(__name__)

Request = TypeVar("Request", bound=Payload)
Handler = Callable[[str, Request], dict[str, Any]]

#: What a client names in `takes` of its handshake to get `t` instead of `token`.
SHORT_TOKENS = "short_tokens"
#: The handler of each command, from Socket.IO's arguments to the ack.
HANDLERS: dict[str, Callable[..., dict[str, Any]]] = {}


def register() -> None:
    """Register all handlers. Must precede `socketio_server.bind`: later ones are registered with one server only."""
    for name, handler in HANDLERS.items():
        socketio.on_event(name, handler)
    socketio.on_event("connect", connect)
    socketio.on_event("disconnect", disconnect)
    socketio.on_event("*", refuse_unknown)


def _with_ack(name: str, answer: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return a handler that makes the ack from the result of `answer`, or from its error."""

    def handler(*arguments: Any) -> dict[str, Any]:
        try:
            ack = {"ok": True, **answer(*arguments)}
        except ChatError as error:
            metrics.commands.labels(name, error.code).inc()
            return _refusal(error)
        except OperationalError as error:
            log.error("The command %s failed: %s", name, error.orig)  # noqa: TRY400 (a full disk needs no traceback)
            metrics.commands.labels(name, UNUSABLE.code).inc()
            return _refusal(UNUSABLE)
        except Exception:
            log.exception("The command %s failed", name)
            metrics.commands.labels(name, "internal").inc()
            return _refusal(ChatError("The server failed. Its log says why."))
        metrics.commands.labels(name, "ok").inc()
        return ack

    return handler


def _refusal(error: ChatError) -> dict[str, Any]:
    return {"ok": False, "error": error.payload(i18n.localize(error))}


def command(name: str, model: type[Request]) -> Callable[[Handler[Request]], Handler[Request]]:
    """Declare the handler of a command. It gets the owner and the payload, and returns the fields of the ack."""

    def register(handle: Handler[Request]) -> Handler[Request]:
        def answer(*arguments: Any) -> dict[str, Any]:
            if len(arguments) != 1:
                raise Invalid("{name} takes one JSON object, not {n}.", name=name, n=len(arguments))
            services = current_services()
            return handle(services.auth.owner(), payloads.parse(model, arguments[0], services.settings))

        HANDLERS[name] = _with_ack(name, answer)
        return handle

    return register


def connect(claim: Any = None) -> None:
    """Admit a tab. `claim`: the client's `{"owner"?, "takes"?}`: for whom alone it acts, which additions it knows."""
    if code := socket_request.environ.get(REFUSAL):
        raise Refused(code)
    services = current_services()
    try:
        services.origins.check(socket_request)
        session = services.auth.session()
    except ChatError as error:
        raise Refused(error.code) from None
    claim = claim if isinstance(claim, dict) else {}
    if claim.get("owner") not in (None, session.owner):
        raise Refused("other_owner")
    takes = claim.get("takes")
    socketio_server.prepare(
        socket_request.sid,  # type: ignore[attr-defined]
        session.owner,
        takes_short_tokens=isinstance(takes, list) and SHORT_TOKENS in takes,
    )
    metrics.connections.inc()
    join_room(device_room(session.id))
    join_room(session_room(session.owner))
    services.registry.expect_prompt("")


def disconnect(_reason: Any = None) -> None:
    metrics.connections.dec()


def refuse_unknown(name: str, *_arguments: Any) -> dict[str, Any]:
    printable = name[:60].encode("utf-8", "replace").decode()
    return _refusal(Invalid("The command {name} is not known.", name=repr(printable)))


@command("open_conversation", payloads.OpenConversation)
def open_conversation(owner: str, request: payloads.OpenConversation) -> dict[str, Any]:
    model = conversations.get(owner, request.conversation_id)["model"]
    current_services().registry.expect_prompt(model or "")
    # First the room, then the snapshot: an event in between is in both, and the client drops it by its seq or revision.
    _join(request.conversation_id)
    token_log = current_services().token_log
    return messages.snapshot(owner, request.conversation_id, token_log, leaf_id=request.leaf_id, limit=request.limit)


@command("load_messages", payloads.LoadMessages)
def load_messages(owner: str, request: payloads.LoadMessages) -> dict[str, Any]:
    page = messages.page_before(owner, request.conversation_id, before=request.before, limit=request.limit)
    return {"messages": page["messages"], "before": page["before"]}


@command("close_conversation", payloads.CloseConversation)
def close_conversation(owner: str, request: payloads.CloseConversation) -> dict[str, Any]:
    leave_room(conversation_room(request.conversation_id))
    conversations.get(owner, request.conversation_id)
    return {}


@command("send_message", payloads.SendMessage)
def send_message(owner: str, request: payloads.SendMessage) -> dict[str, Any]:
    return _start(current_services().sender.send(owner, request, _address()))


@command("edit_message", payloads.EditMessage)
def edit_message(owner: str, request: payloads.EditMessage) -> dict[str, Any]:
    return _start(current_services().sender.edit(owner, request, _address()))


@command("regenerate", payloads.Regenerate)
def regenerate(owner: str, request: payloads.Regenerate) -> dict[str, Any]:
    return _start(current_services().sender.regenerate(owner, request, _address()))


@command("continue_generation", payloads.ContinueGeneration)
def continue_generation(owner: str, request: payloads.ContinueGeneration) -> dict[str, Any]:
    return _start(current_services().sender.continue_(owner, request, _address()))


@command("stop_generation", payloads.StopGeneration)
def stop_generation(owner: str, request: payloads.StopGeneration) -> dict[str, Any]:
    return {"status": current_services().runner.stop(owner, request.generation_id)}


@command("resume_generation", payloads.ResumeGeneration)
def resume_generation(owner: str, request: payloads.ResumeGeneration) -> dict[str, Any]:
    token_log = current_services().token_log
    return messages.entries_after(owner, request.generation_id, request.after, token_log)


@command("select_branch", payloads.SelectBranch)
def select_branch(owner: str, request: payloads.SelectBranch) -> dict[str, Any]:
    conversation = conversations.select_branch(owner, request.conversation_id, request.message_id)
    broadcasts.conversation_changed(owner, conversation)
    return {"conversation": conversation}


@command("edit_queued", queue_payloads.EditQueued)
def edit_queued(owner: str, request: queue_payloads.EditQueued) -> dict[str, Any]:
    return _announce(current_services().queue.edit(owner, request))


@command("move_queued", queue_payloads.MoveQueued)
def move_queued(owner: str, request: queue_payloads.MoveQueued) -> dict[str, Any]:
    return _announce(current_services().queue.move(owner, request))


@command("take_back_queued", queue_payloads.TakeBackQueued)
def take_back_queued(owner: str, request: queue_payloads.TakeBackQueued) -> dict[str, Any]:
    return _announce(current_services().queue.take_back(owner, request.queued_id))


@command("send_queued", queue_payloads.SendQueued)
def send_queued(owner: str, request: queue_payloads.SendQueued) -> dict[str, Any]:
    services = current_services()
    hurry = services.queue.hurry(owner, request.queued_id)
    for fact in hurry.facts:
        broadcasts.fact(fact)
    if hurry.sent:
        services.runner.start_queued(hurry.sent.generation_id)
    if hurry.stops:
        services.runner.stop(owner, hurry.stops)
    return {}


def _announce(change: QueueChange) -> dict[str, Any]:
    """Emit a change of a queue. Returns the ack."""
    for fact in change.facts:
        broadcasts.fact(fact)
    return change.ack


def _join(conversation_id: str) -> None:
    """Join a conversation's room, unless the socket has disconnected: a room without sockets would never be removed."""
    sid: str = socket_request.sid  # type: ignore[attr-defined]
    if socketio.server.manager.is_connected(sid, "/"):
        join_room(conversation_room(conversation_id))


def _address() -> str:
    """Return the address of the socket's client, as bounds count it."""
    return network_of(socket_request.remote_addr or "")


def _start(result: CommandResult) -> dict[str, Any]:
    """Start the job of a stored command, even if its tab has disconnected meanwhile. Returns the ack."""
    _join(result.conversation_id)
    for fact in result.facts:
        broadcasts.fact(fact)
    if result.effects:
        current_services().runner.start(result.effects)
    return result.ack
