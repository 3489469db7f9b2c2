"""A function with long answers; the question names kind, length and rate: `list 100000 2000`."""

import itertools
import time
from collections.abc import Iterator
from typing import Any

TOKEN_CHARACTERS = 4
KINDS = ("prose", "list", "table", "code")
SENTENCES = (
    "스트리밍은 답변을 **빠르게** 보여 줍니다. The server `emits` each token to every tab, and nothing is *lost*: "
    "서버는 글자를 하나씩 보내고 탭은 그대로 그립니다."
)


def answer(messages: list[dict[str, Any]]) -> Iterator[str]:
    """Answer a question of the form `KIND CHARACTERS TOKENS_PER_SECOND`."""
    kind, characters, rate = messages[-1]["content"].split()
    text = long_text(kind, int(characters))
    started = time.monotonic()
    for number, at in enumerate(range(0, len(text), TOKEN_CHARACTERS)):
        time.sleep(max(0.0, started + number / float(rate) - time.monotonic()))
        yield text[at : at + TOKEN_CHARACTERS]


def long_text(kind: str, characters: int) -> str:
    """Return `characters` characters of prose, one list, one table or one block of code."""
    heads = {"table": "| no. | what | why |\n|---:|---|---|\n", "code": "```python\n"}
    makers = {"prose": paragraph, "list": item, "table": row, "code": line}
    words = itertools.cycle(SENTENCES.split())
    parts = [heads.get(kind, "")]
    length = 0
    for number in itertools.count(1):
        parts.append(makers[kind](number, words))
        length += len(parts[-1])
        if length >= characters:
            return "".join(parts)[:characters]
    raise AssertionError


def take_words(words: Iterator[str], count: int) -> str:
    return " ".join(itertools.islice(words, count))


def paragraph(_number: int, words: Iterator[str]) -> str:
    return f"{take_words(words, 50)}\n\n"


def item(number: int, words: Iterator[str]) -> str:
    return f"- {number}: {take_words(words, 12)}\n"


def row(number: int, words: Iterator[str]) -> str:
    return f"| {number} | {take_words(words, 5)} | {take_words(words, 5)} |\n"


def line(number: int, _words: Iterator[str]) -> str:
    return f'    value_{number} = compute({number}, "text")  # 주석 {number}\n'
