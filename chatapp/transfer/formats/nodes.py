"""The messages of another product's conversation: nodes of a tree, reduced to their content."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chatapp.errors import ChatError, Invalid
from chatapp.transfer.formats.texts import Piece, clean

YEAR_2200 = 7_258_118_400
#: Numbers above this are milliseconds: in seconds, they would be later than the year 5000.
MILLISECONDS = 10**11
MODEL_CHARACTERS = 200


@dataclass(slots=True, eq=False)
class Node:
    """One node. `at`: its time; `piece`: its content, None for a node that is not shown.

    `error`: why its conversation cannot be taken. `visible_parent`: the nearest visible node above; `is_leaf`: no
    visible node is below. Both are set by link_visible.
    """

    place: str
    parent_id: str | None
    role: str = ""
    piece: Piece | None = None
    at: float | None = None
    model: str | None = None
    status: str = "complete"
    finish_reason: str | None = None
    error: ChatError | None = None
    visible_parent: "Node | None" = None
    is_leaf: bool = True


def make_nodes(
    messages: Any,
    place: str,
    *,
    id_of: Callable[[dict[str, Any]], Any],
    parent_of: Callable[[dict[str, Any], str | None], Any],
    read: Callable[[dict[str, Any], str], Node],
) -> dict[str, Node]:
    """Make nodes of a list of messages. `parent_of` gets the id of the message before; an unknown parent is none."""
    nodes: dict[str, Node] = {}
    parents: dict[str, Any] = {}
    above: str | None = None
    for index, raw in enumerate(messages if isinstance(messages, list) else []):
        where = f"{place}[{index}]"
        own_id = str(index)
        try:
            if not isinstance(raw, dict):
                raise Invalid("{place}: must be an object", place=where)
            named = id_of(raw)
            own_id = named if isinstance(named, str) and named else own_id
            parents[own_id] = parent_of(raw, above)
            nodes[own_id] = read(raw, where)
        except ChatError as error:
            nodes[own_id] = Node(where, None, error=error)
        above = own_id
    for own_id, parent in parents.items():
        nodes[own_id].parent_id = parent if isinstance(parent, str) and parent in nodes else None
    return nodes


def link_visible(nodes: dict[str, Node], begun: float) -> list[Node]:
    """Link the visible nodes. Return them, each after its parent, at no earlier time. Raises Invalid for a cycle."""
    for node in nodes.values():
        if node.error:
            raise node.error
        if node.parent_id is not None and node.parent_id not in nodes:
            raise Invalid("{place}: names no node of the mapping", place=f"{node.place}.parent")
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


def find_time(holder: dict[str, Any], *names: str) -> float | None:
    """Return the first of these times: ISO 8601, seconds or milliseconds since 1970, or MongoDB's `{"$date"}`."""
    return next((at for name in names if (at := _to_seconds(holder.get(name))) is not None), None)


def _to_seconds(value: Any) -> float | None:
    if isinstance(value, dict):
        value = value.get("$date")
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    seconds = value / 1000 if value > MILLISECONDS else value
    return float(seconds) if 0 <= seconds < YEAR_2200 else None


def read_model(holder: Any, name: str) -> str | None:
    slug = holder.get(name) if isinstance(holder, dict) else None
    return clean(slug)[:MODEL_CHARACTERS] if isinstance(slug, str) and slug.strip() else None
