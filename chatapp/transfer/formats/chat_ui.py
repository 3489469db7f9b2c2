"""Hugging Face chat-ui's export: `conversations.json` in a zip, for administrators. Sources: docs/exchange.md.

It lists a conversation's files with each of its messages, so they are left out.
"""

from typing import Any

from chatapp.errors import Invalid
from chatapp.transfer.formats.nodes import Node, find_time, make_nodes, read_model
from chatapp.transfer.formats.texts import Piece, first_text, join_piece, split_thoughts
from chatapp.transfer.formats.turns import Outline

ROLES = {"user": "user", "assistant": "assistant", "system": ""}


def is_conversation(head: dict[str, Any]) -> bool:
    messages = head.get("messages")
    return isinstance(messages, list) and any(isinstance(one, dict) and "from" in one for one in messages)


def outline(head: dict[str, Any], place: str) -> Outline:
    """Return a conversation's outline. Messages of before trees have no ancestors and follow one another."""
    return Outline(
        source="chat-ui",
        nodes=make_nodes(
            head["messages"],
            f"{place}.messages",
            id_of=lambda raw: raw.get("id"),
            parent_of=_find_parent,
            read=_read_node,
        ),
        id=head.get("_id") or head.get("id"),
        title=head.get("title"),
        created_at=find_time(head, "createdAt"),
        updated_at=find_time(head, "updatedAt"),
        model=read_model(head, "model"),
        system_prompt=first_text(head, "preprompt"),
    )


def _find_parent(raw: dict[str, Any], above: str | None) -> Any:
    ancestors = raw.get("ancestors")
    return above if not isinstance(ancestors, list) else ancestors[-1] if ancestors else None


def _read_node(raw: dict[str, Any], place: str) -> Node:
    role = ROLES.get(raw["from"]) if isinstance(raw.get("from"), str) else None
    if role is None:
        raise Invalid("{place}: must be user, assistant, tool or system", place=f"{place}.from")
    node = Node(place, None, role=role, at=find_time(raw, "createdAt", "updatedAt"))
    text = first_text(raw, "content")
    piece = split_thoughts(text) if role == "assistant" else Piece(text)
    if role and (piece.text.strip() or piece.reasoning.strip()):
        node.piece = join_piece([piece.text], [first_text(raw, "reasoning"), piece.reasoning])
        node.status = "interrupted" if raw.get("interrupted") is True else "complete"
    return node
