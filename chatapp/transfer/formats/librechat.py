"""LibreChat's export of one conversation, by default with `messagesTree`. Sources: docs/exchange.md.

A tree has each answer's messages within it, as deep as the conversation is long: `message_list` reads it flat.
"""

from typing import Any

from chatapp.errors import Invalid
from chatapp.transfer.formats.nodes import Node, find_time, make_nodes, read_model
from chatapp.transfer.formats.texts import Piece, as_dict, dicts, first_text, join_piece, note_file, note_tool
from chatapp.transfer.formats.turns import Outline
from chatapp.transfer.labels import Labels


def outline(head: dict[str, Any], place: str, labels: Labels) -> Outline:
    """Return a conversation's outline. The id of the root's parent is a constant, and no message."""
    nodes = make_nodes(
        head.get("messagesTree") or head.get("messages"),
        f"{place}.messages",
        id_of=lambda raw: raw.get("messageId"),
        parent_of=lambda raw, above: raw.get("parentMessageId", above),
        read=lambda raw, where: _read_node(raw, where, labels),
    )
    options = as_dict(head.get("options"))
    return Outline(
        source="librechat",
        nodes=nodes,
        id=head.get("conversationId"),
        title=head.get("title"),
        created_at=min((node.at for node in nodes.values() if node.at is not None), default=None),
        updated_at=max((node.at for node in nodes.values() if node.at is not None), default=None),
        model=read_model(options, "model"),
        system_prompt=first_text(options, "promptPrefix"),
    )


def _read_node(raw: dict[str, Any], place: str, labels: Labels) -> Node:
    if not isinstance(raw.get("isCreatedByUser"), bool):
        raise Invalid("{place}: must be true or false", place=f"{place}.isCreatedByUser")
    role = "user" if raw["isCreatedByUser"] else "assistant"
    node = Node(place, None, role=role, at=find_time(raw, "createdAt", "updatedAt"))
    piece = _read_piece(raw, labels)
    if piece.text.strip() or piece.reasoning.strip():
        node.piece = piece if role == "assistant" else Piece(piece.text)
        if role == "assistant":
            node.model = read_model(raw, "model")
            node.finish_reason = first_text(raw, "finish_reason")[:100] or None
            node.status = "interrupted" if raw.get("error") or raw.get("unfinished") else "complete"
    return node


def _read_piece(raw: dict[str, Any], labels: Labels) -> Piece:
    texts: list[str] = []
    reasoning: list[str] = []
    for part in dicts(raw.get("content")):
        kind = first_text(part, "type")
        if kind in {"text", "error"}:
            texts.append(_value(part.get("text")) or first_text(part, "error"))
        elif kind == "think":
            reasoning.append(_value(part.get("think")))
        elif kind == "tool_call" and isinstance(part.get("tool_call"), dict):
            call = part["tool_call"]
            reasoning.append(note_tool(first_text(call, "name"), first_text(call, "args"), first_text(call, "output")))
        elif "image" in kind:
            texts.append(note_file("", "image/", labels))
    files = [
        note_file(first_text(file, "filename"), first_text(file, "type"), labels) for file in dicts(raw.get("files"))
    ]
    if not any(text.strip() for text in texts):
        texts.append(first_text(raw, "text"))
    return join_piece([*texts, *files], reasoning)


def _value(text: Any) -> str:
    """Return the text of a part, which is a string or an object with the string as its value."""
    return text if isinstance(text, str) else first_text(text, "value") if isinstance(text, dict) else ""
