"""The commands that start an answer: send, edit, regenerate, continue.

Each runs in three steps. A transaction that only reads checks the command. Then the path above the answer is read and
its prompt is built, in slices, as that takes time in proportion to the path. The last transaction holds the write lock
and is short: it writes the question, the empty answer and the generation. If the conversation has changed in between,
all run again.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from chatapp.chat import conversations, question_queue
from chatapp.chat.answers import AnswerWriter
from chatapp.chat.budgets import Budgets
from chatapp.chat.conversations import ConversationSettings
from chatapp.chat.jobs import AnswerTarget, CommandResult
from chatapp.chat.objects import conversation_object
from chatapp.chat.ownership import owned_conversation, owned_message
from chatapp.chat.places import place_of
from chatapp.chat.preparer import Preparer
from chatapp.chat.retries import Request, known_result, remember
from chatapp.chat.storage_quota import Quota, message_size, prompt_size
from chatapp.config import Settings
from chatapp.errors import Conflict, Invalid, NotFound, TooLarge
from chatapp.protocol.payloads import ContinueGeneration, EditMessage, Options, Regenerate, SendMessage
from chatapp.providers.registry import ProviderRegistry
from chatapp.server.admission import Admission
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Generation, Message

#: How often a command is prepared if its conversation keeps changing.
TRIES = 10


#: (session, lock the conversation?) -> the command's target, or its result if it needs no new answer.
Locate = Callable[[Session, bool], AnswerTarget | CommandResult]


class Sender:
    """Executes the commands that start an answer. All raise ChatError; `CommandResult.effects` is for the runner.

    `address`: of who asks, as `network_of` counts it.
    """

    def __init__(
        self, settings: Settings, worker: str, registry: ProviderRegistry, admission: Admission, budgets: Budgets
    ) -> None:
        self._settings = settings
        self._writer = AnswerWriter(settings, worker, budgets)
        self._registry = registry
        self._admission = admission
        self._preparer = Preparer(settings, registry, budgets)
        self._quota = Quota.of(settings)

    def send(self, owner: str, request: SendMessage, address: str = "") -> CommandResult:
        """Add a question and its empty answer, in a new conversation if the request names none."""

        def locate(session: Session, lock: bool) -> AnswerTarget:
            if request.conversation_id is None:
                if request.parent_id is not None:
                    raise NotFound("parent_id: a new conversation has no messages")
                return self._question(request, conversations.initial_settings(session, owner, request), None)
            if request.system_prompt is not None:
                raise Invalid("system_prompt: is for new conversations only; PATCH changes an existing one's")
            conversation = owned_conversation(session, owner, request.conversation_id, lock=lock)
            parent_id, is_queued = place_of(session, conversation, request, self._settings.queued_questions)
            target = self._question(request, _settings_of(conversation), parent_id, conversation)
            return replace(target, revision=None, is_queued=True) if is_queued else target

        return self._execute(owner, address, "send_message", request, locate)

    def edit(self, owner: str, request: EditMessage, address: str = "") -> CommandResult:
        """Add a question as a sibling of an earlier one, and its empty answer."""

        def locate(session: Session, lock: bool) -> AnswerTarget:
            conversation, message = owned_message(session, owner, request.message_id, lock=lock)
            if message.role != "user":
                raise Invalid("message_id: must be a user's message")
            target = self._question(request, _settings_of(conversation), message.parent_id, conversation)
            return replace(target, edited_id=message.id)

        return self._execute(owner, address, "edit_message", request, locate)

    def regenerate(self, owner: str, request: Regenerate, address: str = "") -> CommandResult:
        """Add an empty answer as a sibling of an earlier one, whose model and options are the defaults."""

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
                bypass_cache=True,
            )

        return self._execute(owner, address, "regenerate", request, locate)

    def continue_(self, owner: str, request: ContinueGeneration, address: str = "") -> CommandResult:
        """Continue an answer that has ended too early."""

        def locate(session: Session, lock: bool) -> AnswerTarget | CommandResult:
            conversation, message = owned_message(session, owner, request.message_id, lock=lock)
            if message.role != "assistant":
                raise Invalid("message_id: must be an assistant's message")
            if message.status == "running":
                return _running_continuation(session, message)
            if message.status == "complete" and message.finish_reason != "length":
                raise Conflict("This answer is complete; there is nothing to continue.")
            stored_bytes = len(message.content.encode()) + len(message.reasoning.encode())
            if stored_bytes >= self._settings.message_bytes:
                n = f"{self._settings.message_bytes:,}"
                raise TooLarge("The answer has reached its limit of {n} bytes and cannot be continued.", n=n)
            return AnswerTarget(
                conversation_id=conversation.id,
                revision=conversation.revision,
                parent_id=message.parent_id,
                settings=_settings_of(conversation),
                model=message.model or conversation.model or self._registry.default(),
                options=message.options or {},
                message_id=message.id,
                stored_bytes=stored_bytes,
            )

        return self._execute(owner, address, "continue_generation", request, locate)

    def _question(
        self,
        request: SendMessage | EditMessage,
        settings: ConversationSettings,
        parent_id: str | None,
        conversation: Conversation | None = None,
    ) -> AnswerTarget:
        """Return the target of a question's answer; `conversation`: None for a new one."""
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

    def _execute(self, owner: str, address: str, command: str, request: Request, locate: Locate) -> CommandResult:
        is_admitted = False
        for _ in range(TRIES):
            with db.read() as session:
                if known := known_result(session, owner, command, request):
                    return known
                target = locate(session, False)
                if isinstance(target, CommandResult):
                    return target
                self._check_quota(session, owner, target)
                partial = session.get_one(Message, target.message_id).content if target.message_id else ""
            if target.is_queued and isinstance(request, SendMessage):
                if result := self._queue(owner, address, command, request, locate, target):
                    return result
                continue
            preparation = self._preparer.prepare(owner, address, target, partial)
            if not is_admitted:
                self._admission.admit(owner, address, preparation.spender.model)
                is_admitted = True
            with db.write() as session:
                if known := known_result(session, owner, command, request):
                    return known
                current = locate(session, True)
                if isinstance(current, CommandResult):
                    return current
                if current != target:
                    continue
                result = self._writer.add(session, owner, target, preparation)
                remember(session, owner, command, request, result)
                return result
        raise Conflict("New answers are being started in this conversation. Try again.")

    def _queue(
        self, owner: str, address: str, command: str, request: SendMessage, locate: Locate, target: AnswerTarget
    ) -> CommandResult | None:
        """Store a question that has to wait; None if it need not any more. It is counted once it is sent."""
        self._admission.check()
        self._preparer.check(target)
        with db.write() as session:
            if known := known_result(session, owner, command, request):
                return known
            if locate(session, True) != target or target.conversation_id is None or target.parent_id is None:
                return None
            conversation = session.get_one(Conversation, target.conversation_id)
            limit = self._settings.queued_questions
            row = question_queue.add(session, conversation, target.parent_id, request, address, limit)
            result = CommandResult(
                {
                    "conversation": conversation_object(session, conversation),
                    "queued": question_queue.queued_object(row),
                },
                conversation.id,
                facts=(question_queue.changed(session, conversation, row),),
            )
            remember(session, owner, command, request, result)
            return result

    def _check_quota(self, session: Session, owner: str, target: AnswerTarget) -> None:
        """Raise TooLarge if the owner has no room for the messages, except the answer's text."""
        is_new = target.conversation_id is None
        size = message_size(target.content or "")
        if is_new:
            size += prompt_size(target.settings.system_prompt)
        self._quota.check(session, owner, conversations=int(is_new), size=size)


def _settings_of(conversation: Conversation) -> ConversationSettings:
    return ConversationSettings(conversation.model, conversation.system_prompt, conversation.options)


def _running_continuation(session: Session, message: Message) -> CommandResult:
    generation = session.get(Generation, message.generation_id or "")
    if generation is None or generation.kind != "continue":
        raise Conflict("This answer is still being written.")
    ack = {"generation_id": generation.id, "assistant_message_id": message.id}
    return CommandResult(ack, message.conversation_id)


def _dump(options: Options | None) -> dict[str, Any] | None:
    return options.model_dump(exclude_none=True) if options else None
