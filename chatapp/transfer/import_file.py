"""A file that is imported: which of the known formats it has, and all that it holds."""

from typing import Any

from chatapp.errors import Invalid
from chatapp.transfer.formats import chatgpt, native
from chatapp.transfer.formats.chatgpt_nodes import read_nodes
from chatapp.transfer.incoming import Bounds, Count, IncomingConversation
from chatapp.transfer.json_reader import JsonReader
from chatapp.transfer.labels import Words


def read(data: bytes | bytearray, bounds: Bounds, words: Words) -> list[IncomingConversation]:
    """Return every conversation of a file, or raise Invalid or TooLarge naming the place that is wrong.

    Takes long, and touches nothing of the application: it is for a thread of its own.
    """
    reader, count = JsonReader(data), Count(bounds)
    first = reader.peek()
    if first == "[":
        found = _chatgpt(reader, bounds, words, count)
    elif first == "{":
        found = _object(reader, bounds, words, count)
    else:
        raise Invalid("The file must be JSON: an export of this application, or ChatGPT's conversations.json.")
    reader.end()
    return found


def _object(reader: JsonReader, bounds: Bounds, words: Words, count: Count) -> list[IncomingConversation]:
    """Read an export of this application, or a single conversation of ChatGPT's."""
    head: dict[str, Any] = {}
    found: list[IncomingConversation] | None = None
    for name in reader.names():
        if name == "conversations" and reader.peek() == "[":
            if "version" in head:  # before what another version may have differently
                native.check_head(head)
            found = _native(reader, bounds, count)
        elif name == "mapping" and reader.peek() == "{":
            head[name] = read_nodes(reader, "conversation.mapping", words)
        else:
            head[name] = reader.value()
    if found is None and "mapping" in head:
        conversation = chatgpt.conversation(head, "conversation", words, bounds, count)
        return [conversation] if conversation else []
    native.check_head(head)
    if found is None:
        raise Invalid("{place}: must be a list", place="conversations")
    return found


def _native(reader: JsonReader, bounds: Bounds, count: Count) -> list[IncomingConversation]:
    found = []
    for index in reader.items():
        count.conversation()
        found.append(native.read(reader, f"conversations[{index}]", bounds, count))
    return found


def _chatgpt(reader: JsonReader, bounds: Bounds, words: Words, count: Count) -> list[IncomingConversation]:
    found = []
    for index in reader.items():
        count.conversation()
        conversation = chatgpt.read(reader, f"conversations[{index}]", words, bounds, count)
        if conversation:
            found.append(conversation)
    return found
