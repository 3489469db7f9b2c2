"""The space or line break that a model leaves out where it continues a text that it was asked, in words, to continue.

A model begins its message without the space that the next word needs. Whether a text broke off after a word or within
one is judged by the words of the text itself, and by common words and endings.
"""

import re

SENTENCE_ENDS, PAUSES = frozenset(".!?…"), frozenset(",;:")
MARKS = frozenset("\"*_`'")
CLOSINGS, OPENINGS = frozenset(")]}”’»"), frozenset("([“‘«")
HANGUL = re.compile(r"[가-힣]")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
LAST_WORD, FIRST_WORD = re.compile(r"[^\W_]+$"), re.compile(r"[^\W_]+")
ITEM = re.compile(r"\s{0,8}([-*+•]|\d{1,3}[.)])\s")
HEADING, FENCE, ROW = re.compile(r"#{1,6}\s"), re.compile(r"`{3,}|~{3,}"), "|"
#: Words that are whole, and parts of words that follow another part.
COMMON = re.compile(
    r"(an?|the|this|that|these|those|i|you|he|she|it|we|they|who|which|what|and|or|but|nor|so|if|as|than|then|to|of|in|on"
    r"|at|by|for|from|with|into|over|under|about|is|are|was|were|be|been|has|have|had|do|does|did|will|would|can|could"
    r"|should|may|might|must|not?|also|only|more|most|very|all|any|some|each|every|my|your|his|her|its|our|their"
    r"|there|here|when|where|while|because|however)$",
    re.IGNORECASE,
)
ENDINGS = re.compile(
    r"(s|es|ed|d|er|ers|est|ly|ing|ings|ion|ions|tion|tions|sion|ation|ations|ment|ments|ness|ity|ities|ive|able|ible"
    r"|al|ally|ous|ful|less|ism|ist|ists|ize|ized|izes|ance|ence|ent|ant|ary|ory|ship|th|st|nd|rd)$"
)
IN_LIST = re.compile(r"\d[,;:] \d")
#: Korean particles and endings: after them a word begins, and they begin none.
KOREAN_END = re.compile(r"(은|는|을|를|에|에서|의|와|과|도|만|며|고|면서|지만|니다|세요|어요|아요|해요|예요)$")
KOREAN_PARTICLE = re.compile(
    r"(은|는|이|가|을|를|에|에서|에게|의|와|과|도|만|로|으로|까지|부터|입니다|습니다|니다|합니다|됩니다|에요|예요|세요|어요|아요|요|다)(?![가-힣])"
)


def separator(before: str, text: str, *, in_code: bool) -> str:
    """Return what is missing between a text and its continuation: a space, a line break or nothing."""
    if not before or not text or before[-1].isspace() or text[0].isspace():
        return ""
    line = before[before.rfind("\n") + 1 :]
    if in_code:
        return "\n" if FENCE.match(text) else ""
    if _begins_block(line, text):
        return "\n"
    return " " if _lacks_space(before, line, text) else ""


def _begins_block(line: str, text: str) -> bool:
    """Tell whether the text begins a line of Markdown: an item or a row after others, a heading, a fence."""
    if ITEM.match(text):
        return bool(ITEM.match(line)) or line.endswith(":")
    if text.startswith(ROW):
        return line.startswith(ROW) and line.endswith(ROW)
    return bool(HEADING.match(text) or FENCE.match(text))


def _lacks_space(before: str, line: str, text: str) -> bool:
    last, first = before[-1], text[0]
    if first in MARKS or last in MARKS:
        return _lacks_space_at_mark(line, text)
    if not first.isalnum():
        return first in OPENINGS and bool(LATIN.match(last) or last in SENTENCE_ENDS | PAUSES)
    if last in SENTENCE_ENDS:
        return first.isupper() or bool(HANGUL.match(first))
    if last in PAUSES:
        return first.isalpha() or bool(IN_LIST.search(line))  # else it may be within a number
    if last in CLOSINGS:
        return bool(LATIN.match(first))
    return last.isalnum() and _is_between_words(before, text)


def _lacks_space_at_mark(line: str, text: str) -> bool:
    """Tell whether a mark such as `**` at the joint opens (then the space is before it) or closes (then after it)."""
    last, first = line[-1], text[0]
    if first in MARKS:
        return _is_closed(line, first) and bool(LATIN.match(last) or last in SENTENCE_ENDS | PAUSES)
    return _is_closed(line, last) and bool(LATIN.match(first))


def _is_closed(line: str, mark: str) -> bool:
    return mark != "'" and len(re.findall(f"{re.escape(mark)}+", line)) % 2 == 0


def _is_between_words(before: str, text: str) -> bool:
    last, first = LAST_WORD.search(before), FIRST_WORD.match(text)
    if not last or not first:
        return False
    left, right = last[0], first[0]
    if HANGUL.match(left[-1]):
        return bool(KOREAN_END.search(left)) and not KOREAN_PARTICLE.match(right)
    if not LATIN.match(right[0]):
        return right[0].isdigit() and len(left) > 1 and left[-1].islower()
    if left[-1].isdigit():
        return len(right) > 2 and not ENDINGS.match(right)
    if not LATIN.match(left[-1]):
        return False
    return _are_words(left, right, {word.lower() for word in FIRST_WORD.findall(before[-4000:])[:-1]})


def _are_words(left: str, right: str, known: set[str]) -> bool:
    """Tell whether both are words, and not parts of one. `known`: words of the text."""
    if (left + right).lower() in known:
        return False
    if COMMON.match(left) or COMMON.match(right) or right.lower() in known or right[0].isupper():
        return True
    return len(right) > 2 and not ENDINGS.match(right)
