"""What is sent is a legal conversation, whatever lies in the history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.providers.conversation import alternate, newest_turns, with_reasoning

SYSTEM = {"role": "system", "content": "Be brief."}


def conversation(*contents, system=False):
    """Return messages: a text of capitals is a question, any other one an answer."""
    roles = [("user" if content.isupper() else "assistant", content) for content in contents]
    return [SYSTEM] * system + [{"role": role, "content": content} for role, content in roles]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["A", "b", "C"], ["A", "b", "C"]),
        (["A", "C"], ["A\n\nC"]),
        (["A", "", "C"], ["A\n\nC"]),
        (["A", " \n", "C"], ["A\n\nC"]),
        (["A", "b", "c", "D"], ["A", "b\n\nc", "D"]),
        (["b", "C"], ["C"]),
        (["A", "C", "D", "E"], ["A\n\nC\n\nD\n\nE"]),
        (["A", "", "", "D", "e", "F"], ["A\n\nD", "e", "F"]),
    ],
    ids=["sound", "no answer", "empty answer", "blank answer", "two answers", "no question", "questions", "imported"],
)
@pytest.mark.parametrize("system", [False, True])
def test_neighbours_of_one_role_are_joined(before, after, system):
    assert alternate(conversation(*before, system=system)) == conversation(*after, system=system)


def test_a_sound_conversation_is_not_copied():
    messages = conversation("A", "b", "C", system=True)
    assert alternate(messages) is messages


@given(st.lists(st.sampled_from(["A", "b", "", " "]), max_size=12), st.booleans())
def test_roles_alternate_from_a_question_on(contents, system):
    roles = [message["role"] for message in alternate(conversation(*contents, system=system))]
    assert roles[:1] == ["system"] * system or not system
    rest = roles[system:]
    assert rest == [("user", "assistant")[index % 2] for index in range(len(rest))]


def test_the_newest_turns_begin_with_a_question():
    messages = conversation("A", "b", "C", "D", "e", "F", system=True)
    assert newest_turns(messages, 2) == conversation("D", "e", "F", system=True)
    assert newest_turns(messages, 9) == messages


THOUGHT = {"role": "assistant", "content": "b", "reasoning": "Hm\n"}


@pytest.mark.parametrize(
    ("way", "sent"),
    [
        (None, {"content": "b"}),
        ("reasoning_content", {"content": "b", "reasoning_content": "Hm\n"}),
        ("reasoning", {"content": "b", "reasoning": "Hm\n"}),
        ("think", {"content": "<think>\nHm\n</think>\n\nb"}),
    ],
)
def test_reasoning_is_sent_back_as_the_server_wants_it(way, sent):
    messages = [*conversation("A"), THOUGHT, *conversation("C")]
    assert with_reasoning(messages, way) == [*conversation("A"), {"role": "assistant", **sent}, *conversation("C")]


def test_the_reasoning_of_joined_answers_is_joined():
    (_, joined) = alternate([*conversation("A"), THOUGHT, *conversation("c")])
    assert joined == {"role": "assistant", "content": "b\n\nc", "reasoning": "Hm\n"}
