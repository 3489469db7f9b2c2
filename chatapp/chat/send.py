"""The commands that ask for an answer: send, edit, regenerate, continue.

Each runs in two transactions. The first one reads: it checks the command, reads the path above the answer and builds
the prompt, which takes longer the longer the conversation is. The second one writes, under the write lock, what is
small: the question, the empty answer, the generation. If the conversation has changed in between, both run again.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chatapp.chat import answer_cache, conversations, messages, titles
from chatapp.chat.answer_cache import CachedAnswer
from chatapp.chat.conversations import ConversationSettings
from chatapp.chat.messages import PromptContext
from chatapp.chat.objects import conversation_object, message_objects
from chatapp.chat.ownership import owned_conversation, owned_message
from chatapp.config import Settings
from chatapp.errors import Busy, Conflict, Invalid, NotFound, ProviderError
from chatapp.ids import new_id, now
from chatapp.protocol.facts import Fact
from chatapp.protocol.payloads import ContinueGeneration, EditMessage, Options, Regenerate, SendMessage
from chatapp.providers.base import Chunk, Prompt
from chatapp.providers.registry import ModelChoice, ProviderRegistry
from chatapp.server import metrics
from chatapp.server.admission import Admission
from chatapp.storage.database import db
from chatapp.storage.tables import ClientRequest, Conversation, Generation, Message

#: How often a command is prepared anew because its conversation has changed meanwhile.
TRIES = 10

Request = SendMessage | EditMessage | Regenerate | ContinueGeneration


@dataclass(frozen=True, slots=True)
class GenerationJob:
    """A stored generation that is to be run.

    `choice` and `prompt`: the model and what it is asked; none where the model is not known yet. `cached`: the answer,
    where the cache has it under `cached_by`. `shared_key`: of the stream that it may share; none: one of its own.
    """

    generation_id: str
    conversation_id: str
    message_id: str
    owner: str
    model: str
    options: dict[str, Any]
    context: PromptContext
    choice: ModelChoice | None = None
    prompt: Prompt | None = None
    cached: CachedAnswer | None = None
    cached_by: str | None = None
    shared_key: str | None = None

    def resolve(self, choice: ModelChoice) -> "GenerationJob":
        """Return the job with its prompt for a chosen model."""
        context = self.context
        prompt = choice.prompt(context.messages, context.system_prompt, self.options, context.partial)
        return replace(self, choice=choice, prompt=prompt)

    def stream(self) -> Iterator[Chunk]:
        """Open the provider's stream of a resolved job. Raises ProviderError."""
        if self.choice is None or self.prompt is None:
            raise ValueError("The job has no prompt yet")
        prompt = replace(self.prompt, conversation_id=self.conversation_id)
        return self.choice.configured.provider.stream(prompt)


@dataclass(frozen=True, slots=True)
class Effects:
    """What a stored command leads to: facts for all tabs, and a generation to run."""

    facts: tuple[Fact, ...]
    job: GenerationJob
    conversation: dict[str, Any]
    is_new_conversation: bool = False


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A retried command returns the stored ack and has no effects."""

    ack: dict[str, Any]
    conversation_id: str
    effects: Effects | None = None


@dataclass(frozen=True, slots=True)
class AnswerTarget:
    """Where an answer goes, and all that its prompt depends on: while this is equal, the prompt holds.

    `conversation_id`, `revision`: none for a new conversation. `message_id`: of the answer that is to go on.
    """

    conversation_id: str | None
    revision: int | None
    parent_id: str | None
    settings: ConversationSettings
    model: str
    options: dict[str, Any]
    content: str | None = None
    message_id: str | None = None
    client_message_id: str | None = None
    is_anew: bool = False


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is known before anything is written. `cache_key`: of the answer; none for one that is not to be cached."""

    context: PromptContext
    choice: ModelChoice | None
    prompt: Prompt | None
    cache_key: str | None


#: Checks a command and finds its target, or the result of one that needs no new answer.
Locate = Callable[[Session, bool], AnswerTarget | CommandResult]


class Sender:
    """Stores the commands that ask for an answer."""

    def __init__(self, settings: Settings, worker: str, registry: ProviderRegistry, admission: Admission) -> None:
        self._settings = settings
        self._worker = worker
        self._registry = registry
        self._admission = admission

    def send(self, owner: str, request: SendMessage) -> CommandResult:
        """Store a question and its empty answer."""

        def locate(session: Session, lock: bool) -> AnswerTarget:
            if request.conversation_id is None:
                if request.parent_id is not None:
                    raise NotFound("parent_id: a new conversation has no messages")
                return self._question(request, conversations.initial_settings(session, owner, request), None)
            if request.system_prompt is not None:
                raise Invalid("system_prompt: is for new conversations only; PATCH changes an existing one's")
            conversation = owned_conversation(session, owner, request.conversation_id, lock=lock)
            parent_id = _parent_id(session, conversation, request)
            return self._question(request, _settings_of(conversation), parent_id, conversation)

        return self._execute(owner, "send_message", request, locate)

    def edit(self, owner: str, request: EditMessage) -> CommandResult:
        """Store a question beside another one, and its empty answer."""

        def locate(session: Session, lock: bool) -> AnswerTarget:
            conversation, message = owned_message(session, owner, request.message_id, lock=lock)
            if message.role != "user":
                raise Invalid("message_id: must be a user's message")
            return self._question(request, _settings_of(conversation), message.parent_id, conversation)

        return self._execute(owner, "edit_message", request, locate)

    def regenerate(self, owner: str, request: Regenerate) -> CommandResult:
        """Store an empty answer beside another one. Model and options are that one's where none are named."""

        def locate(session: Session, lock: bool) -> AnswerTarget:
            conversation, message = owned_message(session, owner, request.message_id, lock=lock)
            if message.role != "assistant":
                raise Invalid("message_id: must be an assistant's message")
            options = message.options if request.options is None else _dump(request.options)
            return AnswerTarget(
                conversation_id=conversation.id,
                revision=conversation.revision,
                parent_id=message.parent_id,
                settings=_settings_of(conversation),
                model=request.model or message.model or conversation.model or self._registry.default(),
                options=options or {},
                is_anew=True,
            )

        return self._execute(owner, "regenerate", request, locate)

    def continue_(self, owner: str, request: ContinueGeneration) -> CommandResult:
        """Let an answer that ended too early go on."""

        def locate(session: Session, lock: bool) -> AnswerTarget | CommandResult:
            conversation, message = owned_message(session, owner, request.message_id, lock=lock)
            if message.role != "assistant":
                raise Invalid("message_id: must be an assistant's message")
            if message.status == "running":
                return _running_continuation(session, message)
            if message.status == "complete":
                raise Conflict("This answer is complete; there is nothing to continue.")
            return AnswerTarget(
                conversation_id=conversation.id,
                revision=conversation.revision,
                parent_id=message.parent_id,
                settings=_settings_of(conversation),
                model=message.model or conversation.model or self._registry.default(),
                options=message.options or {},
                message_id=message.id,
            )

        return self._execute(owner, "continue_generation", request, locate)

    def _question(
        self,
        request: SendMessage | EditMessage,
        settings: ConversationSettings,
        parent_id: str | None,
        conversation: Conversation | None = None,
    ) -> AnswerTarget:
        """Return the target of a question's answer. Without a conversation it begins a new one."""
        return AnswerTarget(
            conversation_id=conversation.id if conversation else None,
            revision=conversation.revision if conversation else None,
            parent_id=parent_id,
            settings=settings,
            model=request.model or settings.model or self._registry.default(),
            options={**(settings.options or {}), **(_dump(request.options) or {})},
            content=request.content,
            client_message_id=request.client_message_id,
        )

    def _execute(self, owner: str, command: str, request: Request, locate: Locate) -> CommandResult:
        is_admitted = False
        for _ in range(TRIES):
            with db.read() as session:
                if known := _known_result(session, owner, command, request):
                    return known
                target = locate(session, False)
                if isinstance(target, CommandResult):
                    return target
                preparation = self._prepare(session, owner, target)
            if not is_admitted:
                self._admission.admit(owner)
                is_admitted = True
            with db.write() as session:
                if known := _known_result(session, owner, command, request):
                    return known
                current = locate(session, True)
                if isinstance(current, CommandResult):
                    return current
                if current != target:
                    continue
                result = self._store(session, owner, target, preparation)
                _remember(session, owner, command, request, result)
                return result
        raise Conflict("New answers are being started in this conversation. Try again.")

    def _prepare(self, session: Session, owner: str, target: AnswerTarget) -> Preparation:
        """Read the path above the answer, build its prompt and digest it. Takes longer the longer the path is."""
        partial = session.get_one(Message, target.message_id).content if target.message_id else ""
        context = messages.prompt_context(
            session, target.parent_id, target.settings.system_prompt, question=target.content, partial=partial
        )
        try:
            choice = self._registry.choose(target.model)
        except ProviderError:  # the runner waits for the model's server, or ends the answer with this error
            return Preparation(context, None, None, None)
        prompt = choice.prompt(context.messages, context.system_prompt, target.options, partial)
        key = None if target.message_id else self._cache_key(owner, choice, prompt)
        return Preparation(context, choice, prompt, key)

    def _cache_key(self, owner: str, choice: ModelChoice, prompt: Prompt) -> str | None:
        """Return the key under which an answer is cached and shared; None where it is not to be."""
        settings, configured = self._settings, choice.configured
        if settings.cache == "off" or not configured.is_cached:
            return None
        if not settings.cache_varied and answer_cache.asks_for_variety(prompt.options):
            return None
        whose = owner if settings.cache == "owner" else ""
        return answer_cache.key_of(prompt, provider=configured.provider.identity, owner=whose)

    def _store(self, session: Session, owner: str, target: AnswerTarget, preparation: Preparation) -> CommandResult:
        """Write the command's messages and its generation."""
        self._check_running(session, owner)
        is_new = target.conversation_id is None
        conversation = (
            conversations.add(session, owner, target.settings)
            if target.conversation_id is None
            else session.get_one(Conversation, target.conversation_id)
        )
        added: list[Message] = []
        parent_id = target.parent_id
        if target.content is not None:
            question = _add_question(session, conversation, target, target.content)
            added.append(question)
            parent_id = question.id
        if target.message_id is None:
            answer, job = self._add_answer(session, conversation, parent_id, target, preparation)
            added.append(answer)
        else:
            answer = session.get_one(Message, target.message_id)
            answer.cached, answer.cached_at = False, None
            job = self._add_generation(session, conversation, answer, target, preparation)
        effects = _effects(session, conversation, added, job, is_new=is_new)
        ack: dict[str, Any] = {"generation_id": job.generation_id, "assistant_message_id": job.message_id}
        if target.content is not None:
            ack = {"conversation": effects.conversation, "message": effects.facts[0].payload["message"], **ack}
        return CommandResult(ack, conversation.id, effects)

    def _check_running(self, session: Session, owner: str) -> None:
        most = self._settings.generations_per_owner
        query = select(func.count()).where(Generation.owner == owner, Generation.status == "running")
        if session.scalars(query).one() >= most:
            raise Busy("{n} answers are being written already. Wait for one, or stop one.", n=most)

    def _add_answer(
        self,
        session: Session,
        conversation: Conversation,
        parent_id: str | None,
        target: AnswerTarget,
        preparation: Preparation,
    ) -> tuple[Message, GenerationJob]:
        """Add an empty answer, or, unless it is asked for anew, one that the cache has."""
        key = preparation.cache_key
        cached = None
        if key and not target.is_anew:
            cached = answer_cache.find(session, key, self._settings.cache_seconds)
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
        if cached:
            metrics.cache.labels("hit").inc()
            # With `max_turns` a later question, too, may be one that began another conversation.
            if len(preparation.context.messages) == 1:
                titles.set_model_title(conversation, cached.title)
        elif key and target.is_anew:
            metrics.cache.labels("bypass").inc()
        return message, self._add_generation(session, conversation, message, target, preparation, cached)

    def _add_generation(
        self,
        session: Session,
        conversation: Conversation,
        message: Message,
        target: AnswerTarget,
        preparation: Preparation,
        cached: CachedAnswer | None = None,
    ) -> GenerationJob:
        """Add the generation of a message, which runs from now on."""
        keep_as = None if cached else preparation.cache_key
        job = GenerationJob(
            generation_id=new_id(),
            conversation_id=conversation.id,
            message_id=message.id,
            owner=conversation.owner,
            model=target.model,
            options=target.options,
            context=preparation.context,
            choice=preparation.choice,
            prompt=preparation.prompt,
            cached=cached,
            cached_by=preparation.cache_key if cached else None,
            shared_key=None if target.is_anew else keep_as,
        )
        message.status = "running"
        message.model = job.model
        message.options = job.options
        message.generation_id = job.generation_id
        message.error = None
        message.finish_reason = None
        if target.message_id is None:
            conversation.active_leaf_id = message.id
        session.add(
            Generation(
                id=job.generation_id,
                conversation_id=conversation.id,
                message_id=message.id,
                owner=conversation.owner,
                kind="answer" if target.message_id is None else "continue",
                model=job.model,
                status="running",
                worker=self._worker,
                stop_requested=False,
                log_kept=True,
                cache_key=keep_as,
                seq=0,
                revision=0,
                started_at=now(),
            )
        )
        session.flush()
        return job


def _parent_id(session: Session, conversation: Conversation, request: SendMessage) -> str | None:
    """Return the message that a question follows. Raises NotFound, or Conflict where none can follow it."""
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


def _settings_of(conversation: Conversation) -> ConversationSettings:
    return ConversationSettings(conversation.model, conversation.system_prompt, conversation.options)


def _add_question(session: Session, conversation: Conversation, target: AnswerTarget, content: str) -> Message:
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        parent_id=target.parent_id,
        role="user",
        content=content,
        reasoning="",
        status="complete",
        client_message_id=target.client_message_id,
        cached=False,
        created_at=now(),
    )
    session.add(message)
    if not conversation.title:
        conversation.title, conversation.titled_by = titles.title_from(content), "words"
    return message


def _effects(
    session: Session, conversation: Conversation, added: list[Message], job: GenerationJob, *, is_new: bool
) -> Effects:
    revision = conversations.touch(conversation, len(added) + 1)
    session.flush()
    facts = []
    for number, message in enumerate(message_objects(session, added)):
        payload = {"conversation_id": conversation.id, "revision": revision + number, "message": message}
        facts.append(Fact("message_added", payload))
    payload = {
        "conversation_id": conversation.id,
        "revision": revision + len(added),
        "generation_id": job.generation_id,
        "message_id": job.message_id,
        "model": job.model,
        "cached": job.cached is not None,
    }
    facts.append(Fact("generation_started", payload))
    return Effects(tuple(facts), job, conversation_object(session, conversation), is_new)


def _running_continuation(session: Session, message: Message) -> CommandResult:
    generation = session.get(Generation, message.generation_id or "")
    if generation is None or generation.kind != "continue":
        raise Conflict("This answer is still being written.")
    ack = {"generation_id": generation.id, "assistant_message_id": message.id}
    return CommandResult(ack, message.conversation_id)


def _dump(options: Options | None) -> dict[str, Any] | None:
    return options.model_dump(exclude_none=True) if options else None


def _digest(command: str, request: Request) -> str:
    payload = request.model_dump(exclude_unset=True)
    return hashlib.sha256(orjson.dumps([command, payload], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _known_result(session: Session, owner: str, command: str, request: Request) -> CommandResult | None:
    """Return the stored ack of a retried command. Raises Conflict for the id of another one."""
    client_message_id = getattr(request, "client_message_id", None)
    if client_message_id is None:
        return None
    known = session.get(ClientRequest, (owner, client_message_id))
    if known is None:
        return None
    if known.digest != _digest(command, request):
        raise Conflict("client_message_id: was used for another message already")
    return CommandResult(known.ack, known.conversation_id)


def _remember(session: Session, owner: str, command: str, request: Request, result: CommandResult) -> None:
    """Store the ack, for the command's retries."""
    client_message_id = getattr(request, "client_message_id", None)
    if client_message_id is not None:
        session.add(
            ClientRequest(
                owner=owner,
                client_message_id=client_message_id,
                digest=_digest(command, request),
                ack=result.ack,
                conversation_id=result.conversation_id,
                created_at=now(),
            )
        )
