"""The runner: starts, streams, stops and finalizes the generations of this process.

Each generation has a task, which writes the log and emits; the task of its provider stream reads the model's answer.
"""

import contextlib
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlalchemy.exc import OperationalError

from chatapp.chat import generations
from chatapp.chat.budgets import Budgets
from chatapp.chat.generations import Outcome
from chatapp.chat.jobs import Effects, GenerationJob
from chatapp.config import Settings
from chatapp.errors import ProviderError, RateLimited, TooLarge, Unavailable
from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.generation.finalize import finalize
from chatapp.generation.shared_streams import ProviderStream, SharedStreams
from chatapp.generation.spending import count_call
from chatapp.generation.title_writer import TitleWriter
from chatapp.protocol.facts import token_payload
from chatapp.providers import Chunk
from chatapp.providers.model_listing import DOWN
from chatapp.providers.prices import Amount, more_output
from chatapp.providers.registry import ProviderRegistry
from chatapp.realtime import broadcasts
from chatapp.server import concurrency, metrics
from chatapp.storage.token_log import Entry, TokenLog

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
MAX_FLUSH_SECONDS = 0.15  # so that a killed server loses at most the last 200 ms
RESTARTED = ProviderError("worker_lost", "The server was restarted while it wrote this answer. What had come is kept.")
FAILED = ProviderError("internal", "The server failed. Its log says why.")


class Stopped(Exception):
    """A client stopped the generation."""


class Interrupted(Exception):
    """The server shuts down before the generation's end."""


class RunningGeneration:
    """A generation that runs in this process."""

    def __init__(self, job: GenerationJob) -> None:
        self.job = job
        self.buffer = ChunkBuffer()
        self.ended = concurrency.Event()
        self.stream: ProviderStream | None = None
        self.seq = 0
        self.bytes = 0
        self.started_at = time.monotonic()
        #: Seconds from the start until the provider request, the first token, and the first text after reasoning.
        self.queued: float | None = None
        self.first_token: float | None = None
        self.first_text: float | None = None
        self._has_reasoning = False
        #: The bytes for which the reserve is enough.
        self.covered = job.reserved.covers if job.reserved and not job.cached else math.inf

    def timings(self) -> dict[str, int | None]:
        """Return the timings of the message, in milliseconds."""
        first_text = {"first_text_ms": _milliseconds(self.first_text)} if self.first_text is not None else {}
        return {
            "queued_ms": _milliseconds(self.queued),
            "first_token_ms": _milliseconds(self.first_token),
            **first_text,
            "total_ms": _milliseconds(time.monotonic() - self.started_at),
        }

    def time_first_text(self, kind: str) -> None:
        """Set `first_text` at the first piece of text after reasoning. `kind`: of the next piece."""
        if kind == "reasoning":
            self._has_reasoning = True
        elif self._has_reasoning and self.first_text is None:
            self.first_text = time.monotonic() - self.started_at


class Runner:
    """All generations of this process."""

    def __init__(
        self,
        settings: Settings,
        token_log: TokenLog,
        registry: ProviderRegistry,
        budgets: Budgets,
        title_writer: TitleWriter,
    ) -> None:
        self._settings = settings
        self._log = token_log
        self._registry = registry
        self._budgets = budgets
        self._title_writer = title_writer
        self._streams = SharedStreams()
        self._running: dict[str, RunningGeneration] = {}

    def start(self, effects: Effects) -> None:
        """Emit the facts of a stored command, and run its generation."""
        job = effects.job
        running = self._running[job.generation_id] = RunningGeneration(job)
        if job.shared_key:
            # Before anything yields: the same prompt must find either the cached answer or this stream.
            self._join(running)
        metrics.running.set(len(self._running))
        try:
            for fact in effects.facts:
                broadcasts.fact(fact)
            if effects.is_new_conversation:
                broadcasts.conversation_added(job.owner, effects.conversation)
            else:
                broadcasts.conversation_changed(job.owner, effects.conversation)
        finally:
            concurrency.spawn(self._run, running)  # a stored generation runs, even if an emit failed

    def stop(self, owner: str, generation_id: str) -> str:
        """Stop a generation, in whichever worker it runs. Returns its final status, once that is stored.

        Raises NotFound, and Unavailable if it has not ended within STOP_SECONDS.
        """
        status = generations.status(owner, generation_id)
        if status != "running":
            return status
        if running := self._running.get(generation_id):
            self._abort(running, Stopped())
            running.ended.wait(STOP_SECONDS)
        else:
            generations.request_stop(generation_id)
            concurrency.wait_until(lambda: generations.status(owner, generation_id) != "running", STOP_SECONDS)
        status = generations.status(owner, generation_id)
        if status == "running":
            raise Unavailable("The answer could not be stopped yet. Try again in a moment.", retry_after=1)
        return status

    def stop_local(self, generation_ids: list[str]) -> None:
        """Stop those of the generations that run in this process, without waiting for their end."""
        for generation_id in generation_ids:
            if running := self._running.get(generation_id):
                self._abort(running, Stopped())

    def drain(self, seconds: float, tick: Callable[[], None], has_successor: Callable[[], bool]) -> None:
        """Wait `seconds` for the running generations, then interrupt them; their text is kept.

        The time only counts while no successor serves (`has_successor`). `tick` is called every 50 ms.
        """
        deadline = time.monotonic() + seconds
        while self._running:
            if has_successor():
                deadline = time.monotonic() + seconds
            elif time.monotonic() >= deadline:
                break
            tick()
            concurrency.sleep(0.05)
        remaining = list(self._running.values())
        for running in remaining:
            self._abort(running, Interrupted())
        for running in remaining:
            tick()
            running.ended.wait(STOP_SECONDS)

    def is_running(self, generation_id: str) -> bool:
        """Tell whether a generation runs in this process."""
        return generation_id in self._running

    def conversation_ids(self) -> set[str]:
        """Return the ids of the conversations that have a generation running in this process."""
        return {running.job.conversation_id for running in self._running.values()}

    def _run(self, running: RunningGeneration) -> None:
        """Stream one answer: provider -> buffer -> token log -> room -> message."""
        outcome = Outcome("complete")
        try:
            if running.stream is None:
                self._join(running)
            for kind, text in self._pieces(running):
                self._append(running, kind, text)
        except Stopped:
            outcome = Outcome("stopped")
        except Interrupted:
            outcome = Outcome("interrupted", error=RESTARTED.payload())
        except ProviderError as error:
            outcome = Outcome("failed", error=error.payload())
            if error.code in DOWN:
                with contextlib.suppress(ProviderError):  # no provider has such a model
                    self._registry.invalidate(running.job.model)
        except Exception:
            log.exception("An answer failed")
            outcome = Outcome("failed", error=FAILED.payload())
        if outcome.status != "complete":
            self._leave(running)
        self._finalize(running, outcome)
        self._leave(running)  # only now, so that the same prompt finds either the stream or the cached answer
        if outcome.status == "complete":
            self._title_writer.start(running.job)

    def _join(self, running: RunningGeneration) -> None:
        """Subscribe to the stream of the answer: a running one of the same prompt, or a new one."""
        running.stream = self._streams.join(running.job.shared_key, running.buffer, lambda: self._open(running))
        if running.job.shared_key:
            running.queued = time.monotonic() - running.started_at

    def _leave(self, running: RunningGeneration) -> None:
        if running.stream:
            self._streams.leave(running.job.shared_key, running.stream, running.buffer)

    def _abort(self, running: RunningGeneration, reason: Exception) -> None:
        """End a generation with Stopped or Interrupted, unless its stream has ended before."""
        if running.buffer.close(reason):
            self._leave(running)

    def _open(self, running: RunningGeneration) -> Iterator[Chunk]:
        """Open the provider's stream, or that of the cached answer. Raises ProviderError."""
        job = running.job
        if job.cached:
            return job.cached.chunks()
        if job.choice is None or job.prompt is None:  # the model was unknown when the job was stored
            job = job.resolve(self._registry.choose(job.model or self._registry.awaited_default()))
        running.queued = time.monotonic() - running.started_at
        return job.stream()

    def _pieces(self, running: RunningGeneration) -> Iterator[tuple[str, str]]:
        """Yield the pieces of each flush: one at the first chunk, then one per flush interval.

        Raises the reason for an early end: Stopped, Interrupted, or ProviderError.
        """
        settings = self._settings
        deadline = running.started_at + settings.answer_seconds
        configured = running.job.choice and running.job.choice.configured
        timeout = configured.first_token_timeout if configured else settings.first_token_timeout
        token_timeout = configured.token_timeout if configured else settings.token_timeout
        while True:
            try:
                pieces = running.buffer.take(max(0.001, min(timeout, deadline - time.monotonic())))
            except TimeoutError:
                raise self._timeout_error(running, deadline, timeout) from None
            if not pieces:
                return
            flushed_at = time.monotonic()
            if running.first_token is None:
                running.first_token = flushed_at - running.started_at
                metrics.first_token_seconds.observe(running.first_token)
            yield from pieces
            timeout = token_timeout
            pause = flushed_at + self._flush_seconds() - time.monotonic()
            if pause > 0 and not running.buffer.is_closed:
                concurrency.sleep(pause)
            if time.monotonic() > deadline:
                raise self._timeout_error(running, deadline, timeout)

    def _flush_seconds(self) -> float:
        """Return the flush interval: longer under load, since fewer, larger entries cost less."""
        return min(self._settings.flush_ms / 1000 * max(1.0, len(self._running) / 100), MAX_FLUSH_SECONDS)

    def _timeout_error(self, running: RunningGeneration, deadline: float, timeout: float) -> ProviderError:
        if time.monotonic() >= deadline:
            n = f"{self._settings.answer_seconds / 60:g}"
            return ProviderError("provider_timeout", "The answer took longer than {n} minutes.", n=n)
        if running.first_token is None:
            return ProviderError("provider_timeout", "The model said nothing for {n} s.", n=f"{timeout:g}")
        return ProviderError("provider_timeout", "The model fell silent for {n} s.", n=f"{timeout:g}")

    def _append(self, running: RunningGeneration, kind: str, text: str) -> None:
        """Commit one entry, then emit it. Raises ProviderError for an answer that is too large."""
        encoded = text.encode()
        job = running.job
        bytes_left = job.max_bytes - running.bytes
        if len(encoded) > bytes_left:
            text = encoded[:bytes_left].decode(errors="ignore")
        if text:
            running.time_first_text(kind)
            running.seq += 1
            running.bytes += len(encoded)
            self._log.append([Entry(job.generation_id, running.seq, kind, text)])
            payload = token_payload(job.generation_id, running.seq, kind, text)
            broadcasts.token(job.conversation_id, payload)
        if len(encoded) > bytes_left:
            n = f"{job.stored_bytes + job.max_bytes:,}"
            raise ProviderError("too_large", "The answer grew beyond {n} bytes and was ended.", n=n)
        if running.bytes > running.covered:
            self._reserve_more(running)

    def _reserve_more(self, running: RunningGeneration) -> None:
        """Reserve more for an answer that has outgrown its reserve. Raises ProviderError."""
        more = more_output(running.job.choice.price if running.job.choice else None)
        try:
            self._budgets.extend(running.job.generation_id, more.amount)
        except Unavailable:  # the database is locked: the next entry tries again
            return
        except (RateLimited, TooLarge) as error:
            raise ProviderError(
                "rate_limited",
                "The answer was ended, since no more may be spent today. What had come is kept.",
                retry_after=error.retry_after,
            ) from None
        running.covered += more.covers

    def _finalize(self, running: RunningGeneration, outcome: Outcome) -> None:
        """Finalize a generation. Retries until its end is stored."""
        usage = running.buffer.usage
        finish_reason = running.buffer.finish_reason if outcome.status == "complete" else None
        outcome = replace(
            outcome,
            finish_reason=finish_reason,
            usage=usage.payload() if usage else None,
            timings=running.timings(),
            spent=self._spent(running),
            is_reserved=self._budgets.keeps_book,
        )
        pause = 0.1
        while True:
            try:
                finalize(running.job.generation_id, outcome, self._log, self._settings.cache_bytes)
                break
            except (OperationalError, Unavailable) as error:  # the disk is full, or the database is locked
                log.warning("The end of an answer could not be written; trying again in %.1f s: %s", pause, error)
            except Exception:
                log.exception("The end of an answer could not be written as it is")
                outcome = Outcome("failed", error=FAILED.payload())
            concurrency.sleep(pause)
            pause = min(pause * 2, 5.0)
        self._running.pop(running.job.generation_id, None)
        metrics.running.set(len(self._running))
        running.ended.set()

    def _spent(self, running: RunningGeneration) -> Amount:
        """Return what a generation has spent: nothing for what cost nothing, or what another one counts."""
        job, stream = running.job, running.stream
        if job.cached or not (job.choice and job.prompt) or stream is None or not stream.pay():
            return Amount()
        usage = running.buffer.usage
        if stream.has_failed and not running.bytes and usage is None:
            return Amount()
        return count_call(self._registry, job.choice, job.prompt, usage, running.bytes)


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
