"""The runner: starts, streams, stops and finalizes the generations of this process.

Each generation has a task, which waits for its end; the task of its provider stream reads the model's answer, and the
pump moves what has been read to the log and the tabs.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlalchemy.exc import OperationalError

from chatapp.chat import generations
from chatapp.chat.budgets import Budgets
from chatapp.chat.generations import Outcome
from chatapp.chat.jobs import Effects
from chatapp.chat.queued_answers import QueuedAnswers
from chatapp.config import Settings
from chatapp.errors import ProviderError, Unavailable
from chatapp.generation.finalize import finalize
from chatapp.generation.progress import follow
from chatapp.generation.pump import Pump
from chatapp.generation.queue_starter import QueueStarter
from chatapp.generation.running_generation import RunningGeneration
from chatapp.generation.shared_streams import SharedStreams
from chatapp.generation.spending import reserve_more, spent_by
from chatapp.generation.title_writer import TitleWriter
from chatapp.providers import Chunk, Notice
from chatapp.providers.model_listing import DOWN
from chatapp.providers.registry import ProviderRegistry
from chatapp.realtime import broadcasts
from chatapp.server import concurrency, metrics
from chatapp.storage.token_log import TokenLog

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
RESTARTED = ProviderError(
    "worker_lost", "The server was restarted while it wrote this answer. What arrived so far is saved."
)
CUT = Notice("The conversation is longer than what is sent to a model: this one got its newest part only.")
EMPTY = Notice("The answer is empty: nothing was written.")
FAILED = ProviderError("internal", "The server failed. Its log says why.")


class Stopped(Exception):
    """A client stopped the generation."""


class Interrupted(Exception):
    """The server shuts down before the generation's end."""


class Runner:
    """All generations of this process."""

    def __init__(
        self,
        settings: Settings,
        token_log: TokenLog,
        registry: ProviderRegistry,
        budgets: Budgets,
        title_writer: TitleWriter,
        queued: QueuedAnswers,
    ) -> None:
        self._settings = settings
        self._log = token_log
        self._registry = registry
        self._budgets = budgets
        self._title_writer = title_writer
        self._streams = SharedStreams()
        self._pump = Pump(settings, token_log)
        self._running: dict[str, RunningGeneration] = {}
        self._starter = QueueStarter(queued, self._end)

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

    def start_queued(self, generation_id: str) -> None:
        """Start the stored answer to a queued question, once the bounds allow it."""
        self._starter.start(generation_id, self.start)

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
        """Stream one answer: provider -> buffer -> pump -> token log and room -> message."""
        outcome = Outcome("complete")
        try:
            if running.stream is None:
                self._join(running)
            flow = self._pump.open(running)
            try:
                follow(flow, self._settings, lambda one: reserve_more(self._budgets, one))
            finally:
                self._pump.close(flow)
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

    def _finalize(self, running: RunningGeneration, outcome: Outcome) -> None:
        """Finalize a generation. Retries until its end is stored."""
        if running.job.context.is_cut:
            running.buffer.put(CUT)
        if outcome.status == "complete" and not (running.has_text or running.job.stored_bytes):
            running.buffer.put(EMPTY)
        usage = running.buffer.usage
        finish_reason = running.buffer.finish_reason if outcome.status == "complete" else None
        outcome = replace(
            outcome,
            finish_reason=finish_reason,
            answered_by=running.buffer.answered_by,
            notices=tuple(running.buffer.notices),
            usage=usage.payload() if usage else None,
            timings=running.timings(),
            spent=spent_by(self._registry, running),
            is_reserved=self._budgets.keeps_book,
        )
        pause = 0.1
        while True:
            try:
                self._end(running.job.generation_id, outcome)
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

    def _end(self, generation_id: str, outcome: Outcome) -> None:
        """Store and emit an end, and start what it lets go on."""
        if sent := finalize(generation_id, outcome, self._log, self._settings.cache_bytes):
            self.start_queued(sent)
