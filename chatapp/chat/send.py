"""The commands that ask for an answer, each stored as one transaction: send, edit, regenerate, continue."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chatapp.chat import answer_cache, conversations, messages
from chatapp.chat.answer_cache import CachedAnswer
from chatapp.chat.messages import Asked
from chatapp.chat.objects import conversation_object, message_objects
from chatapp.errors import Busy, Conflict, Invalid, NotFound
from chatapp.ids import new_id, now
from chatapp.protocol.facts import Fact
from chatapp.protocol.payloads import ContinueGeneration, EditMessage, Options, Regenerate, SendMessage
from chatapp.server import metrics
from chatapp.storage.database import db
from chatapp.storage.tables import ClientRequest, Conversation, Generation, Message

#: Of owner, model's id, what is asked, and options: the key of the answer in the cache, or None for one not to keep.
KeyOf = Callable[[str, str, Asked, dict[str, Any]], str | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the server adds to a command: who runs the answer, the model where none is named, the bounds.

    `admit` is asked for what is new, not for a command that is repeated: it may raise a ChatError.
    """

    worker: str
    default_model: str
    generations_per_owner: int
    admit: Callable[[], None]
    key_of: KeyOf
    cache_seconds: float


@dataclass(frozen=True, slots=True)
class Order:
    """A stored generation that is to be run.

    `asked`: by what, as it stood when it was stored; none for one that goes on. `cached`: the answer, where it is
    known already, and `cached_by` its key. `shared_key`: whose call it may share; none: it asks by itself.
    """

    generation_id: str
    conversation_id: str
    message_id: str
    owner: str
    model: str
    options: dict[str, Any]
    continued: bool
    asked: Asked | None = None
    cached: CachedAnswer | None = None
    cached_by: str | None = None
    shared_key: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What a command did. A repeated command did nothing: it has its first ack, and no deed."""

    ack: dict[str, Any]
    conversation_id: str
    deed: "Deed | None" = None


@dataclass(frozen=True, slots=True)
class Deed:
    """What all tabs are told of a turn, and the generation to run."""

    facts: tuple[Fact, ...]
    order: Order
    conversation: dict[str, Any]
    is_new_conversation: bool = False


def send(owner: str, request: SendMessage, terms: Terms) -> Turn:
    """Store a question and its empty answer."""
    with db.write() as session:
        if repeated := _repeated(session, owner, "send_message", request):
            return repeated
        if request.conversation_id is None:
            if request.parent_id is not None:
                raise NotFound("parent_id: a new conversation has no messages")
            conversation = conversations.new_conversation(session, owner)
            conversations.begin_with(conversation, request)
        else:
            if request.system_prompt is not None:
                raise Invalid("system_prompt: is for new conversations only; PATCH changes an existing one's")
            conversation = conversations.owned(session, owner, request.conversation_id, lock=True)
        parent_id = _parent(session, conversation, request)
        _check_bound(session, owner, terms)
        turn = _ask(session, conversation, parent_id, request, terms)
        _remember(session, owner, "send_message", request, turn)
        return turn


def edit(owner: str, request: EditMessage, terms: Terms) -> Turn:
    """Store a question beside another one, and its empty answer."""
    with db.write() as session:
        if repeated := _repeated(session, owner, "edit_message", request):
            return repeated
        conversation, message = conversations.owned_message(session, owner, request.message_id, lock=True)
        if message.role != "user":
            raise Invalid("message_id: must be a user's message")
        _check_bound(session, owner, terms)
        turn = _ask(session, conversation, message.parent_id, request, terms)
        _remember(session, owner, "edit_message", request, turn)
        return turn


def regenerate(owner: str, request: Regenerate, terms: Terms) -> Turn:
    """Store an empty answer beside another one. Model and options are that one's where none are named."""
    with db.write() as session:
        if repeated := _repeated(session, owner, "regenerate", request):
            return repeated
        conversation, message = conversations.owned_message(session, owner, request.message_id, lock=True)
        if message.role != "assistant":
            raise Invalid("message_id: must be an assistant's message")
        _check_bound(session, owner, terms)
        model = request.model or message.model or conversation.model or terms.default_model
        options = (message.options if request.options is None else _dumped(request.options)) or {}
        answer, order = _answer(session, conversation, message.parent_id, model, options, terms, is_anew=True)
        turn = Turn(_short_ack(order), conversation.id, _deed(session, conversation, [answer], order))
        _remember(session, owner, "regenerate", request, turn)
        return turn


def continue_(owner: str, request: ContinueGeneration, terms: Terms) -> Turn:
    """Let an answer that ended too early go on."""
    with db.write() as session:
        conversation, message = conversations.owned_message(session, owner, request.message_id, lock=True)
        if message.role != "assistant":
            raise Invalid("message_id: must be an assistant's message")
        if message.status == "running":
            return _running_continuation(session, message)
        if message.status == "complete":
            raise Conflict("This answer is complete; there is nothing to continue.")
        _check_bound(session, owner, terms)
        model = message.model or conversation.model or terms.default_model
        message.cached, message.cached_at = False, None
        order = _order(session, conversation, message, model, message.options or {}, terms, continued=True)
        return Turn(_short_ack(order), conversation.id, _deed(session, conversation, [], order))


def _parent(session: Session, conversation: Conversation, request: SendMessage) -> str | None:
    named = "parent_id" in request.model_fields_set
    parent_id = request.parent_id if named else conversation.active_leaf_id
    if parent_id is None:
        return None
    parent = session.get(Message, parent_id)
    if parent is None or parent.conversation_id != conversation.id:
        raise NotFound("parent_id: there is no such message in this conversation")
    if parent.role == "user":
        raise Conflict("A message can only follow an answer.")
    if parent.status == "running":
        raise Conflict("The answer above is still being written. Wait for its end, or stop it.")
    return parent_id


def _check_bound(session: Session, owner: str, terms: Terms) -> None:
    terms.admit()
    query = select(func.count()).where(Generation.owner == owner, Generation.status == "running")
    if session.scalars(query).one() >= terms.generations_per_owner:
        raise Busy("{n} answers are being written already. Wait for one, or stop one.", n=terms.generations_per_owner)


def _ask(
    session: Session,
    conversation: Conversation,
    parent_id: str | None,
    request: SendMessage | EditMessage,
    terms: Terms,
) -> Turn:
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        parent_id=parent_id,
        role="user",
        content=request.content,
        reasoning="",
        status="complete",
        client_message_id=request.client_message_id,
        cached=False,
        created_at=now(),
    )
    session.add(message)
    if not conversation.title:
        conversation.title = conversations.title_from(request.content)
        conversation.titled_by = "words"
    model = request.model or conversation.model or terms.default_model
    options = {**(conversation.options or {}), **(_dumped(request.options) or {})}
    answer, order = _answer(session, conversation, message.id, model, options, terms)
    is_new = isinstance(request, SendMessage) and request.conversation_id is None
    deed = _deed(session, conversation, [message, answer], order, is_new=is_new)
    ack = {
        "conversation": deed.conversation,
        "message": deed.facts[0].payload["message"],
        **_short_ack(order),
    }
    return Turn(ack, conversation.id, deed)


def _answer(
    session: Session,
    conversation: Conversation,
    parent_id: str | None,
    model: str,
    options: dict[str, Any],
    terms: Terms,
    *,
    is_anew: bool = False,
) -> tuple[Message, Order]:
    """Store an empty answer, or, unless it is asked anew, one that the cache has."""
    asked = messages.asked(session, conversation, parent_id)
    key = terms.key_of(conversation.owner, model, asked, options)
    cached = answer_cache.find(session, key, terms.cache_seconds) if key and not is_anew else None
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        parent_id=parent_id,
        role="assistant",
        content="",
        reasoning="",
        cached=cached is not None,
        cached_at=cached.made_at if cached else None,
        created_at=now(),
    )
    session.add(message)
    keep_as = None if cached else key
    order = _order(session, conversation, message, model, options, terms, continued=False, cache_key=keep_as)
    if cached:
        metrics.cache.labels("hit").inc()
        if (
            len(asked.messages) == 1
        ):  # with `max_turns` a later question, too, may be one that began another conversation
            conversations.entitle(conversation, cached.title)
    elif key and is_anew:
        metrics.cache.labels("bypass").inc()
    cached_by = key if cached else None
    shared_key = None if is_anew else keep_as
    return message, replace(order, asked=asked, cached=cached, cached_by=cached_by, shared_key=shared_key)


def _order(
    session: Session,
    conversation: Conversation,
    message: Message,
    model: str,
    options: dict[str, Any],
    terms: Terms,
    *,
    continued: bool,
    cache_key: str | None = None,
) -> Order:
    order = Order(new_id(), conversation.id, message.id, conversation.owner, model, options, continued)
    message.status = "running"
    message.model = model
    message.options = options
    message.generation_id = order.generation_id
    message.error = None
    message.finish_reason = None
    conversation.active_leaf_id = message.id if not continued else conversation.active_leaf_id
    session.add(
        Generation(
            id=order.generation_id,
            conversation_id=conversation.id,
            message_id=message.id,
            owner=conversation.owner,
            kind="continue" if continued else "answer",
            model=model,
            status="running",
            worker=terms.worker,
            stop_requested=False,
            log_kept=True,
            cache_key=cache_key,
            seq=0,
            revision=0,
            started_at=now(),
        )
    )
    session.flush()
    return order


def _deed(
    session: Session, conversation: Conversation, added: list[Message], order: Order, *, is_new: bool = False
) -> Deed:
    revision = conversations.touch(conversation, len(added) + 1)
    session.flush()
    facts = []
    for number, message in enumerate(message_objects(session, added)):
        payload = {"conversation_id": conversation.id, "revision": revision + number, "message": message}
        facts.append(Fact("message_added", payload))
    payload = {
        "conversation_id": conversation.id,
        "revision": revision + len(added),
        "generation_id": order.generation_id,
        "message_id": order.message_id,
        "model": order.model,
        "cached": order.cached is not None,
    }
    facts.append(Fact("generation_started", payload))
    return Deed(tuple(facts), order, conversation_object(session, conversation), is_new)


def _running_continuation(session: Session, message: Message) -> Turn:
    generation = session.get(Generation, message.generation_id or "")
    if generation is None or generation.kind != "continue":
        raise Conflict("This answer is still being written.")
    ack = {"generation_id": generation.id, "assistant_message_id": message.id}
    return Turn(ack, message.conversation_id)


def _short_ack(order: Order) -> dict[str, Any]:
    return {"generation_id": order.generation_id, "assistant_message_id": order.message_id}


def _dumped(options: Options | None) -> dict[str, Any] | None:
    return options.model_dump(exclude_none=True) if options else None


def _digest(command: str, request: SendMessage | EditMessage | Regenerate) -> str:
    payload = request.model_dump(exclude_unset=True)
    return hashlib.sha256(orjson.dumps([command, payload], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _repeated(
    session: Session, owner: str, command: str, request: SendMessage | EditMessage | Regenerate
) -> Turn | None:
    """Return the first ack of a command that came before. Raises Conflict for the same id on another one."""
    if request.client_message_id is None:
        return None
    known = session.get(ClientRequest, (owner, request.client_message_id))
    if known is None:
        return None
    if known.digest != _digest(command, request):
        raise Conflict("client_message_id: was used for another message already")
    return Turn(known.ack, known.conversation_id)


def _remember(
    session: Session, owner: str, command: str, request: SendMessage | EditMessage | Regenerate, turn: Turn
) -> None:
    if request.client_message_id is not None:
        session.add(
            ClientRequest(
                owner=owner,
                client_message_id=request.client_message_id,
                digest=_digest(command, request),
                ack=turn.ack,
                conversation_id=turn.conversation_id,
                created_at=now(),
            )
        )
