"""The English texts of the friendly models."""

from chatapp.demo.texts import Texts, read_diary, read_prose

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

SUGGESTIONS = (
    "`a table at 10 tokens/s`, to watch it grow row by row",
    "`2000 tokens`, then press stop and let me continue",
    "`who are you`, to learn how to connect a real model",
    "`markdown`, for everything that can be formatted",
    "`think`, to see reasoning before the answer",
    "`math`, for a few formulas",
    "`story`, if you have a minute",
    "`error`, to see how failures look",
    "`help`, for all the words that I know",
)


def format_ordinal(number: int) -> str:
    """Return an ordinal: `third`, or `12th` for larger numbers."""
    if number <= len(ORDINALS):
        return ORDINALS[number - 1]
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def describe_memory(number: int, first: str) -> str:
    """Return a sentence about the earlier questions."""
    return f" It is your {format_ordinal(number)} question here; the first was “{first}”."


def think_aloud(quote: str, topic: str | None) -> str:
    """Return the reasoning."""
    start = f"The question is “{quote}”. Let me see which of my words are in it."
    if topic is None:
        found = "None of them is. I should say so plainly, and propose three that work."
    else:
        found = f"One of them asks for “{topic}”. There is a prepared text for that, so I will play it."
    return f"{start} {found} A real model would weigh its answer here; I only show where that would appear."


TEXTS = Texts(
    prose=read_prose("en"),
    diary=read_diary("en"),
    heading="Day {}",
    suggestions=SUGGESTIONS,
    memory=describe_memory,
    reasoning=think_aloud,
    astray=" … and here I lost the thread: I would not have begun like that. Please ask me again.",
    nothing_left=" And that was all of it.",
)
