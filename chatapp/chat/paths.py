"""Paths through a conversation's tree: the newest part of one, bounded in messages and bytes."""

from sqlalchemy import CTE, ColumnElement, literal, select

from chatapp.storage.tables import Message


def newest_part(leaf_id: str, size: ColumnElement[int], *, rows: int, max_bytes: int) -> CTE:
    """Return the newest messages of the path to a leaf, as a table of `id`, `parent_id`, `depth` (of the leaf: 1).

    `bytes`: the `size` of a message and of those below it. The leaf is always there, the others only within the bounds.
    """
    leaf = select(Message.id, Message.parent_id, literal(1).label("depth"), size.label("bytes"))
    path = leaf.where(Message.id == leaf_id).cte("path", recursive=True)
    total = path.c.bytes + size
    parent = select(Message.id, Message.parent_id, path.c.depth + 1, total)
    parent = parent.where(Message.id == path.c.parent_id, path.c.depth < rows, total <= max_bytes)
    return path.union_all(parent)
