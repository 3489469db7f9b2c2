"""The progress of one answer, as its runner sees it: its end, its reserve, and when it has taken too long."""

import time
from collections.abc import Callable

from chatapp.config import Settings
from chatapp.errors import ProviderError
from chatapp.generation.chunk_buffer import COUNTS_SECONDS
from chatapp.generation.pump import Flow
from chatapp.generation.running_generation import RunningGeneration


def follow(flow: Flow, settings: Settings, reserve_more: Callable[[RunningGeneration], None]) -> None:
    """Wait until all of an answer has been moved.

    Raises ProviderError for a time-out, what a reserve raises, and the reason for which the buffer was closed.
    """
    running = flow.running
    configured = running.job.choice and running.job.choice.configured
    first_token_timeout = configured.first_token_timeout if configured else settings.first_token_timeout
    token_timeout = configured.token_timeout if configured else settings.token_timeout
    while not flow.is_over:
        timeout = first_token_timeout if running.first_token is None else token_timeout
        patience = min(timeout, COUNTS_SECONDS) if running.buffer.has_all_text else timeout
        ends_at = min(flow.deadline, flow.moved_at + patience)
        if not flow.attention.wait(max(0.001, ends_at - time.monotonic())):
            now = time.monotonic()
            if now >= flow.deadline or (now >= flow.moved_at + patience and not running.buffer.has_all_text):
                raise _timeout_error(running, settings, timeout)
            if now >= flow.moved_at + patience:
                running.buffer.close()  # without the counts
            continue
        if flow.error:
            raise flow.error
        if flow.moved_at > flow.deadline and not flow.is_over:
            raise _timeout_error(running, settings, timeout)
        if running.bytes > running.covered:
            reserve_more(running)
        if not flow.is_over:
            flow.release()
    if running.buffer.reason:
        raise running.buffer.reason


def _timeout_error(running: RunningGeneration, settings: Settings, timeout: float) -> ProviderError:
    if time.monotonic() >= running.started_at + settings.answer_seconds:
        n = f"{settings.answer_seconds / 60:g}"
        return ProviderError("provider_timeout", "The answer took longer than {n} minutes.", n=n)
    if running.first_token is None:
        return ProviderError("provider_timeout", "The model did not respond for {n} s.", n=f"{timeout:g}")
    return ProviderError("provider_timeout", "The model stopped responding for {n} s.", n=f"{timeout:g}")
