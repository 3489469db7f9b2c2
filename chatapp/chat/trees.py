"""The tree of a whole conversation, which is read in slices: it may be large."""

from sqlalchemy import select

from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.tables import Message

SLICE_ROWS = 1000
#: From how many messages on a tree is searched in a native thread.
LARGE = 5000

#: Parent ids by message id, ordered by id.
Tree = dict[str, str | None]


def load_tree(conversation_id: str) -> Tree:
    """Return the tree of a conversation's message ids. Yields in between."""
    parents: Tree = {}
    is_sorted, newest = True, ""
    query = select(Message.id, Message.parent_id).where(Message.conversation_id == conversation_id)
    with db.read() as session:
        # Without yield_per all rows are made at once.
        for rows in session.execute(query, execution_options={"yield_per": SLICE_ROWS}).partitions():
            for message_id, parent_id in rows:
                parents[message_id] = parent_id
                is_sorted, newest = is_sorted and newest < message_id, message_id
            concurrency.sleep()
    # Rows come in the order in which they were written, which is that of the ids but after a step of the clock.
    return parents if is_sorted else dict(sorted(parents.items()))


def newest_leaf(tree: Tree, message_id: str) -> str:
    """Return the newest leaf below a message: the one with the largest id, since ids sort by time."""
    return (
        concurrency.in_thread(_newest_leaf, tree, message_id) if len(tree) > LARGE else _newest_leaf(tree, message_id)
    )


def _newest_leaf(tree: Tree, message_id: str) -> str:
    parents = set(tree.values())
    #: Which messages are below the one that is looked for, as far as known.
    is_below: dict[str | None, bool] = {None: False, message_id: True}
    newest = ""
    for leaf_id in tree:
        if leaf_id in parents:
            continue
        climbed, above = [], leaf_id
        while above not in is_below:
            climbed.append(above)
            above = tree.get(above)  # type: ignore[assignment]  # None is known
        is_below.update(dict.fromkeys(climbed, is_below[above]))
        if is_below[leaf_id]:
            newest = leaf_id
    return newest or message_id
