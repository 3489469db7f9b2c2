"""Finalizing: store a generation's end, then emit it, with the question that it lets go on."""

from chatapp.chat import generations
from chatapp.chat.generations import Outcome
from chatapp.realtime import broadcasts
from chatapp.server import metrics
from chatapp.storage.token_log import TokenLog


def finalize(generation_id: str, outcome: Outcome, token_log: TokenLog, cache_bytes: int = 0) -> str | None:
    """Store a generation's outcome and emit its end. Does nothing if it has ended already.

    Returns the generation of the queued question that was sent with it, which is to be started.
    """
    finalized = generations.finalize(generation_id, outcome, token_log, cache_bytes)
    if finalized is None:
        return None
    metrics.ended.labels(outcome.status).inc()
    token_log.announce(generation_id, [finalized.entry])
    sent = finalized.sent
    for fact in (finalized.fact, *(sent.facts if sent else ())):
        broadcasts.fact(fact)
    if not finalized.is_deleted:
        broadcasts.conversation_changed(finalized.owner, finalized.conversation)
    return sent.generation_id if sent else None
