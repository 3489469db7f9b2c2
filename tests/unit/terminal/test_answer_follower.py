"""What the terminal shows of an answer."""

import io

import pytest

from chatapp.terminal.answer_follower import AnswerFollower
from chatapp.terminal.screen import Screen

NOTE = "(The text above was the model's reasoning. The answer follows.)\n"


class Terminal(io.StringIO):
    """A terminal without colours."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def without_colours(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")


def show(out, err, *entries, content):
    """Show entries, and the end of an answer with this content."""
    follower = AnswerFollower(None, Screen(out, err), None, {})
    follower._show_entries([{"kind": kind, "text": text} for kind, text in entries])
    follower._show_entries([{"kind": "end", "message": {"content": content}}])
    return out.getvalue(), err.getvalue()


def test_text_that_was_reasoning_cannot_be_taken_back_but_the_whole_answer_follows_it():
    entries = [("text", "Hm, "), ("text", "well"), ("text_was_reasoning", ""), ("text", "Hel")]
    assert show(io.StringIO(), io.StringIO(), *entries, content="Hello!") == ("Hm, well\nHello!", NOTE)


def test_on_a_terminal_the_note_stands_on_a_line_of_its_own():
    screen = Terminal()
    shown, _ = show(screen, screen, ("text", "Hm"), ("text_was_reasoning", ""), ("text", "Hello"), content="Hello")
    assert shown == f"Hm\n{NOTE}Hello"


def test_nothing_is_noted_where_nothing_was_shown():
    entries = [("text_was_reasoning", ""), ("text", "Hello")]
    assert show(io.StringIO(), io.StringIO(), *entries, content="Hello") == ("Hello", "")


def test_the_end_shows_what_a_lost_log_had_after_the_reasoning():
    entries = [("text", "Hm"), ("text_was_reasoning", "")]
    assert show(io.StringIO(), io.StringIO(), *entries, content="Hello") == ("Hm\nHello", NOTE)
