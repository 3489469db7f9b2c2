"""Finds the keywords of a question that the friendly models know, in English and in Korean."""

import re
import unicodedata
from dataclasses import dataclass

# A Korean keyword matches at the start of a word only; one of one syllable only before a particle: 표를, not 목표.
KO = "(?<![가-힣])"
TOPICS = {
    "error": rf"\b(errors?|faults?|failures?)\b|{KO}(오류|에러|장애)",
    "help": rf"\b(help|menu|what can (you|i) (do|ask|try))\b|{KO}(도움말|도와|메뉴|사용법|(뭘|무엇을) 할 수)",
    "markdown": rf"\bmarkdown\b|{KO}마크다운",
    "table": rf"\btables?\b|{KO}(표([를로가는도만]|라도|하나)?(?![가-힣])|테이블)",
    "code": rf"\b(code|python|javascript|program)\b|{KO}(코드|파이썬|자바스크립트|프로그램)",
    "math": rf"\b(math|maths|mathematics|formulas?|equations?|latex)\b|{KO}(수식|수학|공식|방정식)",
    "list": rf"\b(lists?|to-?dos?|checklist)\b|{KO}(목록|리스트|할 일)",
    "emoji": rf"\b(emojis?|smileys?)\b|{KO}(이모지|이모티콘)",
    "story": rf"\b(story|stories|tale)\b|{KO}(이야기|옛날이야기|동화)",
    "who": rf"\b(hi|hello|hey|wh(o|at) are you|your name|real model)\b|{KO}(안녕|누구|정체|이름이|반가)",
}
LONG = re.compile(rf"\b(long|longer)\b|{KO}(긴(?![가-힣])|길게)", re.IGNORECASE)
THINK = re.compile(rf"\b(think|thinking|reason|reasoning)\b|{KO}(생각|추론|고민)", re.IGNORECASE)
SPEED = re.compile(rf"\bspeed\b|{KO}(속도|빠르기)", re.IGNORECASE)
SLOW = re.compile(rf"\bslow(ly|er)?\b|{KO}(천천히|느리게|느린)", re.IGNORECASE)
FAST = re.compile(rf"\b(fast|faster|quick|quickly)\b|{KO}(빨리|빠르게|빠른)", re.IGNORECASE)
RATE = re.compile(
    r"(\d[\d,]*)\s*(?:tokens?|토큰)\s*(?:/|per\s+)\s*s(?:ec(?:ond)?)?\b"
    r"|(?:초당|1초에)\s*(\d[\d,]*)\s*개?\s*(?:의\s*)?(?:토큰|tokens?)",
    re.IGNORECASE,
)
TOKENS = re.compile(r"(\d[\d,]*)\s*(?:tokens?|토큰)", re.IGNORECASE)
CHARACTERS = re.compile(r"(\d[\d,]*)\s*(?:characters?|chars?\b|글자|자(?![리릿매]))", re.IGNORECASE)

SLOW_RATE, FAST_RATE, FASTEST = 8.0, 200.0, 10_000.0
MOST_TOKENS, MOST_CHARACTERS = 20_000, 60_000
LONG_TOKENS = 1_200


@dataclass(frozen=True)
class QuestionIntent:
    """What the question asks for. None: not mentioned."""

    topic: str | None = None
    rate: float | None = None
    tokens: int | None = None
    characters: int | None = None
    think: bool = False


def read_intent(question: str) -> QuestionIntent:
    """Read the keywords of a question. Numbers are limited to what the demo serves."""
    # Decomposed Hangul, which macOS sends, would match nothing.
    text = unicodedata.normalize("NFC", question)
    rate = find_rate(text)
    text = RATE.sub(" ", text)
    tokens, characters = find_count(TOKENS, text, MOST_TOKENS), find_count(CHARACTERS, text, MOST_CHARACTERS)
    if tokens is None and characters is None and LONG.search(text):
        tokens = LONG_TOKENS
    return QuestionIntent(
        topic="long" if tokens or characters else find_topic(text, rate),
        rate=rate,
        tokens=tokens,
        characters=characters,
        think=bool(THINK.search(text)),
    )


def find_topic(text: str, rate: float | None) -> str | None:
    """Return the first topic that the text names, or `speed` if it names only a speed."""
    for name, pattern in TOPICS.items():
        if re.search(pattern, text, re.IGNORECASE):
            return name
    return "speed" if rate is not None or SPEED.search(text) else None


def find_rate(text: str) -> float | None:
    """Return the tokens per second, given as a number or as a word."""
    if match := RATE.search(text):
        return min(FASTEST, max(1.0, parse_number(match[1] or match[2])))
    if SLOW.search(text):
        return SLOW_RATE
    return FAST_RATE if FAST.search(text) else None


def find_count(pattern: re.Pattern[str], text: str, most: int) -> int | None:
    """Return the number that the pattern finds, at most `most`."""
    match = pattern.search(text)
    return int(min(most, max(1, parse_number(match[1])))) if match else None


def parse_number(digits: str) -> float:
    """Parse digits with thousands separators. A float, because their number is not limited."""
    return float(digits.replace(",", ""))
