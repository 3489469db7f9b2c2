"""The chunk buffer between a stream's reader and the pump."""

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

from chatapp.errors import ProviderError
from chatapp.providers import Answered, Chunk, Done, Finish, Notice, Reasoning, TextWasReasoning, Usage
from chatapp.server import concurrency
from chatapp.storage.token_log import TEXT_WAS_REASONING

FULL_CHARACTERS = 256 * 1024
ENTRY_CHARACTERS = 16 * 1024
MAX_REASON_CHARACTERS = 100
MAX_MODEL_CHARACTERS = 400
MAX_NOTICES = 10
#: How long the counts of an answer are awaited after its end.
COUNTS_SECONDS = 5.0
MAX_TOKENS = 2**53


class ChunkBuffer:
    """Turns chunks into pieces `(kind, text)`: neighbours of one kind are merged, and surrogate pairs joined.

    The kinds are those of the log's entries.
    """

    def __init__(self) -> None:
        self.usage: Usage | None = None
        self.finish_reason: str | None = None
        self.answered_by: str | None = None
        self.notices: list[dict[str, Any]] = []
        self._pieces: list[tuple[str, list[str]]] = []
        self._characters = 0
        #: All characters so far.
        self.received = 0
        self._high_surrogate = ""
        self._arrival = concurrency.Event()
        self._on_arrival: Callable[[], None] | None = None
        self._closed = False
        #: Only counts are still to come.
        self.has_all_text = False
        #: Why it was closed, unless by the end of the stream.
        self.reason: Exception | None = None

    @property
    def is_full(self) -> bool:
        return self._characters > FULL_CHARACTERS

    @property
    def is_closed(self) -> bool:
        return self._closed

    @property
    def has_pieces(self) -> bool:
        return bool(self._pieces)

    def listen(self, on_arrival: Callable[[], None] | None) -> None:
        """Call a function whenever something has come, and once for what is there already. For users of `pop`."""
        self._on_arrival = on_arrival
        if on_arrival and (self._pieces or self._closed or self.has_all_text):
            on_arrival()

    def put(self, chunk: Chunk) -> None:
        """Add a chunk. Raises ProviderError for anything else."""
        if isinstance(chunk, str):
            self._put_text("reasoning" if isinstance(chunk, Reasoning) else "text", chunk)
        elif isinstance(chunk, Usage):
            self.usage = chunk if all(0 <= count < MAX_TOKENS for count in astuple(chunk)) else None
        elif isinstance(chunk, Finish):
            self.finish_reason = repair(chunk.reason)[:MAX_REASON_CHARACTERS]
            if chunk.is_end:
                self.has_all_text = True
                self._arrived()
        elif isinstance(chunk, TextWasReasoning):
            self._put_mark(TEXT_WAS_REASONING)
        elif isinstance(chunk, Answered):
            self.answered_by = repair(chunk.model)[:MAX_MODEL_CHARACTERS]
        elif isinstance(chunk, Notice):
            self._put_notice(chunk)
        elif isinstance(chunk, Done):
            self.close()
        else:
            raise ProviderError("provider_error", "The provider yielded a {kind}, not text.", kind=type(chunk).__name__)

    def close(self, reason: Exception | None = None) -> bool:
        """Take no more chunks; once empty, `take` raises `reason`. Returns False if the buffer was closed before."""
        if self._closed:
            return False
        self._closed = True
        self.reason = reason
        if self._high_surrogate:
            self._add(self._pieces[-1][0] if self._pieces else "text", "\ufffd")
            self._high_surrogate = ""
        self._arrived()
        return True

    def take(self, timeout: float) -> list[tuple[str, str]]:
        """Return and remove all pieces; wait if there are none. An empty list is the end.

        Raises the reason given to `close`, and TimeoutError after `timeout` seconds without a chunk.
        """
        while not self._pieces and not self._closed:
            if self._arrival.is_set():  # by the end of the text
                self._arrival = concurrency.Event()
            if not self._arrival.wait(min(timeout, COUNTS_SECONDS) if self.has_all_text else timeout):
                if not self.has_all_text:
                    raise TimeoutError
                self.close()
        pieces = self.pop()
        if not self._closed:
            self._arrival = concurrency.Event()
        if not pieces and self.reason:
            raise self.reason
        return pieces

    def pop(self) -> list[tuple[str, str]]:
        """Return and remove all pieces, without waiting."""
        pieces, characters, self._pieces, self._characters = self._pieces, self._characters, [], 0
        if characters <= ENTRY_CHARACTERS:
            return [(kind, "".join(texts)) for kind, texts in pieces]
        return [(kind, part) for kind, texts in pieces for part in _split("".join(texts)) or [""]]

    def _arrived(self) -> None:
        if self._on_arrival:
            self._on_arrival()
        else:
            self._arrival.set()

    def _put_mark(self, kind: str) -> None:
        if not self._closed:
            self._add(kind, "")
            self._arrived()

    def _put_notice(self, notice: Notice) -> None:
        payload = {"text": notice.text, "values": {name: repair(value) for name, value in notice.values.items()}}
        if payload not in self.notices and len(self.notices) < MAX_NOTICES:
            self.notices.append(payload)

    def _put_text(self, kind: str, text: str) -> None:
        if self._closed:
            return
        if self._high_surrogate:
            text, self._high_surrogate = self._high_surrogate + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._high_surrogate = text[:-1], text[-1]
        if text := repair(text):
            self._add(kind, text)
            self._arrived()

    def _add(self, kind: str, text: str) -> None:
        self._characters += len(text)
        self.received += len(text)
        if self._pieces and self._pieces[-1][0] == kind:
            self._pieces[-1][1].append(text)
        else:
            self._pieces.append((kind, [text]))


def repair(text: str) -> str:
    """Join surrogate pairs into characters, and replace what no database can store, lone ones and U+0000, by U+FFFD."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")


def _split(text: str) -> list[str]:
    return [text[start : start + ENTRY_CHARACTERS] for start in range(0, len(text), ENTRY_CHARACTERS)]
