"""Reads an imported file of any known format."""

from typing import Any

from chatapp.errors import Invalid
from chatapp.transfer.formats import chatgpt, native
from chatapp.transfer.formats.chatgpt_nodes import read_nodes
from chatapp.transfer.incoming import Bounds, ImportCount, IncomingConversation
from chatapp.transfer.json_reader import JsonReader
from chatapp.transfer.labels import Labels


def read(data: bytes | bytearray, bounds: Bounds, labels: Labels) -> list[IncomingConversation]:
    """Return all conversations of a file. Raises Invalid or TooLarge, which name the place of the error.

    Slow, and independent of the application's state: call it in a native thread.
    """
    reader, count = JsonReader(data), ImportCount(bounds)
    first = reader.peek()
    if first == "[":
        found = _chatgpt(reader, bounds, labels, count)
    elif first == "{":
        found = _object(reader, bounds, labels, count)
    else:
        raise Invalid("The file must be JSON: an export of this application, or ChatGPT's conversations.json.")
    reader.expect_end()
    return found


def _object(reader: JsonReader, bounds: Bounds, labels: Labels, count: ImportCount) -> list[IncomingConversation]:
    """Read an export of this application, or a single conversation of ChatGPT."""
    head: dict[str, Any] = {}
    found: list[IncomingConversation] | None = None
    for name in reader.iter_names():
        if name == "conversations" and reader.peek() == "[":
            if "version" in head:  # before anything that another version may format differently
                native.check_head(head)
            found = _native(reader, bounds, count)
        elif name == "mapping" and reader.peek() == "{":
            head[name] = read_nodes(reader, "conversation.mapping", labels)
        else:
            head[name] = reader.read_value()
    if found is None and "mapping" in head:
        conversation = chatgpt.build_conversation(head, "conversation", labels, bounds, count)
        return [conversation] if conversation else []
    native.check_head(head)
    if found is None:
        raise Invalid("{place}: must be a list", place="conversations")
    return found


def _native(reader: JsonReader, bounds: Bounds, count: ImportCount) -> list[IncomingConversation]:
    found = []
    for index in reader.iter_items():
        count.add_conversation()
        found.append(native.read_conversation(reader, f"conversations[{index}]", bounds, count))
    return found


def _chatgpt(reader: JsonReader, bounds: Bounds, labels: Labels, count: ImportCount) -> list[IncomingConversation]:
    found = []
    for index in reader.iter_items():
        count.add_conversation()
        conversation = chatgpt.read_conversation(reader, f"conversations[{index}]", labels, bounds, count)
        if conversation:
            found.append(conversation)
    return found
