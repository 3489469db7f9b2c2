"""Finalizing: store a generation's end, then emit it."""

from chatapp.chat import generations
from chatapp.chat.generations import Outcome
from chatapp.realtime import broadcasts
from chatapp.server import metrics
from chatapp.storage.token_log import TokenLog


def finalize(generation_id: str, outcome: Outcome, token_log: TokenLog, cache_bytes: int = 0) -> None:
    """Store a generation's outcome and emit its end. Does nothing if it has ended already."""
    finalized = generations.finalize(generation_id, outcome, token_log, cache_bytes)
    if finalized is None:
        return
    metrics.ended.labels(outcome.status).inc()
    token_log.announce(generation_id, [finalized.entry])
    broadcasts.fact(finalized.fact)
    if not finalized.is_deleted:
        broadcasts.conversation_changed(finalized.owner, finalized.conversation)
