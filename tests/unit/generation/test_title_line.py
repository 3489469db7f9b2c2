"""The first line of a streamed answer: the same however the text is split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.generation import title_line
from chatapp.generation.title_line import TitleLine


def read(*pieces):
    line = TitleLine()
    for piece in pieces:
        line.add(piece)
    return line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Seoul\nmore", "Seoul"),
        ("\n \nSeoul\n", "Seoul"),
        ("  ", ""),
    ],
)
@given(data=st.data())
def test_the_line_is_the_same_however_it_is_split(text, expected, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read(*pieces).text == expected


def test_a_line_is_complete_at_its_end_or_when_it_is_long():
    assert not read("Seoul").is_complete
    assert read("Seoul\n").is_complete
    assert read("x" * (title_line.LINE_CHARACTERS + 1)).is_complete


def test_a_long_text_without_a_line_is_too_long():
    line = read(*[" "] * (title_line.MAX_CHARACTERS + 1))
    assert line.is_too_long
    assert not line.is_complete


def test_of_a_long_burst_only_the_beginning_is_looked_at():
    """Each line is cut off from all that follows: thousands would take as long as their number squared."""
    line, lines = read("ok\n" * 100_000), 0
    while line:
        line, lines = line.following(), lines + 1
    assert lines <= title_line.MAX_CHARACTERS
