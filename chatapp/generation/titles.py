"""Titles that a model makes of a conversation's first exchange, quietly, in its language."""

import logging
import re
import time
from collections.abc import Iterator

from chatapp.chat import answer_cache, conversations
from chatapp.chat.conversations import Exchange
from chatapp.chat.send import Order
from chatapp.config import Settings
from chatapp.errors import ProviderError
from chatapp.generation.chunk_buffer import Mailbox
from chatapp.generation.shared_streams import Calls
from chatapp.providers import Chunk, Prompt
from chatapp.providers.registry import Catalogue, Choice
from chatapp.realtime import broadcasts
from chatapp.server import concurrency
from chatapp.storage.database import db

log = logging.getLogger(__name__)

#: The demo's models know this sentence, too.
INSTRUCTION = (
    "Write a title for the conversation below: at most six words, in the language of its question. "
    "Answer with the title alone, without quotation marks and without a full stop at its end."
)
READ_CHARACTERS = 1500
ENOUGH_CHARACTERS = 200
SECONDS = 60.0
MOST_CHARACTERS = 50_000
MARKS = "\"'`*#“”‘’«»「」『』 .\t\r"
LABEL = re.compile(r"^(title|제목)\s*[:：]\s*", re.IGNORECASE)
THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)


class _Making:
    """A title that is being made; empty where none comes of it."""

    def __init__(self) -> None:
        self.title = ""
        self.is_done = concurrency.Event()


class Titles:
    """Makes titles beside the answers. What fails here is logged, and the first words of the question stay."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._calls = Calls()
        #: By the keys of cached answers.
        self._making: dict[str, _Making] = {}

    def consider(self, order: Order) -> None:
        """Make a title, if this answer ended a first exchange and nobody has named the conversation."""
        if self._settings.titles:
            concurrency.spawn(self._make, order)

    def _make(self, order: Order) -> None:
        exchange = conversations.first_exchange(order.message_id, order.cached_by)
        title = exchange and (exchange.title or self._made(order.model, exchange))
        if not exchange or not title:
            return
        if conversation := conversations.entitle_stored(order.conversation_id, title):
            broadcasts.conversation_changed(order.owner, conversation)

    def _made(self, model: str, exchange: Exchange) -> str:
        """Make a title, and keep it with the cached answer: whoever wants it meanwhile waits for it."""
        key = exchange.cache_key
        if key is None:
            return self._asked(model, exchange)
        if making := self._making.get(key):
            making.is_done.wait()
            return making.title
        making = self._making[key] = _Making()
        try:
            making.title = self._asked(model, exchange)
            if making.title:
                with db.write() as session:
                    answer_cache.entitle(session, key, making.title)
        finally:
            del self._making[key]
            making.is_done.set()
        return making.title

    def _asked(self, model: str, exchange: Exchange) -> str:
        """Ask for a title. Returns nothing where nobody is to be asked, or none comes."""
        choice = self._choice(model)
        if choice is None:
            return ""
        try:
            return title_of(self._answer(choice, exchange))
        except (ProviderError, TimeoutError) as error:
            log.warning("No title could be made: %s", str(error) or "the model took too long")
            return ""

    def _choice(self, model: str) -> Choice | None:
        """Return who is asked: the model that is set for it, or the conversation's own where it is a listed one.

        A model that somebody typed may be anything, and a function of one's own expects questions of people.
        """
        wanted = self._settings.title_model or model
        if not self._settings.title_model and not self._catalogue.is_listed(wanted):
            return None
        try:
            choice = self._catalogue.choose(wanted)
        except ProviderError:
            return None
        return choice if self._settings.title_model or choice.source.makes_titles else None

    def _answer(self, choice: Choice, exchange: Exchange) -> str:
        """Ask for the title; identical questions at the same time ask once."""
        text = f"{exchange.question[:READ_CHARACTERS]}\n\n---\n\n{exchange.answer[:READ_CHARACTERS]}"
        messages = [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": text}]
        prompt = Prompt(choice.model, messages)
        key = answer_cache.key_of(prompt, provider=choice.source.provider.identity, owner=exchange.owner)
        mailbox = Mailbox()

        def ask() -> Iterator[Chunk]:
            return choice.source.provider.stream(prompt)

        call = self._calls.join(key, mailbox, ask)
        try:
            return _first_line(mailbox, time.monotonic() + SECONDS)
        finally:
            self._calls.leave(key, call, mailbox)


def title_of(line: str) -> str:
    """Return what a model answered as a title: without marks, at most as long as titles are."""
    return conversations.title_from(LABEL.sub("", line.strip(MARKS)).strip(MARKS))


def _first_line(mailbox: Mailbox, deadline: float) -> str:
    """Return the first line of what comes, without what some models think aloud before it. Raises TimeoutError."""
    text = ""
    while pieces := mailbox.take(max(0.001, deadline - time.monotonic())):
        text += "".join(part for kind, part in pieces if kind == "text")
        line = THOUGHT.sub("", text).lstrip()
        if not line.startswith("<think>") and ("\n" in line or len(line) > ENOUGH_CHARACTERS):
            break
        if len(text) > MOST_CHARACTERS or time.monotonic() > deadline:
            raise TimeoutError
    line = THOUGHT.sub("", text).lstrip()
    return "" if line.startswith("<think>") else line.partition("\n")[0]
