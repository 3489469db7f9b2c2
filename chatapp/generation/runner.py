"""Generations: start, run, stop. One background task streams one answer; another one, a call's, reads its model."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from sqlalchemy.exc import OperationalError

from chatapp.chat import generations, messages
from chatapp.chat.generations import Ending
from chatapp.chat.send import Order, Turn
from chatapp.config import Settings
from chatapp.errors import ProviderError, Unavailable
from chatapp.generation.chunk_buffer import Mailbox
from chatapp.generation.shared_streams import Call, Calls
from chatapp.protocol.facts import token_payload
from chatapp.providers import Chunk
from chatapp.providers.model_listing import DOWN
from chatapp.providers.registry import Catalogue
from chatapp.realtime import broadcasts
from chatapp.server import concurrency, metrics
from chatapp.server.instance import Instance
from chatapp.storage.token_log import Entry, TokenLog

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
LONGEST_FLUSH_SECONDS = 0.15  # of what came, a killed server may lose the last 200 ms
RESTARTED = ProviderError("worker_lost", "The server was restarted while it wrote this answer. What had come is kept.")
FAILED = ProviderError("internal", "The server failed. Its log says why.")
LOST = ProviderError("worker_lost", "The server was lost while it wrote this answer. What had come is kept.")


class Stopped(Exception):
    """Somebody ended the answer."""


class Interrupted(Exception):
    """The server ends, and the answer with it."""


class Answer:
    """A generation that runs in this process."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.mailbox = Mailbox()
        self.ended = concurrency.Event()
        self.call: Call | None = None
        self.seq = 0
        self.bytes = 0
        self.asked_at = time.monotonic()
        self.queued: float | None = None
        self.first_token: float | None = None
        #: When the answer itself began, where the model thought before.
        self.first_text: float | None = None
        self._thinks = False

    def timings(self) -> dict[str, int | None]:
        total = time.monotonic() - self.asked_at
        thought = {"first_text_ms": _milliseconds(self.first_text)} if self.first_text is not None else {}
        return {
            "queued_ms": _milliseconds(self.queued),
            "first_token_ms": _milliseconds(self.first_token),
            **thought,
            "total_ms": _milliseconds(total),
        }

    def heard(self, kind: str) -> None:
        """Note when the first text came, if reasoning came before it."""
        if kind == "reasoning":
            self._thinks = True
        elif self._thinks and self.first_text is None:
            self.first_text = time.monotonic() - self.asked_at


class Generations:
    """All answers that this process is writing."""

    def __init__(self, settings: Settings, instance: Instance, token_log: TokenLog, catalogue: Catalogue) -> None:
        self._settings = settings
        self._instance = instance
        self._log = token_log
        self._catalogue = catalogue
        self._calls = Calls()
        self._answers: dict[str, Answer] = {}
        self.is_draining = False
        self.completed: Callable[[Order], None] = lambda _order: None

    def check_open(self) -> None:
        """Raise Unavailable while the server is stopping."""
        if self.is_draining:
            raise Unavailable("The server is restarting. Try again in a moment.", retry_after=1)

    def begin(self, turn: Turn) -> None:
        """Tell all tabs of a turn, and run its generation. Nothing for a repeated one."""
        if turn.deed is None:
            return
        order = turn.deed.order
        answer = self._answers[order.generation_id] = Answer(order)
        if order.shared_key:
            # Before anything else may happen: between the cache that did not know it and the call that now answers
            # it, the same question would slip through.
            self._join(answer)
        metrics.running.set(len(self._answers))
        try:
            for fact in turn.deed.facts:
                broadcasts.fact(fact)
            if turn.deed.is_new_conversation:
                broadcasts.conversation_added(order.owner, turn.deed.conversation)
            else:
                broadcasts.conversation_changed(order.owner, turn.deed.conversation)
        finally:
            concurrency.spawn(self._run, answer)  # what is stored is run, even if a broadcast failed

    def stop(self, owner: str, generation_id: str) -> str:
        """End an answer, wherever it runs. Returns the status that won, once its end is logged."""
        status = generations.status(owner, generation_id)
        if status != "running":
            return status
        answer = self._answers.get(generation_id)
        if answer:
            self._end(answer, Stopped())
            answer.ended.wait(STOP_SECONDS)
        else:
            generations.request_stop(generation_id)
            concurrency.wait_until(lambda: generations.status(owner, generation_id) != "running", STOP_SECONDS)
        status = generations.status(owner, generation_id)
        if status == "running":
            raise Unavailable("The answer could not be stopped yet. Try again in a moment.", retry_after=1)
        return status

    def stop_here(self, generation_ids: list[str]) -> None:
        """End answers of this process that another one was asked to stop."""
        for generation_id in generation_ids:
            if answer := self._answers.get(generation_id):
                self._end(answer, Stopped())

    def drain(self, seconds: float, tick: Callable[[], None], is_succeeded: Callable[[], bool]) -> None:
        """Take no more questions, give the answers that run `seconds`, then interrupt them, their text kept.

        While a successor serves (`is_succeeded`), nothing presses: they may end in their own time.
        """
        self.is_draining = True
        deadline = time.monotonic() + seconds
        while self._answers:
            if is_succeeded():
                deadline = time.monotonic() + seconds
            elif time.monotonic() >= deadline:
                break
            tick()
            concurrency.sleep(0.05)
        answers = list(self._answers.values())
        for answer in answers:
            self._end(answer, Interrupted())
        for answer in answers:
            tick()
            answer.ended.wait(STOP_SECONDS)

    def is_here(self, generation_id: str) -> bool:
        """Tell whether an answer runs in this process."""
        return generation_id in self._answers

    def conversation_ids(self) -> set[str]:
        """Return the conversations in which an answer runs here."""
        return {answer.order.conversation_id for answer in self._answers.values()}

    def _run(self, answer: Answer) -> None:
        """Stream one answer: provider -> mailbox -> token log -> room -> history."""
        ending = Ending("complete")
        try:
            if answer.call is None:
                self._join(answer)
            for kind, text in self._flushed(answer):
                self._append(answer, kind, text)
        except Stopped:
            ending = Ending("stopped")
        except Interrupted:
            ending = Ending("interrupted", error=RESTARTED.payload())
        except ProviderError as error:
            ending = Ending("failed", error=error.payload())
            if error.code in DOWN:
                with contextlib.suppress(ProviderError):  # no provider has such a model
                    self._catalogue.doubt(answer.order.model)
        except Exception:
            log.exception("An answer failed")
            ending = Ending("failed", error=FAILED.payload())
        if ending.status != "complete":
            self._leave(answer)
        self._finish(answer, ending)
        self._leave(answer)  # not before a complete answer is in the cache: who asks again finds one of the two
        if ending.status == "complete" and not (answer.order.cached and answer.order.cached.title):
            self.completed(answer.order)

    def _join(self, answer: Answer) -> None:
        """Let the call bring the answer, and give it the patience of its provider."""
        answer.call = self._calls.join(answer.order.shared_key, answer.mailbox, lambda: self._opened(answer))
        if answer.order.shared_key:
            answer.queued = time.monotonic() - answer.asked_at

    def _leave(self, answer: Answer) -> None:
        if answer.call:
            self._calls.leave(answer.order.shared_key, answer.call, answer.mailbox)

    def _end(self, answer: Answer, reason: Exception) -> None:
        """End an answer for this reason, unless it has ended: its connection is closed unless another shares it."""
        if answer.mailbox.close(reason):
            self._leave(answer)

    def _opened(self, answer: Answer) -> Iterator[Chunk]:
        """Ask what was ordered. Raises ProviderError."""
        order = answer.order
        if order.cached:
            return order.cached.chunks()
        asked, partial = (order.asked, "") if order.asked else messages.question(order.message_id)
        choice = self._catalogue.choose(order.model or self._catalogue.awaited_default())
        prompt = choice.prompt(asked.messages, asked.system_prompt, order.options, partial)
        answer.queued = time.monotonic() - answer.asked_at
        return choice.source.provider.stream(replace(prompt, conversation_id=order.conversation_id))

    def _flushed(self, answer: Answer) -> Iterator[tuple[str, str]]:
        """Yield what the model said since the last flush: the first at once, then one flush per interval."""
        settings = self._settings
        deadline = answer.asked_at + settings.answer_seconds
        first_token_timeout, token_timeout = self._patience(answer.order)
        timeout = first_token_timeout
        while True:
            try:
                pieces = answer.mailbox.take(max(0.001, min(timeout, deadline - time.monotonic())))
            except TimeoutError:
                raise self._too_slow(answer, deadline, timeout) from None
            if not pieces:
                return
            flushed_at = time.monotonic()
            if answer.first_token is None:
                answer.first_token = flushed_at - answer.asked_at
                metrics.first_token_seconds.observe(answer.first_token)
            yield from pieces
            timeout = token_timeout
            pause = flushed_at + self._flush_seconds() - time.monotonic()
            if pause > 0 and not answer.mailbox.is_closed:
                concurrency.sleep(pause)
            if time.monotonic() > deadline:
                raise self._too_slow(answer, deadline, timeout)

    def _patience(self, order: Order) -> tuple[float, float]:
        """Return for how many seconds the model may be silent: before the first token, and between two."""
        try:
            source = self._catalogue.choose(order.model).source
        except ProviderError:  # the call says so, too
            return self._settings.first_token_timeout, self._settings.token_timeout
        return source.first_token_timeout, source.token_timeout

    def _flush_seconds(self) -> float:
        """Return the flush interval: longer under load, where fewer and larger entries cost less."""
        return min(self._settings.flush_ms / 1000 * max(1.0, len(self._answers) / 100), LONGEST_FLUSH_SECONDS)

    def _too_slow(self, answer: Answer, deadline: float, timeout: float) -> ProviderError:
        if time.monotonic() >= deadline:
            n = f"{self._settings.answer_seconds / 60:g}"
            return ProviderError("provider_timeout", "The answer took longer than {n} minutes.", n=n)
        if answer.first_token is None:
            return ProviderError("provider_timeout", "The model said nothing for {n} s.", n=f"{timeout:g}")
        return ProviderError("provider_timeout", "The model fell silent for {n} s.", n=f"{timeout:g}")

    def _append(self, answer: Answer, kind: str, text: str) -> None:
        """Log one entry, then show it: what a tab saw is never lost."""
        encoded = text.encode()
        room = self._settings.answer_bytes - answer.bytes
        if len(encoded) > room:
            text = encoded[:room].decode(errors="ignore")
        if text:
            answer.heard(kind)
            answer.seq += 1
            answer.bytes += len(encoded)
            order = answer.order
            self._log.append([Entry(order.generation_id, answer.seq, kind, text)])
            payload = token_payload(order.generation_id, answer.seq, kind, text)
            broadcasts.token(order.conversation_id, payload)
        if len(encoded) > room:
            n = f"{self._settings.answer_bytes:,}"
            raise ProviderError("too_large", "The answer grew beyond {n} bytes and was ended.", n=n)

    def _finish(self, answer: Answer, ending: Ending) -> None:
        usage = answer.mailbox.usage
        finish_reason = answer.mailbox.finish_reason if ending.status == "complete" else None
        ending = replace(
            ending, finish_reason=finish_reason, usage=asdict(usage) if usage else None, timings=answer.timings()
        )
        pause = 0.1
        while True:
            try:
                end(answer.order.generation_id, ending, self._log, self._settings.cache_bytes)
                break
            except OperationalError:
                # The disk may be full: the answer waits until its end can be written.
                log.exception("The end of an answer could not be written; trying again in %.1f s", pause)
            except Exception:
                log.exception("The end of an answer could not be written as it is")
                ending = Ending("failed", error=FAILED.payload())
            concurrency.sleep(pause)
            pause = min(pause * 2, 5.0)
        self._answers.pop(answer.order.generation_id, None)
        metrics.running.set(len(self._answers))
        answer.ended.set()


def end(generation_id: str, ending: Ending, token_log: TokenLog, cache_bytes: int = 0) -> None:
    """Store how a generation ended, and tell everybody. Nothing where it had ended already."""
    ended = generations.finish(generation_id, ending, cache_bytes)
    if ended is None:
        return
    metrics.ended.labels(ending.status).inc()
    token_log.announce(generation_id)
    broadcasts.fact(ended.fact)
    if not ended.is_deleted:
        broadcasts.conversation_changed(ended.owner, ended.conversation)


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
