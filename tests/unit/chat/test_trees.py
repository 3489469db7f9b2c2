"""The newest leaf below a message, in trees of any shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.chat import trees
from chatapp.chat.trees import load_tree, newest_leaf
from chatapp.storage.database import db
from chatapp.storage.tables import Message
from support.core import store_path

shapes = st.lists(st.integers(0, 30), min_size=1, max_size=30)


def make_tree(shape):
    """Return a tree: each node's parent is one of those before it, or none."""
    names = [f"{number:02}" for number in range(len(shape))]
    return {
        name: None if above >= at else names[above] for at, (name, above) in enumerate(zip(names, shape, strict=True))
    }


def leaf_by_definition(tree, top):
    def is_below(one):
        return one == top or (tree[one] is not None and is_below(tree[one]))

    return max(one for one in tree if is_below(one) and one not in tree.values())


@pytest.mark.parametrize("large", [0, 5000])
@given(shape=shapes, data=st.data())
def test_the_newest_leaf_is_the_one_with_the_largest_id_below(large, shape, data):
    tree = make_tree(shape)
    top = data.draw(st.sampled_from(sorted(tree)))
    trees.LARGE, before = large, trees.LARGE
    try:
        assert newest_leaf(tree, top) == leaf_by_definition(tree, top)
    finally:
        trees.LARGE = before


def test_an_answer_with_a_lower_id_than_its_question_is_found():
    """The clock may have been set back in between."""
    assert newest_leaf({"1": "2", "2": None}, "2") == "1"


def test_the_leaf_of_a_path_of_100000_messages_is_found():
    """Quadratic time would be minutes."""
    tree = {f"{number:06}": f"{number - 1:06}" if number else None for number in range(100_000)}
    assert newest_leaf(tree, "000000") == "099999"


def test_a_tree_is_loaded_in_the_order_of_its_ids(database):
    conversation_id, *path = store_path(3)
    assert load_tree(conversation_id) == dict(zip(path, [None, *path], strict=False))
    assert list(load_tree(conversation_id)) == sorted(path)
    with db.write() as session:
        session.add(
            Message(
                id="00", conversation_id=conversation_id, role="user", content="x", status="complete", created_at=1.0
            )
        )
    assert list(load_tree(conversation_id)) == ["00", *sorted(path)]
