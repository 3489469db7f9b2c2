"""Snippets: a short part of a text with its matches marked."""

import re
from collections.abc import Iterable
from typing import Any

from chatapp.search.normalize import FoldedText, is_boundary
from chatapp.search.query import Word

SNIPPET_CHARACTERS = 160
LEAD_CHARACTERS = 40
#: How far a cut may move to fall between words.
SLACK_CHARACTERS = 15
#: Different forms of the words that a hit names, for whoever marks them in the whole message.
MOST_FORMS = 50
_BLANKS = re.compile(r"\s+")


def make_hit(
    message_id: str | None, text: str, words: list[Word], *, cut_before: bool, cut_after: bool
) -> dict[str, Any]:
    """Return `{"message_id", "parts": [{"text", "match"}, …], "words"}`. Omitted text is shown as "…".

    `words` are the matches in the text as it is written, each form once, also those beyond the snippet.
    """
    places = _find_places(text, words)
    start, end = _choose_window(text, places[0] if places else (0, 0))
    parts = []
    if cut_before or start > 0:
        parts.append({"text": "…", "match": False})
    at = start
    for place_start, place_end in places:
        if place_end > end:
            break
        parts.append({"text": text[at:place_start], "match": False})
        parts.append({"text": text[place_start:place_end], "match": True})
        at = place_end
    parts.append({"text": text[at:end], "match": False})
    if cut_after or end < len(text):
        parts.append({"text": "…", "match": False})
    forms = dict.fromkeys(text[place_start:place_end] for place_start, place_end in places)
    return {"message_id": message_id, "parts": _merge_parts(parts), "words": list(forms)[:MOST_FORMS]}


def _find_places(text: str, words: list[Word]) -> list[tuple[int, int]]:
    """Return the ranges of the words in a text, in order, without overlaps."""
    folded = FoldedText(text)
    found = sorted(
        folded.original_range(match.start(), match.end())
        for word in words
        for match in word.pattern.finditer(folded.text)
    )
    places: list[tuple[int, int]] = []
    for start, end in found:
        if places and start < places[-1][1]:
            places[-1] = (places[-1][0], max(end, places[-1][1]))
        else:
            places.append((start, end))
    return places


def _choose_window(text: str, place: tuple[int, int]) -> tuple[int, int]:
    """Return the range to show around a match. It is cut between words if possible, else between visible characters."""
    start = max(0, place[0] - LEAD_CHARACTERS)
    end = max(start + SNIPPET_CHARACTERS, place[1])
    if start > 0:
        start = _nearest(text, range(start, min(start + SLACK_CHARACTERS, place[0]) + 1))
    if end < len(text):
        end = _nearest(text, range(end, max(end - SLACK_CHARACTERS, place[1]) - 1, -1))
    return start, min(end, len(text))


def _nearest(text: str, positions: Iterable[int]) -> int:
    """Return the first position after a blank, or else the first that splits no character."""
    tried = list(positions)
    for at in tried:
        if text[at - 1].isspace():
            return at
    return next((at for at in tried if is_boundary(text, at)), tried[-1])


def _merge_parts(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Collapse white space, and merge neighbours of the same kind."""
    tidy: list[dict[str, Any]] = []
    for part in parts:
        if tidy and tidy[-1]["match"] == part["match"]:
            tidy[-1]["text"] += part["text"]
        elif part["text"]:
            tidy.append(part)
    return [{**part, "text": _BLANKS.sub(" ", part["text"])} for part in tidy]
