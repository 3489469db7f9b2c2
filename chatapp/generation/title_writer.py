"""Titles by a model, from a conversation's first exchange and in its language."""

import logging
import time
from dataclasses import replace

from chatapp.chat import answer_cache, sessions, titles
from chatapp.chat.budgets import Budgets
from chatapp.chat.jobs import GenerationJob
from chatapp.chat.titles import FirstExchange
from chatapp.config import Settings
from chatapp.errors import ChatError, ProviderError, Unavailable
from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.generation.shared_streams import ProviderStream, SharedStreams
from chatapp.generation.spending import count_call
from chatapp.generation.title_line import TitleLine
from chatapp.generation.title_text import INSTRUCTION, clean_title, title_in
from chatapp.providers import Prompt
from chatapp.providers.configured_provider import ModelChoice
from chatapp.providers.prices import Amount, estimate
from chatapp.providers.registry import ProviderRegistry
from chatapp.realtime import broadcasts
from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.token_log import TEXT_WAS_REASONING

log = logging.getLogger(__name__)

__all__ = ["INSTRUCTION", "TitleWriter", "clean_title"]

EXCERPT_CHARACTERS = 1500
TIMEOUT_SECONDS = 20.0
#: Of an answer that is read to its end.
WHOLE_CHARACTERS = 20_000
#: Of a title's characters on average, to estimate its tokens.
CHARACTER_BYTES = 2


class _Attempt:
    """A title that is being requested; empty if the request fails."""

    def __init__(self) -> None:
        self.title = ""
        self.done = concurrency.Event()


class TitleWriter:
    """Requests titles in the background. A failure is logged; the first words of the question stay the title."""

    def __init__(self, settings: Settings, registry: ProviderRegistry, budgets: Budgets) -> None:
        self._settings = settings
        self._registry = registry
        self._budgets = budgets
        self._streams = SharedStreams()
        #: By cache key of the answer.
        self._attempts: dict[str, _Attempt] = {}

    def start(self, job: GenerationJob) -> None:
        """Request a title in the background, if the complete answer ends a first exchange and no title is set yet."""
        if self._settings.titles and not (job.cached and job.cached.title):
            concurrency.spawn(self._write, job)

    def _write(self, job: GenerationJob) -> None:
        exchange = titles.first_exchange(job.message_id, job.cached_key)
        if exchange is None:
            return
        try:
            title = exchange.title or self._request_once(job, exchange)
            conversation = titles.store_model_title(job.conversation_id, title) if title else None
        except Unavailable as error:
            log.warning("A title could not be stored: %s", error)
            return
        if conversation:
            owner = sessions.current_owner(job.owner)  # which may have been merged meanwhile
            broadcasts.conversation_changed(owner, conversation)

    def _request_once(self, job: GenerationJob, exchange: FirstExchange) -> str:
        """Request a title and store it with the cached answer; if one is being requested, wait for it."""
        key = exchange.cache_key
        if key is None:
            return self._request(job, exchange)
        if attempt := self._attempts.get(key):
            attempt.done.wait()
            return attempt.title
        attempt = self._attempts[key] = _Attempt()
        try:
            attempt.title = self._request(job, exchange)
            if attempt.title:
                with db.write() as session:
                    answer_cache.store_title(session, key, attempt.title)
        finally:
            del self._attempts[key]
            attempt.done.set()
        return attempt.title

    def _request(self, job: GenerationJob, exchange: FirstExchange) -> str:
        """Ask a model for a title. Returns an empty one if no model may be asked, or the request fails."""
        choice = self._choose(job.model)
        if choice is None:
            return ""
        prompt = _prompt(choice, exchange)
        spender = replace(job.spender, model=choice.id)
        try:
            with self._budgets.reserved(spender, estimate(prompt, choice.price).amount) as spent:
                return self._read_title(choice, prompt, exchange, spent)
        except ChatError:  # nothing may be spent on it: the words of the question will do
            return ""
        except (ProviderError, TimeoutError) as error:
            log.warning("No title could be made: %s", str(error) or "the model took too long")
            return ""

    def _choose(self, model: str) -> ModelChoice | None:
        """Return the model for titles: the configured one, or the conversation's own if it is listed.

        Not a model that a user has typed, which may be anything, nor a function, which expects users' questions.
        """
        wanted = self._settings.title_model or model
        if not self._settings.title_model and not self._registry.is_listed(wanted):
            return None
        try:
            choice = self._registry.choose(wanted, by_operator=bool(self._settings.title_model))
        except ProviderError:
            return None
        return choice if self._settings.title_model or choice.configured.makes_titles else None

    def _read_title(self, choice: ModelChoice, prompt: Prompt, exchange: FirstExchange, spent: list[Amount]) -> str:
        """Return the title in the model's answer. The same exchanges at the same time share a stream."""
        provider = choice.configured.provider
        key = answer_cache.key_of(prompt, provider=provider.identity, owner=exchange.owner)
        buffer = ChunkBuffer()
        stream = self._streams.join(key, buffer, lambda: choice.configured.stream(prompt))
        try:
            return _first_title(buffer, time.monotonic() + TIMEOUT_SECONDS, is_whole=exchange.has_thought)
        finally:
            self._streams.leave(key, stream, buffer)
            spent.append(self._count(choice, prompt, stream, buffer))

    def _count(self, choice: ModelChoice, prompt: Prompt, stream: ProviderStream, buffer: ChunkBuffer) -> Amount:
        """Return what a title has spent; nothing if another one counts it, or the model was not reached."""
        came = buffer.received * CHARACTER_BYTES
        if not stream.pay() or (stream.has_failed and not came):
            return Amount()
        return count_call(self._registry, choice, prompt, buffer.usage, came)


def _prompt(choice: ModelChoice, exchange: FirstExchange) -> Prompt:
    text = f"{exchange.question[:EXCERPT_CHARACTERS]}\n\n---\n\n{exchange.answer[:EXCERPT_CHARACTERS]}"
    return choice.bare_prompt([{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": text}])


def _first_title(buffer: ChunkBuffer, deadline: float, *, is_whole: bool) -> str:
    """Return the title in the first line that may have one; empty if there is none. Raises TimeoutError.

    `is_whole`: the answer is read to its end first, since a thought may only be known for one by then.
    """
    line, held, characters = TitleLine(), list[str](), 0
    while pieces := buffer.take(max(0.001, deadline - time.monotonic())):
        for kind, part in pieces:
            if kind == TEXT_WAS_REASONING:
                line, held = TitleLine(), []
            elif kind == "text" and is_whole:
                held.append(part)
                characters += len(part)
            elif kind == "text":
                line.add(part)
        line, title = _title_of(line)
        if title is not None:
            return title
        if line.is_too_long or characters > WHOLE_CHARACTERS or time.monotonic() > deadline:
            raise TimeoutError
    line.add("".join(held))
    line, title = _title_of(line)
    return (title_in(line.text) or "") if title is None else title


def _title_of(line: TitleLine) -> tuple[TitleLine, str | None]:
    """Return the line that is not complete yet, and the title in those before it; None if there is none so far."""
    while line.is_complete:
        title, following = title_in(line.text), line.following()
        if title is not None or following is None:
            return line, title or ""
        line = following
    return line, None
