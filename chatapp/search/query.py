"""Tokens of a text in the index, and the words of a query.

Dense scripts, written without blanks or with endings attached to a word (검색을, Flask로), are indexed as pairs of
neighbouring characters, and the last character of each run alone; other scripts as words. So "검색" finds 재검색을, and
"stream" finds streaming. A short word (one dense character, or one or two letters) begins too many tokens to collect
them while the user types: an index of its own holds the word starts.
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from chatapp.errors import Invalid
from chatapp.search.initials import SHORTEST_INITIALS, pattern_of, query_initials
from chatapp.search.normalize import fold

#: Thai and Lao, Burmese, Hangul's letters, Khmer, CJK with kana and bopomofo, Hangul, emoji and other symbols.
DENSE = (
    "\u0e01-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2600-\u27bf\u2e80-\u2fdf\u3005-\u3007\u3041-\u3096"
    "\u309d-\u30fa\u30fc-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7fb"
    "\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff"
)
LETTER = rf"[^\W_{DENSE}]"
#: U+0000 separates texts that are searched as one.
GAP = rf"(?:_|[^\w{DENSE}\0])*"
_RUN = re.compile(rf"(?P<dense>[{DENSE}]+)|(?P<word>{LETTER}+)")

FINALS = 28
LONE_LETTERS = re.compile("[ㄱ-ㅣ]")
OPEN_SYLLABLES = re.compile(f"[{''.join(chr(code) for code in range(0xAC00, 0xD7A4, FINALS))}]")
LONGEST = 40
LONGEST_START = 2
MOST_CHARACTERS = 200
MOST_WORDS = 20


def tokenize(folded: str) -> list[str]:
    """Return the tokens of a folded text, in order.

    A word directly followed by a dense script gives one more token of both.
    """
    found: list[str] = []
    letters_end = -1
    for run in _RUN.finditer(folded):
        text = run[0]
        if run.lastgroup == "word":
            found.append(text[:LONGEST])
            letters_end = run.end()
        else:
            if run.start() == letters_end:
                found.append(found[-1] + text[0])
            found += [text[index : index + 2] for index in range(len(text))]
    return found


def word_starts(tokens: list[str]) -> set[str]:
    """Return the short words with which these tokens begin."""
    return {token[:1] for token in tokens} | {token[:LONGEST_START] for token in tokens if not is_dense(token)}


def is_dense(token: str) -> bool:
    return _RUN.match(token)["dense"] is not None  # type: ignore[index] # a token begins with a run


@dataclass(frozen=True)
class Word:
    """One word of a query, folded and as written. A word that ends with a sign ("c++") matches only at a word's end.

    `is_unfinished`: its last syllable may still get a final letter, so 새 matches 색 as well.
    """

    text: str
    written: str
    is_unfinished: bool = False

    @cached_property
    def initials(self) -> str:
        """Return its letters if it has nothing but initial consonants; empty for other words."""
        return query_initials(self.text)

    @property
    def is_initials(self) -> bool:
        """Tell whether it is searched for in the index of initial consonants."""
        return len(self.initials) >= SHORTEST_INITIALS

    @cached_property
    def _runs(self) -> list[re.Match[str]]:
        return list(_RUN.finditer(self.text))

    @property
    def is_open(self) -> bool:
        """Tell whether the word may be continued where it matches."""
        return self._runs[-1].end() == len(self.text)

    @cached_property
    def start(self) -> str:
        """Return the short word with which a word of the text must begin; empty for none."""
        last = self._runs[-1]
        if not self.is_open:
            return ""
        if last["dense"]:
            is_glued = len(self._runs) > 1 and self._runs[-2]["word"] and self._runs[-2].end() == last.start()
            return last[0] if len(last[0]) == 1 and not is_glued else ""
        return last[0] if len(self._runs) == 1 and len(last[0]) <= LONGEST_START else ""

    @cached_property
    def phrase(self) -> list[str]:
        """Return the tokens that must follow each other; none if `start` is enough."""
        found = tokenize(self.text)
        ends_dense = self._runs[-1]["dense"] is not None
        return found[:-1] if self.is_open and (ends_dense or self.start) else found

    @property
    def is_prefix(self) -> bool:
        """Tell whether the phrase's last token may be the beginning of a longer one."""
        return self.is_open and self._runs[-1]["dense"] is None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return a pattern that matches the word in a folded text."""
        if self.initials:
            return re.compile(f"{pattern_of(self.initials)}|{re.escape(self.text)}")
        pieces = []
        for run in self._runs:
            literal = re.escape(run[0])
            pieces.append(literal if run["dense"] else rf"(?<!{LETTER}){literal}")
        ending = "" if self.is_open else rf"(?!{LETTER})" if self._runs[-1]["word"] else rf"(?![{DENSE}])"
        if self.is_unfinished:
            pieces[-1] = f"{pieces[-1][:-1]}[{''.join(complete_syllable(self.text[-1]))}]"
        return re.compile(GAP.join(pieces) + ending)


def parse(query: str) -> list[Word]:
    """Return the distinct words of a query, longest first. There are no operators. Raises Invalid if it is too long."""
    if len(query) > MOST_CHARACTERS:
        raise Invalid(f"q: takes at most {MOST_CHARACTERS} characters")
    words = {text: Word(text, written) for written in query.split() if _RUN.search(text := fold(written))}
    if len(words) > MOST_WORDS:
        raise Invalid(f"q: takes at most {MOST_WORDS} words")
    return sorted(words.values(), key=lambda word: len(word.text), reverse=True)


def parse_unfinished(query: str) -> list[Word]:
    """Return the words of a query whose last syllable may be unfinished; none if it cannot be.

    While 검색 is typed, an input method shows 검ㅅ and 검새.
    """
    last = query[-1:]
    words = query.split()
    if words and query_initials(fold(words[-1])):
        return []
    if LONE_LETTERS.match(last) and len(words[-1]) > 1:
        return parse(query[:-1])
    if not OPEN_SYLLABLES.match(last):
        return []
    typed = fold(words[-1])
    return [replace(word, is_unfinished=word.text == typed) for word in parse(query)]


def complete_syllable(token: str) -> list[str]:
    """Return the tokens with any final letter in the last syllable."""
    code = ord(token[-1])
    return [token[:-1] + chr(one) for one in range(code, code + FINALS)]
