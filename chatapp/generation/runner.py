"""The runner of generations: starts, streams and stops the answers that this process writes.

One task writes an answer; another one, its provider stream's, reads the model.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from sqlalchemy.exc import OperationalError

from chatapp.chat import generations
from chatapp.chat.generations import Outcome
from chatapp.chat.jobs import Effects, GenerationJob
from chatapp.config import Settings
from chatapp.errors import ProviderError, Unavailable
from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.generation.finalize import finalize
from chatapp.generation.shared_streams import ProviderStream, SharedStreams
from chatapp.generation.title_writer import TitleWriter
from chatapp.protocol.facts import token_payload
from chatapp.providers import Chunk
from chatapp.providers.model_listing import DOWN
from chatapp.providers.registry import ProviderRegistry
from chatapp.realtime import broadcasts
from chatapp.server import concurrency, metrics
from chatapp.storage.token_log import Entry, TokenLog

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
LONGEST_FLUSH_SECONDS = 0.15  # so that a killed server loses at most the last 200 ms
RESTARTED = ProviderError("worker_lost", "The server was restarted while it wrote this answer. What had come is kept.")
FAILED = ProviderError("internal", "The server failed. Its log says why.")


class Stopped(Exception):
    """Somebody stopped the answer."""


class Interrupted(Exception):
    """The server ends, and the answer with it."""


class RunningGeneration:
    """A generation that this process writes."""

    def __init__(self, job: GenerationJob) -> None:
        self.job = job
        self.buffer = ChunkBuffer()
        self.ended = concurrency.Event()
        self.stream: ProviderStream | None = None
        self.seq = 0
        self.bytes = 0
        self.started_at = time.monotonic()
        #: Seconds since the start: until the provider was asked, until the first token, and until the first text where
        #: reasoning came before it.
        self.queued: float | None = None
        self.first_token: float | None = None
        self.first_text: float | None = None
        self._has_reasoning = False

    def timings(self) -> dict[str, int | None]:
        """Return the timings of the message, in milliseconds."""
        first_text = {"first_text_ms": _milliseconds(self.first_text)} if self.first_text is not None else {}
        return {
            "queued_ms": _milliseconds(self.queued),
            "first_token_ms": _milliseconds(self.first_token),
            **first_text,
            "total_ms": _milliseconds(time.monotonic() - self.started_at),
        }

    def note(self, kind: str) -> None:
        """Note when the first text came, if reasoning came before it."""
        if kind == "reasoning":
            self._has_reasoning = True
        elif self._has_reasoning and self.first_text is None:
            self.first_text = time.monotonic() - self.started_at


class Runner:
    """All generations that this process writes."""

    def __init__(
        self, settings: Settings, token_log: TokenLog, registry: ProviderRegistry, title_writer: TitleWriter
    ) -> None:
        self._settings = settings
        self._log = token_log
        self._registry = registry
        self._title_writer = title_writer
        self._streams = SharedStreams()
        self._running: dict[str, RunningGeneration] = {}

    def start(self, effects: Effects) -> None:
        """Tell all tabs of a stored command, and run its generation."""
        job = effects.job
        running = self._running[job.generation_id] = RunningGeneration(job)
        if job.shared_key:
            # At once: nothing may run between the look into the cache and the stream that the same question can join.
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
            concurrency.spawn(self._run, running)  # what is stored is run, even if a broadcast failed

    def stop(self, owner: str, generation_id: str) -> str:
        """Stop an answer, wherever it runs. Returns the status with which it ended, once that is stored."""
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

    def stop_here(self, generation_ids: list[str]) -> None:
        """Stop those of these answers that this process writes, without waiting for their end."""
        for generation_id in generation_ids:
            if running := self._running.get(generation_id):
                self._abort(running, Stopped())

    def drain(self, seconds: float, tick: Callable[[], None], is_succeeded: Callable[[], bool]) -> None:
        """Give the answers that run `seconds`, then interrupt them; their text is kept. Call `tick` all the while.

        While a successor serves (`is_succeeded`) there is no hurry: they may end in their own time.
        """
        deadline = time.monotonic() + seconds
        while self._running:
            if is_succeeded():
                deadline = time.monotonic() + seconds
            elif time.monotonic() >= deadline:
                break
            tick()
            concurrency.sleep(0.05)
        left = list(self._running.values())
        for running in left:
            self._abort(running, Interrupted())
        for running in left:
            tick()
            running.ended.wait(STOP_SECONDS)

    def is_here(self, generation_id: str) -> bool:
        """Tell whether this process writes an answer."""
        return generation_id in self._running

    def conversation_ids(self) -> set[str]:
        """Return the conversations in which this process writes an answer."""
        return {running.job.conversation_id for running in self._running.values()}

    def _run(self, running: RunningGeneration) -> None:
        """Stream one answer: provider -> buffer -> token log -> room -> history."""
        outcome = Outcome("complete")
        try:
            if running.stream is None:
                self._join(running)
            for kind, text in self._flushed(running):
                self._append(running, kind, text)
        except Stopped:
            outcome = Outcome("stopped")
        except Interrupted:
            outcome = Outcome("interrupted", error=RESTARTED.payload())
        except ProviderError as error:
            outcome = Outcome("failed", error=error.payload())
            if error.code in DOWN:
                with contextlib.suppress(ProviderError):  # no provider has such a model
                    self._registry.doubt(running.job.model)
        except Exception:
            log.exception("An answer failed")
            outcome = Outcome("failed", error=FAILED.payload())
        if outcome.status != "complete":
            self._leave(running)
        self._finalize(running, outcome)
        self._leave(running)  # only now: whoever asks the same finds a complete answer in the stream or in the cache
        if outcome.status == "complete":
            self._title_writer.start(running.job)

    def _join(self, running: RunningGeneration) -> None:
        """Subscribe to the stream that brings the answer."""
        running.stream = self._streams.join(running.job.shared_key, running.buffer, lambda: self._open(running))
        if running.job.shared_key:
            running.queued = time.monotonic() - running.started_at

    def _leave(self, running: RunningGeneration) -> None:
        if running.stream:
            self._streams.leave(running.job.shared_key, running.stream, running.buffer)

    def _abort(self, running: RunningGeneration, reason: Exception) -> None:
        """End an answer for this reason, unless it has ended: its stream is closed unless another one shares it."""
        if running.buffer.close(reason):
            self._leave(running)

    def _open(self, running: RunningGeneration) -> Iterator[Chunk]:
        """Open the provider stream for a job. Raises ProviderError."""
        job = running.job
        if job.cached:
            return job.cached.chunks()
        if job.choice is None or job.prompt is None:  # the model was not known when the job was stored
            job = job.resolve(self._registry.choose(job.model or self._registry.awaited_default()))
        running.queued = time.monotonic() - running.started_at
        return job.stream()

    def _flushed(self, running: RunningGeneration) -> Iterator[tuple[str, str]]:
        """Yield what came since the last flush: the first token at once, then one flush per interval."""
        settings = self._settings
        deadline = running.started_at + settings.answer_seconds
        configured = running.job.choice and running.job.choice.configured
        timeout = configured.first_token_timeout if configured else settings.first_token_timeout
        token_timeout = configured.token_timeout if configured else settings.token_timeout
        while True:
            try:
                pieces = running.buffer.take(max(0.001, min(timeout, deadline - time.monotonic())))
            except TimeoutError:
                raise self._timed_out(running, deadline, timeout) from None
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
                raise self._timed_out(running, deadline, timeout)

    def _flush_seconds(self) -> float:
        """Return the flush interval: longer under load, where fewer and larger entries cost less."""
        return min(self._settings.flush_ms / 1000 * max(1.0, len(self._running) / 100), LONGEST_FLUSH_SECONDS)

    def _timed_out(self, running: RunningGeneration, deadline: float, timeout: float) -> ProviderError:
        if time.monotonic() >= deadline:
            n = f"{self._settings.answer_seconds / 60:g}"
            return ProviderError("provider_timeout", "The answer took longer than {n} minutes.", n=n)
        if running.first_token is None:
            return ProviderError("provider_timeout", "The model said nothing for {n} s.", n=f"{timeout:g}")
        return ProviderError("provider_timeout", "The model fell silent for {n} s.", n=f"{timeout:g}")

    def _append(self, running: RunningGeneration, kind: str, text: str) -> None:
        """Log one entry, then show it: what a tab saw is never lost."""
        encoded = text.encode()
        room = self._settings.answer_bytes - running.bytes
        if len(encoded) > room:
            text = encoded[:room].decode(errors="ignore")
        if text:
            running.note(kind)
            running.seq += 1
            running.bytes += len(encoded)
            job = running.job
            self._log.append([Entry(job.generation_id, running.seq, kind, text)])
            payload = token_payload(job.generation_id, running.seq, kind, text)
            broadcasts.token(job.conversation_id, payload)
        if len(encoded) > room:
            n = f"{self._settings.answer_bytes:,}"
            raise ProviderError("too_large", "The answer grew beyond {n} bytes and was ended.", n=n)

    def _finalize(self, running: RunningGeneration, outcome: Outcome) -> None:
        """Store the end of an answer. Tries until it can be stored."""
        usage = running.buffer.usage
        finish_reason = running.buffer.finish_reason if outcome.status == "complete" else None
        outcome = replace(
            outcome, finish_reason=finish_reason, usage=asdict(usage) if usage else None, timings=running.timings()
        )
        pause = 0.1
        while True:
            try:
                finalize(running.job.generation_id, outcome, self._log, self._settings.cache_bytes)
                break
            except OperationalError:
                # The disk may be full: the answer waits until its end can be written.
                log.exception("The end of an answer could not be written; trying again in %.1f s", pause)
            except Exception:
                log.exception("The end of an answer could not be written as it is")
                outcome = Outcome("failed", error=FAILED.payload())
            concurrency.sleep(pause)
            pause = min(pause * 2, 5.0)
        self._running.pop(running.job.generation_id, None)
        metrics.running.set(len(self._running))
        running.ended.set()


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
