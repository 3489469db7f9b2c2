"""Initial consonants of Hangul: ㅈㄴㄹ finds 제너레이터, as the search of a Korean phone does.

Each initial consonant is written as one ASCII letter. A text is indexed by what begins at each of its syllables, so a
query is the beginning of a token, wherever in a word it occurs.
"""

import re

from chatapp.search.normalize import fold

#: The 19 initial consonants, folded: ㄱ to ㅎ.
FIRST_CONSONANT = 0x1100
FIRST_SYLLABLE = 0xAC00
SYLLABLES_PER_INITIAL = 588
LETTERS = "abcdefghijklmnopqrs"
#: Pairs that input methods write as one letter when one types ㄱ and ㅅ.
_PAIRS = {
    "ㄳ": "ㄱㅅ",
    "ㄵ": "ㄴㅈ",
    "ㄶ": "ㄴㅎ",
    "ㄺ": "ㄹㄱ",
    "ㄻ": "ㄹㅁ",
    "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ",
    "ㄾ": "ㄹㅌ",
}
_PAIRS |= {"ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ"}
PAIRS = {fold(pair): fold(both) for pair, both in _PAIRS.items()}
_CONSONANTS = f"ᄀ-ᄒ{''.join(PAIRS)}"
_RUN = re.compile(f"[가-힣{_CONSONANTS}]+")
_QUERY = re.compile(f"[{_CONSONANTS}]+")
#: Longer queries are split.
LONGEST_INITIALS = 8
#: A single consonant begins too many words: it is searched for in titles only.
SHORTEST_INITIALS = 2


def query_initials(folded: str) -> str:
    """Return the letters of a query's word that has nothing but initial consonants; empty for any other word."""
    return _letters(folded) if _QUERY.fullmatch(folded) else ""


def query_terms(initials: str) -> list[str]:
    """Return the beginnings of tokens that a text with these initials has: one, or several of a long query."""
    terms = [initials[at : at + LONGEST_INITIALS] for at in range(0, len(initials), LONGEST_INITIALS)]
    return [term for term in terms if len(term) >= SHORTEST_INITIALS]


def index_initials(folded: str) -> set[str]:
    """Return the tokens of a folded text."""
    runs = [_letters(run[0]) for run in _RUN.finditer(folded)]
    return {run[at : at + LONGEST_INITIALS] for run in runs for at in range(len(run) - 1)}


def pattern_of(initials: str) -> str:
    """Return a regular expression for syllables with these initials, or the consonants themselves."""
    return "".join(_class_of(LETTERS.index(letter)) for letter in initials)


def _class_of(number: int) -> str:
    first = FIRST_SYLLABLE + number * SYLLABLES_PER_INITIAL
    return f"[{chr(FIRST_CONSONANT + number)}{chr(first)}-{chr(first + SYLLABLES_PER_INITIAL - 1)}]"


def _letters(run: str) -> str:
    return run.translate(_TO_LETTERS)


_TO_LETTERS = {
    **{FIRST_CONSONANT + number: letter for number, letter in enumerate(LETTERS)},
    **{
        FIRST_SYLLABLE + number * SYLLABLES_PER_INITIAL + rest: letter
        for number, letter in enumerate(LETTERS)
        for rest in range(SYLLABLES_PER_INITIAL)
    },
    **{ord(pair): "".join(LETTERS[ord(one) - FIRST_CONSONANT] for one in both) for pair, both in PAIRS.items()},
}
