"""A continued answer repeats nothing and glues nothing, however the continuation is cut."""

# ruff: noqa: E501 -- a row of the tables is a line

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.errors import ProviderError
from chatapp.providers.base import Answered, Done, Finish, Reasoning
from chatapp.providers.joint import Joint, written

FENCE = "```"
STEP = "The first step is to"
POEM = "Roses are red.\nRoses are red.\n"
#: What a server that goes on exactly sends after a partial answer, and the whole.
EXACT = {
    "the rest": (STEP, " open the box.", f"{STEP} open the box."),
    "repeated first": (STEP, f"{STEP} open the box.", f"{STEP} open the box."),
    "repeated without its last space": ("One two ", "One two three", "One two three"),
    "repeated without its first break": ("\n\nOne", "One two", "\n\nOne two"),
    "repeated alone": (STEP, STEP, STEP),
    "within a word": ("unbeliev", "able", "unbelievable"),
    "a capital within a word": ("camel", "Case", "camelCase"),
    "a line again": (POEM, "Roses are red.\nViolets", POEM + "Roses are red.\nViolets"),
    "Korean": ("안녕하", "안녕하세요", "안녕하세요"),
    "nothing": (STEP, "", STEP),
    "half of it again, then others": (STEP, "The first box", f"{STEP}The first box"),
}
#: What a model that was asked in words sends, and the whole.
WORDS = {
    "a sentence": ("It rains.", "The sun shines.", "It rains. The sun shines."),
    "a sentence, with its space": ("It rains.", " The sun shines.", "It rains. The sun shines."),
    "a sentence after a question": ("Why?", "Because.", "Why? Because."),
    "after a quoted sentence": ('He said "no."', "Then he left.", 'He said "no." Then he left.'),
    "after a bracket": ("Seoul (the capital)", "is large.", "Seoul (the capital) is large."),
    "a word": (STEP, "open the box.", f"{STEP} open the box."),
    "a word after a rare one": ("I saw an aardvark", "walking home.", "I saw an aardvark walking home."),
    "a capital": ("I live in", "Seoul.", "I live in Seoul."),
    "after a comma": ("First,", "open it.", "First, open it."),
    "after a colon": ("So:", "open it.", "So: open it."),
    "a number": ("There are about", "20 of them", "There are about 20 of them"),
    "a number of a list": ("1, 2, 3,", "4, 5", "1, 2, 3, 4, 5"),
    "a number after a comma": ("It costs 1,", "200 won.", "It costs 1,200 won."),
    "a number within a number": ("It was 20", "24.", "It was 2024."),
    "a word after a number": ("I have 20", "apples.", "I have 20 apples."),
    "an ending after a number": ("On the 20", "th of May", "On the 20th of May"),
    "within a word": ("It is unbeliev", "able.", "It is unbelievable."),
    "within a word, a short part": ("Hel", "lo there", "Hello there"),
    "within a word that stands before": ("An aardvark. The aard", "vark sleeps", "An aardvark. The aardvark sleeps"),
    "the word again": ("It is unbeliev", "unbelievable that", "It is unbelievable that"),
    "punctuation": ("It rains", ", and snows.", "It rains, and snows."),
    "a file's ending": ("See example.", "com for it", "See example.com for it"),
    "bold": ("It is", "**very** cold", "It is **very** cold"),
    "after bold": ("It is **very**", "cold", "It is **very** cold"),
    "within bold": ("It is **very", "cold** here", "It is **very cold** here"),
    "the end of bold": ("It is **very", "** cold", "It is **very** cold"),
    "an apostrophe": ("It isn", "'t so", "It isn't so"),
    "the whole again": (STEP, f"{STEP} open the box.", f"{STEP} open the box."),
    "the beginning again, cut off": (STEP, "The first step", STEP),
    "the beginning of a list again, cut off": ("1, 2, 3, 4, 5,", "1, 2, 3, 4, 5", "1, 2, 3, 4, 5,"),
    "a word of the beginning": ("It rains. It pours.", "It snows", "It rains. It pours. It snows"),
    "the last sentence again": (
        "It rains. The first step is to open the box.",
        "The first step is to open the box. Then look.",
        "It rains. The first step is to open the box. Then look.",
    ),
    "the last sentence's beginning again": ("Hello. I am a", "I am a model.", "Hello. I am a model."),
    "the last line again": ("Steps:\n1. Open\n2. Look at", "2. Look at it", "Steps:\n1. Open\n2. Look at it"),
    "the number of an item again": ("1. Open\n2. ", "2. Look", "1. Open\n2. Look"),
    "a repetition after a break": ("It rains. The first step is to open", "\n\nThe first step is to open it", "It rains. The first step is to open it"),
    "the last word again": ("I have", "have done it", "I have done it"),
    "an item": ("- one\n- two", "- three", "- one\n- two\n- three"),
    "a numbered item": ("1. one", "2. two", "1. one\n2. two"),
    "an item after a colon": ("These:", "- one", "These:\n- one"),
    "a dash": ("It rains", "- and snows", "It rains- and snows"),
    "a row": ("| a | b |\n|---|---|\n| 1 | 2 |", "| 3 | 4 |", "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"),
    "a heading": ("It rains.", "## Next", "It rains.\n## Next"),
    "a fence": ("Like this:", f"{FENCE}py\nx\n{FENCE}", f"Like this:\n{FENCE}py\nx\n{FENCE}"),
    "code": (f"{FENCE}py\nprint", "(1)", f"{FENCE}py\nprint(1)"),
    "a name in code": (f"{FENCE}py\nmy", "Name = 1", f"{FENCE}py\nmyName = 1"),
    "code, its fence opened again": (f"{FENCE}py\nfor i in", f"{FENCE}python\nfor i in range(3):\n", f"{FENCE}py\nfor i in range(3):\n"),
    "code, its fence opened again alone": (f"{FENCE}py\na = 1\n", f"{FENCE}py\nb = 2\n{FENCE}", f"{FENCE}py\na = 1\nb = 2\n{FENCE}"),
    "the end of code": (f"{FENCE}py\na = 1", f"{FENCE}\nThat", f"{FENCE}py\na = 1\n{FENCE}\nThat"),
    "a brace again by chance": (f"{FENCE}c\n}}\n", "}\n", f"{FENCE}c\n}}\n}}\n"),
    "after code": (f"{FENCE}\na\n{FENCE}\n", "That is it.", f"{FENCE}\na\n{FENCE}\nThat is it."),
    "Korean, a sentence": ("안녕하세요.", "다음은 요리입니다.", "안녕하세요. 다음은 요리입니다."),
    "Korean, within a word": ("안녕하", "세요", "안녕하세요"),
    "Korean, a particle": ("첫 단계", "는 상자를", "첫 단계는 상자를"),
    "Korean, after a particle": ("첫 단계는", "상자를 여는 것", "첫 단계는 상자를 여는 것"),
    "Korean, a verb's ending": ("저는 학생", "입니다.", "저는 학생입니다."),
    "Korean, after a verb's ending": ("첫 단계입니다", "다음 단계는", "첫 단계입니다 다음 단계는"),
    "Korean, the last sentence again": ("비가 옵니다. 첫 번째 단계는 상자를", "첫 번째 단계는 상자를 여는 것입니다.", "비가 옵니다. 첫 번째 단계는 상자를 여는 것입니다."),
    "Korean after a Latin word": ("이 API", "를 씁니다", "이 API를 씁니다"),
    "Chinese": ("我们", "打开", "我们打开"),
    "white space": ("One\n", "\nTwo", "One\n\nTwo"),
    "nothing": ("One", "", "One"),
}  # fmt: skip
ROWS = {f"exact: {name}": (*row, True) for name, row in EXACT.items()} | {
    f"in words: {name}": (*row, False) for name, row in WORDS.items()
}


def nothing(has_thought):
    return ProviderError("empty_answer", f"Nothing ({has_thought}).")


def join(partial, pieces, *, is_exact):
    joint = Joint(partial)
    joint.is_exact = is_exact
    chunks = (chunk for chunk in [Answered("m"), *pieces, Finish("stop", is_end=True), Done()])
    return partial + "".join(str(chunk) for chunk in written(chunks, joint, nothing) if isinstance(chunk, str))


@pytest.mark.parametrize("name", ROWS)
def test_a_continuation_is_joined_however_it_is_cut(name):
    partial, text, whole, is_exact = ROWS[name]
    assert join(partial, [text], is_exact=is_exact) == whole
    assert join(partial, text, is_exact=is_exact) == whole
    for at in range(1, len(text)):
        assert join(partial, [text[:at], text[at:]], is_exact=is_exact) == whole, at


@given(
    st.text("ab .\n`-1가", min_size=1, max_size=12),
    st.lists(st.text("ab .\n`-1가", max_size=4), max_size=6),
    st.booleans(),
)
def test_the_cuts_do_not_matter(partial, pieces, is_exact):
    assert join(partial, pieces, is_exact=is_exact) == join(partial, ["".join(pieces)], is_exact=is_exact)


def test_text_comes_as_soon_as_it_is_known_to_be_new():
    joint = Joint(STEP)
    assert [joint.add(piece) for piece in ("open", " the", " box")] == ["", " open the", " box"]
    joint = Joint(STEP)
    joint.is_exact = True
    assert [joint.add(piece) for piece in ("The first", " step is to", " open")] == ["", "", " open"]


def test_reasoning_before_a_continuation_ends_nothing():
    chunks = (chunk for chunk in [Reasoning("Hm"), "The first", " step is to open", Finish("stop", is_end=True)])
    assert list(written(chunks, Joint(STEP), nothing)) == [Reasoning("Hm"), " open", Finish("stop", is_end=True)]


def test_nothing_new_leaves_the_partial_answer_whole():
    assert list(written((chunk for chunk in [Done()]), Joint(STEP), nothing)) == [Done()]


@pytest.mark.parametrize(
    ("chunks", "said"), [([Done()], "False"), (["\n", Reasoning("Hm"), Done()], "True"), ([], "False")]
)
def test_an_answer_without_text_is_an_error(chunks, said):
    with pytest.raises(ProviderError, match=said):
        list(written((chunk for chunk in chunks), Joint(""), nothing))


def test_a_long_answer_that_is_repeated_in_small_pieces_is_read_in_linear_time():
    """Copying what is held for each piece would take minutes."""
    partial = "word " * 200_000
    joint = Joint(partial)
    assert not any(joint.add(partial[at : at + 4]) for at in range(0, len(partial), 4))
    assert joint.add("new") == "new"
