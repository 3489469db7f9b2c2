"""What the friendly models say in one language. `english` and `korean` each make one of these."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROSE = Path(__file__).parent / "prose"


@dataclass(frozen=True)
class Texts:
    """Prepared prose, and the few sentences that depend on the conversation."""

    # By topic, and `reply` for what has none.
    prose: Mapping[str, str]
    # Sections for answers of any length: a title and its sentences.
    diary: Sequence[tuple[str, Sequence[str]]]
    heading: str
    suggestions: Sequence[str]
    # How many questions there were, and the first one.
    memory: Callable[[int, str], str]
    # The question, and its topic or None.
    reasoning: Callable[[str, str | None], str]
    # How to go on with an answer that the demo did not begin, and with one that is whole.
    astray: str
    nothing_left: str


def read_prose(language: str) -> dict[str, str]:
    """The prepared texts, by name."""
    return {file.stem: file.read_text(encoding="utf-8") for file in (PROSE / language).glob("*.md")}


def read_diary(language: str) -> list[tuple[str, list[str]]]:
    """The diary's sections; each sentence stands on a line of its own."""
    sections = (PROSE / language / "diary.txt").read_text(encoding="utf-8").split("## ")[1:]
    return [(title, sentences) for title, *sentences in (list(filter(None, s.splitlines())) for s in sections)]
