"""Starts the answers to queued questions, which the end of the answer before has stored."""

import logging
import time
from collections.abc import Callable

from chatapp.chat import queued_answers
from chatapp.chat.generations import Outcome
from chatapp.chat.jobs import Effects
from chatapp.chat.queued_answers import QueuedAnswers
from chatapp.errors import Busy, ChatError, NotOffered, ProviderError, RateLimited, TooLarge, Unavailable
from chatapp.server import concurrency

log = logging.getLogger(__name__)

#: How long an answer waits for a bound: of questions in a minute, or of answers at once.
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.3
LOOK_AGAIN_SECONDS = 1.0

TOO_MANY = ProviderError(
    "rate_limited", "Too many questions are being asked now, so this one was not sent. Try again in a moment."
)
USED_UP = ProviderError("rate_limited", "This question was not asked, since no more may be spent today.")
TOO_COSTLY = ProviderError("too_large", "This question and its answer could cost more than may be spent in a day.")
NOT_STARTED = ProviderError("internal", "The server could not start this answer. Its log says why.")


class QueueStarter:
    """Starts each answer in a task of its own, once. `end`: stores the outcome of one that cannot start."""

    def __init__(self, answers: QueuedAnswers, end: Callable[[str, Outcome], None]) -> None:
        self._answers = answers
        self._end = end
        self._starting: set[str] = set()

    def start(self, generation_id: str, run: Callable[[Effects], None]) -> None:
        """Begin an answer as soon as the bounds allow it, and `run` it. Does nothing if that is under way."""
        if generation_id not in self._starting:
            self._starting.add(generation_id)
            concurrency.spawn(self._start, generation_id, run)

    def _start(self, generation_id: str, run: Callable[[Effects], None]) -> None:
        try:
            outcome = self._begin(generation_id, run)
            if outcome is None and queued_answers.is_stopped(generation_id):
                outcome = Outcome("stopped")
            if outcome:
                self._end(generation_id, outcome)
        except Exception:  # the recovery tries again
            log.exception("The answer to a queued question could not be started")
        finally:
            self._answers.forget(generation_id)
            self._starting.discard(generation_id)

    def _begin(self, generation_id: str, run: Callable[[Effects], None]) -> Outcome | None:
        """Begin an answer. Returns the outcome of one that cannot be."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            if self._answers.is_draining:
                queued_answers.hand_over(generation_id)
                return None
            try:
                effects = self._answers.begin(generation_id)
            except (Busy, RateLimited, Unavailable) as error:
                wait = error.retry_after or LOOK_AGAIN_SECONDS
                if time.monotonic() + wait > deadline:
                    return _failed(error)
            except ChatError as error:
                return _failed(error)
            except Exception:
                log.exception("The answer to a queued question could not be prepared")
                return _failed(NOT_STARTED)
            else:
                if effects:
                    run(effects)
                return None
            if concurrency.wait_until(lambda: queued_answers.is_stopped(generation_id), wait, every=POLL_SECONDS):
                return None


def _failed(error: ChatError | ProviderError) -> Outcome:
    return Outcome("failed", error=_reason(error).payload(), is_reserved=False)


def _reason(error: ChatError | ProviderError) -> ProviderError:
    """Return the error as an answer has it."""
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, NotOffered):
        return ProviderError(error.reason or "not_allowed", error.text, **error.values)
    if isinstance(error, TooLarge):
        return TOO_COSTLY
    if isinstance(error, RateLimited) and (error.retry_after or 0) > PATIENCE_SECONDS:
        return ProviderError(USED_UP.code, USED_UP.text, retry_after=error.retry_after)
    if isinstance(error, Busy | RateLimited | Unavailable):
        return TOO_MANY
    return NOT_STARTED
