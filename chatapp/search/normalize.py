"""Folds texts for comparison: ignores case, compatibility forms and the diacritics of Latin letters.

Folding works on clusters (a character with its combining ones), so every range of a folded text has a range in the
original, which is what users see.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

#: Characters that fold to themselves, except for ASCII's case: most text.
PLAIN = r"\x00-\x7fぁ-ゖァ-ヺー㐀-䶿一-鿿가-힣"
_ODD = re.compile(rf"[^{PLAIN}]+")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_JOINER = "\u200d"
_LATIN_ENDS = "\u0250"


def fold(text: str) -> str:
    """Return the folded text."""
    return text.lower() if text.isascii() else "".join(folded for *_, folded in _pieces(text))


class FoldedText:
    """A folded text with its positions in the original."""

    def __init__(self, original: str) -> None:
        self._pieces = list(_pieces(original))
        self.text = "".join(folded for *_, folded in self._pieces)
        self._starts: list[int] = []
        at = 0
        for *_, folded in self._pieces:
            self._starts.append(at)
            at += len(folded)

    def original_range(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of `text[start:end]` in the original, in whole clusters. It must not be empty."""
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, at: int) -> tuple[int, int]:
        index = bisect_right(self._starts, at) - 1
        start, end, is_plain, _ = self._pieces[index]
        if is_plain:
            start += at - self._starts[index]
            end = start + 1
        return start, end


def is_boundary(text: str, at: int) -> bool:
    """Tell whether a text can be cut there without splitting a visible character."""
    if not 0 < at < len(text):
        return True
    code, before = ord(text[at]), ord(text[at - 1])
    is_emoji_tail = code in _SKIN_TONES or (code in _FLAG_LETTERS and before in _FLAG_LETTERS)
    return not (is_emoji_tail or text[at - 1] == _JOINER or _combines(text[at]))


def _pieces(text: str) -> Iterator[tuple[int, int, bool, str]]:
    """Yield (start, end, is plain, folded): plain runs, which fold character by character, and clusters."""
    at = 0
    for odd in _ODD.finditer(text):
        start = max(0, odd.start() - 1)  # the character before may belong to the cluster
        if at < start:
            yield at, start, True, text[at:start].lower()
        at = start
        for index in range(start + 1, odd.end() + 1):
            if index == odd.end() or not _combines(text[index]):
                yield at, index, False, _fold_cluster(text[at:index])
                at = index
    if at < len(text):
        yield at, len(text), True, text[at:].lower()


@lru_cache(4096)
def _combines(character: str) -> bool:
    """Tell whether a character belongs to the one before it: marks, and the later letters of a Hangul syllable."""
    if unicodedata.category(character)[0] == "M" or character == _JOINER:
        return True
    return "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7fb" or character in "\uff9e\uff9f"


@lru_cache(8192)
def _fold_cluster(cluster: str) -> str:
    letters = unicodedata.normalize("NFKD", cluster)
    if letters[0] < _LATIN_ENDS:
        letters = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
    letters = unicodedata.normalize("NFKC", letters.casefold())
    return "".join(letter for letter in letters if not _is_unseen(letter))


def _is_unseen(letter: str) -> bool:
    """Tell whether it is invisible: soft hyphens, joiners, variation selectors."""
    return unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f"
