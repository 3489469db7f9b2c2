"""Thoughts within the text of an answer become reasoning, however the text is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.providers.base import Finish, Reasoning, TextWasReasoning
from chatapp.providers.thoughts import LONGEST_RUN, TAGS, ThoughtSplitter, split_thoughts

FENCE = "```"
#: Text of a model, and the reasoning and the text that it is.
CASES = {
    "no tag": ("Hello <b>you</b> and [link] ~ 3.", "", "Hello <b>you</b> and [link] ~ 3."),
    "a thought": ("<think>\nA greeting.\n</think>\n\nHello!", "A greeting.", "Hello!"),
    "white space before it": ("\n\n<think>\nHm\n</think>Hello", "Hm", "Hello"),
    "white space of an answer": ("  Hello \n", "", "  Hello \n"),
    "capitals": ("<Think>Hm</THINK>Hello", "Hm", "Hello"),
    "another closing tag": ("<thinking>Hm</think>Hello", "Hm", "Hello"),
    "an empty thought": ("<think>\n\n</think>\n\nHello", "", "Hello"),
    "a thought twice": ("<think>a</think>One\n<think>\nb\n</think>\nTwo", "ab", "One\nTwo"),
    "closed twice": ("<think>a</think></think>Hello", "a", "Hello"),
    "never closed": ("<think>I wonder", "I wonder", ""),
    "never opened": ("I wonder.\n</think>\n\nHello", "I wonder.\n", "Hello"),
    "never opened, in the last line": ("I wonder.</think>\nHello", "I wonder.", "Hello"),
    "never opened, and nothing after it": ("I wonder.</think>", "I wonder.", ""),
    "in a sentence": ("Write <think> or </think> here", "", "Write <think> or </think> here"),
    "in a span": ("Write `<think>` or\n`</think>`\nhere", "", "Write `<think>` or\n`</think>`\nhere"),
    "in a long span": ("``a ` </think>``\nb", "", "``a ` </think>``\nb"),
    "in a fence": (
        f"{FENCE}xml\n<think>\na\n</think>\n{FENCE}\nb",
        "",
        f"{FENCE}xml\n<think>\na\n</think>\n{FENCE}\nb",
    ),
    "in a fence of tildes": ("~~~~\n~~~\n</think>\n~~~~\nb", "", "~~~~\n~~~\n</think>\n~~~~\nb"),
    "a span in a thought": ("<think>I write `</think>` then.</think>Hello", "I write `</think>` then.", "Hello"),
    "an open fence in a thought": (f"<think>\n{FENCE}\na\n</think>\nHello", f"{FENCE}\na", "Hello"),
    "a lone backtick in a thought": ("<think>the ` key\n</think>Hello", "the ` key", "Hello"),
    "after a fence": (f"{FENCE}\na\n{FENCE}\n</think>\nHello", f"{FENCE}\na\n{FENCE}\n", "Hello"),
    "a second closing tag later": ("<think>a</think>Hello\n</think>\nb", "a", "Hello\n</think>\nb"),
    "harmony": (
        "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>Hello<|return|>",
        "Hm",
        "Hello",
    ),
    "harmony with a tool": (
        "<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>",
        "{}",
        "",
    ),
    "harmony, final alone": ("<|channel|>final<|message|>Hello", "", "Hello"),
    "harmony without its tokens": ("analysisWe greet.assistantfinalHello", "We greet.", "Hello"),
    "analysis as a word": ("analysis of a text", "", "analysis of a text"),
    "analysis alone": ("analysis", "", "analysis"),
    "a special token of others": ("Hello<|end|>", "", "Hello<|end|>"),
    "a channel without a message": ("<|channel|>" + "x" * 300, "", "<|channel|>" + "x" * 300),
    "Korean": ("<think>\n인사이다.\n</think>\n\n안녕하세요!", "인사이다.", "안녕하세요!"),
} | {f"tags {opening}": (f"{opening}\nHm\n{closing}\nHello", "Hm", "Hello") for opening, closing in TAGS.items()}


def split(*pieces, partial=""):
    """Return the reasoning and the text of pieces."""
    text = reasoning = ""
    for chunk in split_thoughts((piece for piece in pieces), partial):
        if isinstance(chunk, TextWasReasoning):
            reasoning, text = reasoning + text, ""
        elif isinstance(chunk, Reasoning):
            reasoning += chunk
        else:
            text += chunk
    return reasoning, text


@pytest.mark.parametrize("name", CASES)
def test_thoughts_are_told_from_the_text_however_it_is_cut(name):
    text, *expected = CASES[name]
    assert split(text) == tuple(expected)
    assert split(*text) == tuple(expected)
    for at in range(1, len(text)):
        assert split(text[:at], text[at:]) == tuple(expected), at


@given(st.data())
def test_the_cuts_do_not_matter(data):
    parts = [
        "`",
        "```",
        "~~~",
        "\n",
        " ",
        "a",
        "<think>",
        "</think>",
        "<thinking>",
        "<|channel|>",
        "<|message|>",
        "final",
        "<|end|>",
    ]
    text = "".join(data.draw(st.lists(st.sampled_from(parts), max_size=12)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert split(*pieces) == split(text)


def test_an_answer_without_tags_comes_piece_by_piece():
    splitter = ThoughtSplitter()
    assert [splitter.add(piece) for piece in ("The ", "answer\n", "is ", "a < b", "; <", "b>")] == [
        ["The "], ["answer\n"], ["is "], ["a < b"], ["; "], ["<b>"],
    ]  # fmt: skip


@pytest.mark.parametrize("character", ["`", "~", "<", "["])
def test_a_character_that_is_repeated_without_end_is_not_held_back(character):
    splitter = ThoughtSplitter()
    came = sum(len(piece) for _ in range(1000) for piece in splitter.add(character))
    assert came >= 1000 - LONGEST_RUN


def test_what_was_held_back_comes_before_the_end_and_before_an_error():
    def fail():
        yield "a <thi"
        raise ValueError("broken")

    assert list(split_thoughts(chunk for chunk in ["a <thi", Finish("stop")])) == ["a ", "<thi", Finish("stop")]
    taken = []
    with pytest.raises(ValueError, match="broken"):
        taken.extend(iter_into(taken, split_thoughts(fail())))
    assert taken == ["a ", "<thi"]


def iter_into(taken, chunks):
    for chunk in chunks:
        taken.append(chunk)
    return ()


def test_a_continued_answer_keeps_its_code_and_its_text():
    assert split("a\n</think>\n", partial="```\n") == ("", "a\n</think>\n")
    assert split("b</think>` too", partial="Hello `") == ("", "b</think>` too")
    assert split(" b", partial="Hello") == ("", " b")


def test_a_continuation_may_begin_with_a_thought():
    assert split("\n<think>\nHm\n</think>\nb", partial="Hello") == ("Hm", "b")
    assert split("<think>Hm</think>b\n</think>\n", partial="```\n") == ("Hm", "b\n</think>\n")
    assert split("Hm.\n</think>\n\nb", partial="Hello ") == ("Hm.\n", "b")


def test_reasoning_of_the_provider_is_passed_on():
    assert split(Reasoning("Hm"), "Hello") == ("Hm", "Hello")


def test_closing_the_split_closes_the_stream():
    closed = []

    def stream():
        try:
            yield "a\n"
            yield "b"
        finally:
            closed.append(True)

    chunks = split_thoughts(stream())
    assert next(chunks) == "a\n"
    chunks.close()
    assert closed == [True]
