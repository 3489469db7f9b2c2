"""Keeps the conversations of an import in a file between reading and storing: nothing is stored before all is read."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import orjson

from chatapp.chat.storage_quota import message_size, prompt_size
from chatapp.server import concurrency
from chatapp.transfer.incoming import IncomingConversation, IncomingMessage

#: So many messages are read back in a millisecond.
READ_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Summary:
    """What is decided on before a conversation is stored. `size`: what it counts for in its owner's storage.

    `digest`: equal for the same messages, whatever their ids. `key`: what the conversation is recognized by.
    """

    key: str
    digest: str
    size: int
    messages: int


class Spool:
    """Conversations in a file without a name, until the end of the block."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed by close)
        self.summaries: list[Summary] = []

    @classmethod
    def of(cls, conversations: Iterable[IncomingConversation]) -> Self:
        spool = cls()
        for conversation in conversations:
            spool.add(conversation)
        return spool

    def add(self, conversation: IncomingConversation) -> None:
        messages, conversation.messages = conversation.messages, []
        positions: dict[str | None, int] = {None: -1}
        digest = hashlib.sha256()
        size = prompt_size(conversation.system_prompt)
        self._file.write(orjson.dumps(asdict(conversation)) + b"\n")
        for number, message in enumerate(messages):
            positions[message.id] = number
            size += message_size(message.content, message.reasoning)
            told = [positions[message.parent_id], message.role, message.content, message.reasoning, message.status]
            digest.update(orjson.dumps(told))
            self._file.write(orjson.dumps(message) + b"\n")
        conversation.messages = messages
        text = digest.hexdigest()
        # Without an id of its own a conversation is recognized by what it holds.
        made_of = orjson.dumps([conversation.title, text])
        key = conversation.key or f"content:{hashlib.sha256(made_of).hexdigest()}"
        self.summaries.append(Summary(key, text, size, len(messages)))

    def __iter__(self) -> Iterator[tuple[Summary, IncomingConversation]]:
        """Yield the conversations in the order in which they came. Lets others run within long ones."""
        self._file.seek(0)
        for summary in self.summaries:
            conversation = IncomingConversation(**orjson.loads(self._file.readline()))
            for number in range(summary.messages):
                if number and number % READ_AT_ONCE == 0:
                    concurrency.sleep()
                conversation.messages.append(IncomingMessage(**orjson.loads(self._file.readline())))
            yield summary, conversation

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
