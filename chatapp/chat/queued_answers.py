"""Answers to queued questions that are stored but not started: prepared, counted and begun like those of a command."""

from sqlalchemy import select, update

from chatapp.chat.answers import AnswerWriter
from chatapp.chat.budgets import Budgets
from chatapp.chat.conversations import ConversationSettings
from chatapp.chat.jobs import AnswerTarget, Effects
from chatapp.chat.preparer import Preparer
from chatapp.config import Settings
from chatapp.providers.registry import ProviderRegistry
from chatapp.server.admission import Admission
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Generation, Message

#: The worker of an answer that whoever sees it first is to start.
ANYBODY = ""


class QueuedAnswers:
    """Begins stored answers. `worker`: the id of the process that runs them."""

    def __init__(
        self, settings: Settings, worker: str, registry: ProviderRegistry, admission: Admission, budgets: Budgets
    ) -> None:
        self._writer = AnswerWriter(settings, worker, budgets)
        self._preparer = Preparer(settings, registry, budgets)
        self._registry = registry
        self._admission = admission
        self._budgets = budgets
        #: Those that were counted as a question, but not begun yet.
        self._admitted: set[str] = set()

    @property
    def is_draining(self) -> bool:
        """Whether this process begins no answer any more."""
        return self._admission.is_draining

    def begin(self, generation_id: str) -> Effects | None:
        """Prepare an answer and mark it as started. Returns None if it is stopped, has started, or has ended.

        Only one process succeeds, and only once, so the model is not asked twice. Raises ChatError. The bounds of what
        waits longest are looked at first: many answers may try again every second, and to prepare one is much work.
        """
        with db.read() as session:
            generation = session.get(Generation, generation_id)
            if generation is None or not _is_due(generation):
                return None
            owner, address = generation.owner, generation.queued_address or ""
            answer = session.get_one(Message, generation.message_id)
            conversation = session.get_one(Conversation, generation.conversation_id)
            target = AnswerTarget(
                conversation_id=conversation.id,
                revision=None,
                parent_id=answer.parent_id,
                settings=ConversationSettings(conversation.model, conversation.system_prompt, conversation.options),
                model=answer.model or self._registry.default(),
                options=answer.options or {},
            )
            spender = self._preparer.spender(owner, address, target)
            self._budgets.check_running(session, spender)
        if generation_id not in self._admitted:
            self._admission.admit(owner, address, spender.model)
            self._admitted.add(generation_id)
        preparation = self._preparer.prepare(owner, address, target, "")
        with db.write() as session:
            generation = session.get(Generation, generation_id, with_for_update=True)
            if generation is None or not _is_due(generation):
                return None
            return self._writer.begin(session, generation, target, preparation)

    def forget(self, generation_id: str) -> None:
        """Forget an answer that has begun or will not begin."""
        self._admitted.discard(generation_id)


def due() -> list[tuple[str, str]]:
    """Return (generation, worker) of all answers to queued questions that have not started."""
    with db.read() as session:
        query = select(Generation.id, Generation.worker)
        query = query.where(Generation.status == "running", Generation.queued_address.is_not(None))
        return [(row[0], row[1]) for row in session.execute(query.order_by(Generation.id))]


def is_stopped(generation_id: str) -> bool:
    """Tell whether a stop was requested for an answer that has not started."""
    with db.read() as session:
        row = session.get(Generation, generation_id)
        return row is not None and row.status == "running" and row.stop_requested and row.queued_address is not None


def hand_over(generation_id: str) -> None:
    """Leave an answer that has not started to another process."""
    with db.write() as session:
        is_due = Generation.id == generation_id, Generation.queued_address.is_not(None)
        session.execute(update(Generation).where(*is_due).values(worker=ANYBODY))


def _is_due(generation: Generation) -> bool:
    return generation.status == "running" and generation.queued_address is not None and not generation.stop_requested
