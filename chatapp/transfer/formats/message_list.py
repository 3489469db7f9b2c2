"""Reads a list of messages in which each may hold the messages below it.

LibreChat's tree is as deep as its conversation is long, so it is read without recursion, and returned flat.
"""

from collections.abc import Iterator
from typing import Any

from chatapp.transfer.incoming import MESSAGES, ImportTooLarge
from chatapp.transfer.json_reader import JsonReader

BELOW = "children"


def read_messages(reader: JsonReader) -> list[Any]:
    """Return all messages, parents before children. A nested one without `parentMessageId` gets it."""
    found: list[Any] = []
    #: For each open list: its items, the names of its open message, and that message.
    open_lists: list[tuple[Iterator[int], Iterator[str] | None, dict[str, Any]]] = [(reader.iter_items(), None, {})]
    while open_lists:
        items, names, message = open_lists.pop()
        if names is None:
            if next(items, None) is None:
                continue
            if len(found) >= MESSAGES:
                raise ImportTooLarge("The file contains more than {n} messages.", n=f"{MESSAGES:,}")
            if reader.peek() != "{":
                value = reader.read_value()
                found += [] if open_lists else [value]  # chat-ui's children are only ids
                open_lists.append((items, None, {}))
                continue
            names, message = reader.iter_names(), {}
            found.append(message)
            if open_lists and "messageId" in open_lists[-1][2]:
                message["parentMessageId"] = open_lists[-1][2]["messageId"]
        for name in names:
            if name == BELOW and reader.peek() == "[":
                open_lists += [(items, names, message), (reader.iter_items(), None, {})]
                break
            message[name] = reader.read_value()
        else:
            open_lists.append((items, None, {}))
    return found
