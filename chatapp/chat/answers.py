"""The rows of a command: question, empty answer, generation. Small, since they are added under the write lock."""

from typing import Any

from sqlalchemy.orm import Session

from chatapp.chat import answer_cache, conversations, question_queue, titles
from chatapp.chat.answer_cache import CachedAnswer
from chatapp.chat.budgets import Budgets
from chatapp.chat.jobs import AnswerTarget, CommandResult, Effects, GenerationJob, Preparation
from chatapp.chat.message_rows import add_answer, add_question, message_facts
from chatapp.chat.objects import conversation_object
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
            question = add_question(session, conversation, target.parent_id, target.content, target.client_message_id)
            added.append(question)
            parent_id = question.id
        if target.message_id is None:
            answer = self._add_answer(session, conversation, parent_id, target, preparation, cached)
            added.append(answer)
        else:
            answer = session.get_one(Message, target.message_id)
            _mark_cached(answer, None)
        job = self._add_generation(session, generation_id, conversation, answer, target, preparation, cached)
        facts = _facts(session, conversation, added, job)
        replaced = {target.parent_id, target.edited_id}
        if added and not is_new and question_queue.follow(session, conversation, replaced, answer.id):
            facts.append(question_queue.changed(session, conversation))
        effects = Effects(tuple(facts), job, conversation_object(session, conversation), is_new)
        ack: dict[str, Any] = {"generation_id": job.generation_id, "assistant_message_id": job.message_id}
        if target.content is not None:
            ack = {"conversation": effects.conversation, "message": effects.facts[0].payload["message"], **ack}
        return CommandResult(ack, conversation.id, effects)

    def begin(
        self, session: Session, generation: Generation, target: AnswerTarget, preparation: Preparation
    ) -> Effects:
        """Let the answer to a queued question start. Raises what `Budgets.reserve` does."""
        conversation = session.get_one(Conversation, generation.conversation_id, with_for_update=True)
        cached = self._find_cached(session, target, preparation)
        reserved = preparation.reserved.amount if preparation.reserved and not cached else Amount()
        self._budgets.reserve(session, generation.id, preparation.spender, reserved)
        answer = session.get_one(Message, generation.message_id)
        _mark_cached(answer, cached)
        if cached:
            metrics.cache.labels("hit").inc()
        job = self._job(generation.id, conversation, answer, target, preparation, cached)
        _mark_running(answer, job)
        generation.model, generation.worker = job.model, self._worker
        generation.cache_key = None if cached else preparation.cache_key
        generation.queued_address, generation.started_at = None, now()
        fact = _started(job, conversations.touch(conversation, 1))
        session.flush()
        return Effects((fact,), job, conversation_object(session, conversation))

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
        message = add_answer(session, conversation, parent_id)
        _mark_cached(message, cached)
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
        job = self._job(generation_id, conversation, message, target, preparation, cached)
        _mark_running(message, job)
        if target.message_id is None:
            conversation.active_leaf_id = message.id
        session.add(
            self._generation(job, kind="answer" if target.message_id is None else "continue", store_key=store_key)
        )
        session.flush()
        return job

    def _job(
        self,
        generation_id: str,
        conversation: Conversation,
        message: Message,
        target: AnswerTarget,
        preparation: Preparation,
        cached: CachedAnswer | None,
    ) -> GenerationJob:
        return GenerationJob(
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
            shared_key=None if target.bypass_cache or cached else preparation.cache_key,
        )

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


def _facts(session: Session, conversation: Conversation, added: list[Message], job: GenerationJob) -> list[Fact]:
    revision = conversations.touch(conversation, len(added) + 1)
    session.flush()
    facts = message_facts(session, added, revision)
    return [*facts, _started(job, revision + len(added))]


def _started(job: GenerationJob, revision: int) -> Fact:
    return Fact(
        "generation_started",
        {
            "conversation_id": job.conversation_id,
            "revision": revision,
            "generation_id": job.generation_id,
            "message_id": job.message_id,
            "model": job.model,
            "cached": job.cached is not None,
        },
    )


def _mark_cached(message: Message, cached: CachedAnswer | None) -> None:
    message.cached, message.cached_at = cached is not None, cached.made_at if cached else None
