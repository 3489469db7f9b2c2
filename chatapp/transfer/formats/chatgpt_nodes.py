"""The nodes of a ChatGPT conversation."""

from typing import Any

from chatapp.errors import ChatError, Invalid
from chatapp.transfer.formats.chatgpt_content import list_attachments, read_piece
from chatapp.transfer.formats.nodes import Node, read_model, read_time
from chatapp.transfer.formats.texts import Piece, clean
from chatapp.transfer.json_reader import JsonReader
from chatapp.transfer.labels import Labels

ROLES = frozenset({"user", "assistant", "tool", "function", "system", "developer", "critic"})
UNSEEN = frozenset({"system", "developer", "critic"})


def read_nodes(reader: JsonReader, place: str, labels: Labels, files: dict[str, str]) -> dict[str, Node]:
    """Read a mapping, and drop the unused nine tenths of each node at once. Each node keeps an error of its own."""
    nodes = {}
    for node_id in reader.iter_names():
        raw, where = reader.read_value(), f"{place}.{clean(node_id)[:60]}"
        try:
            nodes[node_id] = _read_node(raw, where, labels, files)
        except ChatError as error:
            nodes[node_id] = Node(where, None, error=error)
    return nodes


def _read_node(raw: Any, place: str, labels: Labels, files: dict[str, str]) -> Node:
    if not isinstance(raw, dict):
        raise Invalid("{place}: must be an object", place=place)
    parent, message = raw.get("parent"), raw.get("message")
    if parent is not None and not isinstance(parent, str):
        raise Invalid("{place}: names no node of the mapping", place=f"{place}.parent")
    if message is None:
        return Node(place, parent)
    node = Node(place, parent, role=_read_role(message, f"{place}.message"))
    node.at = read_time(message, "create_time", f"{place}.message")
    metadata = message.get("metadata")
    if node.role in UNSEEN or (isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation")):
        return node
    piece = read_piece(message, labels, files)
    if node.role == "user":
        piece = Piece("\n\n".join(text for text in (piece.text, list_attachments(message, labels)) if text))
    if piece.text.strip() or piece.reasoning.strip():
        node.piece, node.model = piece, read_model(metadata, "model_slug")
        node.status, node.finish_reason = _read_status(message.get("status"), metadata)
    return node


def _read_role(message: Any, place: str) -> str:
    author = message.get("author") if isinstance(message, dict) else None
    if not isinstance(author, dict):
        raise Invalid("{place}: must be an object", place=f"{place}.author")
    role = author.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise Invalid("{place}: must be user, assistant, tool or system", place=f"{place}.author.role")
    return role


def _read_status(status: Any, metadata: Any) -> tuple[str, str | None]:
    """Return the status and the finish reason of an answer that ends with this message."""
    details = metadata.get("finish_details") if isinstance(metadata, dict) else None
    kind = details.get("type") if isinstance(details, dict) else None
    if status == "in_progress":
        return "interrupted", None
    if kind == "interrupted":
        return "stopped", None
    return "complete", {"stop": "stop", "max_tokens": "length"}.get(kind if isinstance(kind, str) else "")
