"""Splits text into pieces as long as a model's tokens, never within a grapheme cluster."""

import re
from itertools import accumulate, takewhile

# Characters that combine with the one before: accents, variation selectors, skin tones, keycaps, tags of flags.
MARK = "[\u0300-\u036f\u200d\u20e3\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"

PIECE = re.compile(
    rf"""
      [\U0001f1e6-\U0001f1ff]{{2}}                     # a flag is two letters
    | [^\s\u200d] (?: {MARK} | (?<=\u200d)\S )+        # an emoji or a letter, with all that is joined to it
    | [ ]? [가-힣]{{1,4}}
    | [ ]? [A-Za-z']{{1,7}} (?!{MARK})
    | \d{{1,3}} (?!{MARK})
    | \s+
    | [!-/:-@\[-`{{-~]{{1,3}} (?!{MARK})
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


def cut_pieces(text: str) -> list[str]:
    """Split the text. The joined pieces are the text again."""
    return PIECE.findall(text)


def shorten(text: str, characters: int) -> str:
    """Return the text on one line, cut between pieces if it is too long."""
    line = " ".join(text.split())
    if len(line) <= characters:
        return line
    ends = accumulate(map(len, cut_pieces(line)))
    return line[: max(takewhile(lambda end: end <= characters, ends), default=0)].rstrip() + "…"
