"""Flushes: when the chunks that have gathered become an entry, and when an answer has taken too long."""

import time
from collections.abc import Iterator, Sized

from chatapp.config import Settings
from chatapp.errors import ProviderError
from chatapp.generation.running_generation import RunningGeneration
from chatapp.server import concurrency, metrics

MAX_FLUSH_SECONDS = 0.15  # so that a killed server loses at most the last 200 ms


def pieces(running: RunningGeneration, settings: Settings, all_running: Sized) -> Iterator[tuple[str, str]]:
    """Yield the pieces of each flush: one at the first chunk, then one per flush interval.

    `all_running`: the generations that share the process. Raises ProviderError for a time-out, and the reason for
    which the buffer was closed.
    """
    deadline = running.started_at + settings.answer_seconds
    configured = running.job.choice and running.job.choice.configured
    timeout = configured.first_token_timeout if configured else settings.first_token_timeout
    token_timeout = configured.token_timeout if configured else settings.token_timeout
    while True:
        try:
            pieces = running.buffer.take(max(0.001, min(timeout, deadline - time.monotonic())))
        except TimeoutError:
            raise _timeout_error(running, settings, deadline, timeout) from None
        if not pieces:
            return
        flushed_at = time.monotonic()
        if running.first_token is None:
            running.first_token = flushed_at - running.started_at
            metrics.first_token_seconds.observe(running.first_token)
        yield from pieces
        timeout = token_timeout
        pause = flushed_at + _flush_seconds(settings, len(all_running)) - time.monotonic()
        if pause > 0 and not running.buffer.is_closed:
            concurrency.sleep(pause)
        if time.monotonic() > deadline:
            raise _timeout_error(running, settings, deadline, timeout)


def _flush_seconds(settings: Settings, running: int) -> float:
    """Return the flush interval: longer under load, since fewer, larger entries cost less."""
    return min(settings.flush_ms / 1000 * max(1.0, running / 100), MAX_FLUSH_SECONDS)


def _timeout_error(running: RunningGeneration, settings: Settings, deadline: float, timeout: float) -> ProviderError:
    if time.monotonic() >= deadline:
        n = f"{settings.answer_seconds / 60:g}"
        return ProviderError("provider_timeout", "The answer took longer than {n} minutes.", n=n)
    if running.first_token is None:
        return ProviderError("provider_timeout", "The model did not respond for {n} s.", n=f"{timeout:g}")
    return ProviderError("provider_timeout", "The model stopped responding for {n} s.", n=f"{timeout:g}")
