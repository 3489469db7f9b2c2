"""The rows of a command: question, empty answer, generation. Small, since they are added under the write lock."""

from typing import Any

from sqlalchemy.orm import Session

from chatapp.chat import answer_cache, conversations, titles
from chatapp.chat.answer_cache import CachedAnswer
from chatapp.chat.budgets import Budgets
from chatapp.chat.jobs import AnswerTarget, CommandResult, Effects, GenerationJob, Preparation
from chatapp.chat.objects import conversation_object, message_objects
from chatapp.chat.storage_quota import message_size
from chatapp.config import Settings
from chatapp.ids import new_id, now
from chatapp.protocol.facts import Fact
from chatapp.providers.prices import Amount
from chatapp.server import metrics
from chatapp.storage.tables import Conversation, Generation, Message


class AnswerWriter:
    """Adds the rows of one command within its transaction. `worker`: the id of the process that runs the answers."""

    def __init__(self, settings: Settings, worker: str, budgets: Budgets) -> None:
        self._settings = settings
        self._worker = worker
        self._budgets = budgets

    def add(self, session: Session, owner: str, target: AnswerTarget, preparation: Preparation) -> CommandResult:
        """Write the command's messages and its generation. Raises what `Budgets.reserve` does."""
        generation_id, cached = new_id(), self._find_cached(session, target, preparation)
        reserved = None if cached else preparation.reserved
        self._budgets.reserve(session, generation_id, preparation.spender, reserved.amount if reserved else Amount())
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
            answer = self._add_answer(session, conversation, parent_id, target, preparation, cached)
            added.append(answer)
        else:
            answer = session.get_one(Message, target.message_id)
            answer.cached, answer.cached_at = False, None
        job = self._add_generation(session, generation_id, conversation, answer, target, preparation, cached)
        effects = _effects(session, conversation, added, job, is_new=is_new)
        ack: dict[str, Any] = {"generation_id": job.generation_id, "assistant_message_id": job.message_id}
        if target.content is not None:
            ack = {"conversation": effects.conversation, "message": effects.facts[0].payload["message"], **ack}
        return CommandResult(ack, conversation.id, effects)

    def _find_cached(self, session: Session, target: AnswerTarget, preparation: Preparation) -> CachedAnswer | None:
        """Return the cached answer, if there is one and it may be used."""
        if target.bypass_cache or not preparation.cache_key:
            return None
        return answer_cache.find(session, preparation.cache_key, self._settings.cache_seconds)

    def _add_answer(
        self,
        session: Session,
        conversation: Conversation,
        parent_id: str | None,
        target: AnswerTarget,
        preparation: Preparation,
        cached: CachedAnswer | None,
    ) -> Message:
        """Add an empty answer, which the cached answer will fill if there is one."""
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
        conversation.bytes += message_size()
        if cached:
            metrics.cache.labels("hit").inc()
            # If older messages are left out, a later question can have the key of another conversation's first one.
            if target.parent_id is None:
                titles.set_model_title(conversation, cached.title)
        elif preparation.cache_key and target.bypass_cache:
            metrics.cache.labels("bypass").inc()
        return message

    def _add_generation(
        self,
        session: Session,
        generation_id: str,
        conversation: Conversation,
        message: Message,
        target: AnswerTarget,
        preparation: Preparation,
        cached: CachedAnswer | None,
    ) -> GenerationJob:
        """Add a running generation to a message, and return its job."""
        store_key = None if cached else preparation.cache_key
        job = GenerationJob(
            generation_id=generation_id,
            conversation_id=conversation.id,
            message_id=message.id,
            owner=conversation.owner,
            spender=preparation.spender,
            model=target.model,
            options=target.options,
            context=preparation.context,
            max_bytes=min(self._settings.answer_bytes, self._settings.message_bytes - target.stored_bytes),
            stored_bytes=target.stored_bytes,
            choice=preparation.choice,
            prompt=preparation.prompt,
            reserved=preparation.reserved,
            cached=cached,
            cached_key=preparation.cache_key if cached else None,
            shared_key=None if target.bypass_cache else store_key,
        )
        _mark_running(message, job)
        if target.message_id is None:
            conversation.active_leaf_id = message.id
        session.add(
            self._generation(job, kind="answer" if target.message_id is None else "continue", store_key=store_key)
        )
        session.flush()
        return job

    def _generation(self, job: GenerationJob, *, kind: str, store_key: str | None) -> Generation:
        return Generation(
            id=job.generation_id,
            conversation_id=job.conversation_id,
            message_id=job.message_id,
            owner=job.owner,
            kind=kind,
            model=job.model,
            status="running",
            worker=self._worker,
            stop_requested=False,
            log_kept=True,
            cache_key=store_key,
            seq=0,
            revision=0,
            started_at=now(),
        )


def _mark_running(message: Message, job: GenerationJob) -> None:
    message.status = "running"
    message.model = job.model
    message.options = job.options
    message.generation_id = job.generation_id
    message.error = None
    message.finish_reason = None
    message.answered_by = None


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
    conversation.bytes += message_size(content)
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
