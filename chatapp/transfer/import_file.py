"""Reads the conversations of a JSON file of any known format."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chatapp.errors import ChatError, Invalid
from chatapp.transfer.formats import chat_ui, chatgpt, claude, librechat, native, open_webui
from chatapp.transfer.formats.chatgpt_nodes import read_nodes
from chatapp.transfer.formats.message_list import read_messages
from chatapp.transfer.formats.turns import Outline, build_conversation
from chatapp.transfer.incoming import Bounds, ImportCount, ImportTooLarge, IncomingConversation, Refuse
from chatapp.transfer.json_reader import JsonReader
from chatapp.transfer.labels import Labels


def _raise(_title: Any, error: ChatError) -> None:
    raise error


@dataclass
class ImportContext:
    """What the files of one import share. `refuse`: gets what is not taken; raises unless something else is given.

    `files`: names of files by their ids; `moved`: told the position in the file every 16 KiB. `is_partial`: whether an
    error in what this application has written costs only its conversation.
    """

    bounds: Bounds
    labels: Labels
    refuse: Refuse = _raise
    files: dict[str, str] = field(default_factory=dict)
    moved: Callable[[int], object] = lambda _at: None
    is_partial: bool = True
    count: ImportCount = field(init=False)

    def __post_init__(self) -> None:
        self.count = ImportCount(self.bounds)


def read(data: Any, context: ImportContext) -> Iterator[IncomingConversation]:
    """Yield the conversations of a file (bytes, or mapped). Raises Invalid or TooLarge, which name the place.

    Slow, and independent of the application's state: call it in a native thread.
    """
    reader = JsonReader(data, context.moved)
    first = reader.peek()
    if first == "[":
        yield from _list(reader, context)
    elif first == "{":
        yield from _object(reader, context)
    else:
        raise Invalid("The file must be JSON or a zip: an export of this application, or of another chat.")
    reader.expect_end()


def _list(reader: JsonReader, context: ImportContext) -> Iterator[IncomingConversation]:
    for index in reader.iter_items():
        place = f"conversations[{index}]"
        reader.restart_count()
        context.count.add_conversation()
        if reader.peek() != "{":
            reader.read_value()
            context.refuse(None, Invalid("{place}: must be an object", place=place))
            continue
        head = {name: _read_field(reader, name, place, context) for name in reader.iter_names()}
        yield from _build(head, place, context)


def _object(reader: JsonReader, context: ImportContext) -> Iterator[IncomingConversation]:
    """Read an export of this application, or a single conversation of another one."""
    head: dict[str, Any] = {}
    is_native = False
    for name in reader.iter_names():
        if name == "conversations" and reader.peek() == "[":
            is_native = True
            if "version" in head:  # before anything that another version may format differently
                native.check_head(head)
            yield from _native(reader, context)
        else:
            head[name] = _read_field(reader, name, "conversation", context)
    if is_native:
        native.check_head(head)
    elif _outline_of(head):
        context.count.add_conversation()
        yield from _build(head, "conversation", context)
    elif isinstance(head.get("data_files", head.get("files")), list):
        raise Invalid(
            "This file has only the links to Claude's export. Open the link of the conversations in it, and import "
            "the zip that comes."
        )
    else:
        native.check_head(head)
        raise Invalid("{place}: must be a list", place="conversations")


def _native(reader: JsonReader, context: ImportContext) -> Iterator[IncomingConversation]:
    refuse = context.refuse if context.is_partial else _raise
    for index in reader.iter_items():
        reader.restart_count()
        context.count.add_conversation()
        place = f"conversations[{index}]"
        conversation = native.read_conversation(reader, place, context.bounds, context.count, refuse)
        if conversation:
            yield conversation


def _read_field(reader: JsonReader, name: str, place: str, context: ImportContext) -> Any:
    if name == "mapping" and reader.peek() == "{":
        return read_nodes(reader, f"{place}.mapping", context.labels, context.files)
    if name in {"messages", "messagesTree"} and reader.peek() == "[":
        return read_messages(reader)
    return reader.read_value()


def _build(head: dict[str, Any], place: str, context: ImportContext) -> Iterator[IncomingConversation]:
    outline_of = _outline_of(head) or _unknown
    try:
        outline = outline_of(head, place, context.labels)
        conversation = build_conversation(outline, context.labels, context.bounds, context.count)
    except ImportTooLarge:
        raise
    except ChatError as error:
        context.refuse(head.get("title") or head.get("name"), error)
    else:
        if conversation:
            yield conversation


def _outline_of(head: dict[str, Any]) -> Callable[[dict[str, Any], str, Labels], Outline] | None:
    """Return the function that reads a conversation of this shape; None for an unknown one."""
    if "mapping" in head:
        return lambda head, place, _labels: chatgpt.outline(head, place)
    if isinstance(head.get("chat_messages"), list):
        return claude.outline
    if open_webui.is_chat(head):
        return open_webui.outline
    if "conversationId" in head and (head.get("messagesTree") or "messages" in head):
        return librechat.outline
    if chat_ui.is_conversation(head):
        return lambda head, place, _labels: chat_ui.outline(head, place)
    return None


def _unknown(head: dict[str, Any], place: str, _labels: Labels) -> Outline:
    if "title" in head:
        return chatgpt.outline(head, place)  # names what is missing
    raise Invalid(
        "There are no conversations in this file. In an export of ChatGPT or Claude they are in conversations.json, or "
        "in conversations-000.json and so on."
    )


def read_names(data: Any) -> Any:
    """Return the content of a small JSON file beside the conversations; None if it cannot be read."""
    try:
        return json.loads(bytes(data))
    except (ValueError, RecursionError):
        return None
