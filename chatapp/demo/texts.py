"""The texts of the friendly models in one language. `english` and `korean` have an instance each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROSE = Path(__file__).parent / "prose"


@dataclass(frozen=True)
class Texts:
    """Prepared texts, and the few sentences that depend on the conversation."""

    # By topic; `reply` is for questions without one.
    prose: Mapping[str, str]
    # Sections for answers of any length: titles with sentences.
    diary: Sequence[tuple[str, Sequence[str]]]
    heading: str
    suggestions: Sequence[str]
    # Takes the number of questions and the first question.
    memory: Callable[[int, str], str]
    # Takes the question and its topic, or None.
    reasoning: Callable[[str, str | None], str]
    # Continuations of an answer that the demo did not write, and of a complete answer.
    astray: str
    nothing_left: str


def read_prose(language: str) -> dict[str, str]:
    """Return the prepared texts by name."""
    return {file.stem: file.read_text(encoding="utf-8") for file in (PROSE / language).glob("*.md")}


def read_diary(language: str) -> list[tuple[str, list[str]]]:
    """Return the diary's sections. The file has one sentence per line."""
    sections = (PROSE / language / "diary.txt").read_text(encoding="utf-8").split("## ")[1:]
    return [(title, sentences) for title, *sentences in (list(filter(None, s.splitlines())) for s in sections)]
