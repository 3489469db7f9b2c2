"""The nodes of a ChatGPT conversation: validated, reduced to their content, and linked to their visible parents."""

import math
from dataclasses import dataclass
from typing import Any

from chatapp.errors import Invalid
from chatapp.transfer.formats.chatgpt_content import Piece, clean, list_attachments, read_piece
from chatapp.transfer.formats.native import YEAR_2200
from chatapp.transfer.json_reader import JsonReader
from chatapp.transfer.labels import Labels

ROLES = frozenset({"user", "assistant", "tool", "function", "system", "developer", "critic"})
UNSEEN = frozenset({"system", "developer", "critic"})
MODEL_CHARACTERS = 200


@dataclass(slots=True, eq=False)
class Node:
    """One node. `at`: its time; `piece`: its content, None for a node that ChatGPT does not show.

    `visible_parent`: the nearest visible node above; `is_leaf`: no visible node is below. Both are set by link_visible.
    """

    place: str
    parent_id: str | None
    role: str = ""
    piece: Piece | None = None
    at: float | None = None
    model: str | None = None
    status: str = "complete"
    finish_reason: str | None = None
    visible_parent: "Node | None" = None
    is_leaf: bool = True


def read_nodes(reader: JsonReader, place: str, labels: Labels) -> dict[str, Node]:
    """Read a mapping, and drop the unused nine tenths of each node at once."""
    nodes = {}
    for node_id in reader.iter_names():
        nodes[node_id] = _read_node(reader.read_value(), f"{place}.{clean(node_id)[:60]}", labels)
    for node in nodes.values():
        if node.parent_id is not None and node.parent_id not in nodes:
            raise Invalid("{place}: names no node of the mapping", place=f"{node.place}.parent")
    return nodes


def link_visible(nodes: dict[str, Node], begun: float) -> list[Node]:
    """Link the visible nodes. Return them, each after its parent, at no earlier time. Raises Invalid for a cycle."""
    children: dict[str | None, list[str]] = {}
    for node_id, node in nodes.items():
        children.setdefault(node.parent_id, []).append(node_id)
    seen: list[Node] = []
    waiting: list[tuple[str, Node | None]] = [(root, None) for root in reversed(children.pop(None, []))]
    while waiting:
        node_id, above = waiting.pop()
        node = nodes[node_id]
        if node.piece:
            earliest = begun if above is None or above.at is None else above.at
            node.visible_parent, node.at = above, max(node.at or earliest, earliest)
            if above:
                above.is_leaf = False
            seen.append(node)
            above = node
        waiting += [(child, above) for child in reversed(children.pop(node_id, []))]
    for circle in children.values():
        raise Invalid("{place}: leads round in a circle", place=f"{nodes[circle[0]].place}.parent")
    return seen


def read_time(holder: dict[str, Any], name: str, place: str) -> float | None:
    """Return a time, or None if there is none. Raises Invalid for anything else."""
    value = holder.get(name)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or math.isnan(value) or not 0 <= value < YEAR_2200:
        raise Invalid("{place}: must be a time in seconds since 1970", place=f"{place}.{name}")
    return float(value)


def read_model(holder: Any, name: str) -> str | None:
    slug = holder.get(name) if isinstance(holder, dict) else None
    return clean(slug)[:MODEL_CHARACTERS] if isinstance(slug, str) and slug.strip() else None


def _read_node(raw: Any, place: str, labels: Labels) -> Node:
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
    piece = read_piece(message, labels)
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
