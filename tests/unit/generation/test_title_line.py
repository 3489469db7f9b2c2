"""The first line of a streamed answer: the same however the text is split, in time proportional to its length."""

import time

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
        ("<think>Short\n\nHm</think>\n\nSeoul\n", "Seoul"),
        ("<think>a</think> <think>b</think>Seoul\n", "Seoul"),
        ("<think></think>Seoul", "Seoul"),
        ("<think>a</thin</think>Seoul\n", "Seoul"),
        ("<think>never ends", ""),
        ("<thinking of Seoul\n", "<thinking of Seoul"),
        ("Seoul <think>late</think>\n", "Seoul <think>late</think>"),
        ("<", "<"),
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
    assert not read("<think>\n" + "x" * 300).is_complete
    assert read("x" * (title_line.LINE_CHARACTERS + 1)).is_complete


@pytest.mark.parametrize("piece", ["<think>", "<think>a</think>", " "])
def test_a_long_text_without_a_line_is_too_long(piece):
    line = TitleLine()
    for _ in range(title_line.MAX_THOUGHT_CHARACTERS):
        line.add(piece)
        if line.is_too_long:
            break
    assert line.is_too_long
    assert not line.is_complete


@pytest.mark.parametrize("piece", ["<think>", "</think", "a<think>", "\n"])
def test_each_character_takes_the_same_time_to_read(piece):
    """The last tenth of a long text takes about as long as the first; the bound allows for a busy machine."""

    def seconds(line, pieces):
        started = time.thread_time()
        for _ in range(pieces):
            line.add(piece)
        return time.thread_time() - started

    line = read("<think>")
    first = seconds(line, 20_000)
    for _ in range(8):
        seconds(line, 20_000)
    assert seconds(line, 20_000) < 10 * first + 0.05
