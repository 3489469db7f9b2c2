"""Synthetic conversations of an owner, written directly into the database."""

import random
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from itertools import accumulate
from pathlib import Path

MESSAGES_PER_CONVERSATION = 20
MEAN_CHARACTERS = 400
KOREAN_WORDS, ENGLISH_WORDS = 6000, 4000
ROWS_PER_WRITE = 500
#: Words and syllables are drawn with Zipf's distribution: few are frequent.
PARTICLES = ("", "을", "를", "이", "가", "은", "는", "에서", "으로", "하고", "입니다", "했습니다")
COMMON, RARE = "스트리밍", "두더지잡기"


class TextGenerator:
    """Generates random messages: three quarters in Korean with some English words, one quarter in English."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        syllables = [chr(self._dice.randrange(0xAC00, 0xD7A4)) for _ in range(900)]
        chance = list(accumulate(1 / (rank + 10) for rank in range(len(syllables))))
        self._korean = [
            "".join(self._dice.choices(syllables, cum_weights=chance, k=self._dice.choice((2, 2, 2, 3, 4))))
            for _ in range(KOREAN_WORDS)
        ]
        self._korean[20] = COMMON
        self._english = [
            "".join(self._piece() for _ in range(self._dice.choice((1, 2, 2, 3, 4)))) for _ in range(ENGLISH_WORDS)
        ]
        self._english[10] = "streaming"
        self._english[900] = "strawberry"
        self._chances = {
            size: list(accumulate(1 / (rank + 3) for rank in range(size))) for size in (KOREAN_WORDS, ENGLISH_WORDS)
        }

    def message(self) -> str:
        """Return a message. Most are short, some long."""
        length = min(8000, int(self._dice.lognormvariate(5.5, 1.0)) + 8)
        is_korean = self._dice.random() < 0.75
        words: list[str] = []
        characters = 0
        while characters < length:
            words.append(self._korean_word() if is_korean else self._pick(self._english))
            characters += len(words[-1]) + 1
        return " ".join(words)

    def _korean_word(self) -> str:
        stem = self._pick(self._english) if self._dice.random() < 0.08 else self._pick(self._korean)
        return stem + self._dice.choice(PARTICLES)

    def _pick(self, words: list[str]) -> str:
        return self._dice.choices(words, cum_weights=self._chances[len(words)])[0]

    def _piece(self) -> str:
        return (
            self._dice.choice("bcdfghklmnprstvw") + self._dice.choice("aeiou") + self._dice.choice(("", "n", "r", "st"))
        )


def fill(database: Path, owner: str, messages: int) -> int:
    """Write conversations with `messages` messages in total. Returns the bytes of their text."""
    generator = TextGenerator(messages)
    written = 0
    with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection:
        for rows in _rows(generator, messages):
            connection.execute("BEGIN IMMEDIATE")
            conversations = {(row[1], owner, generator.message()[:40], row[3], row[3]) for row in rows}
            connection.executemany(CONVERSATION, conversations)
            connection.executemany(MESSAGE, rows)
            connection.execute("COMMIT")
            written += sum(len(row[2].encode()) for row in rows)
    return written


CONVERSATION = """
    INSERT OR IGNORE INTO conversations (id, owner, title, pinned, archived, revision, created_at, updated_at)
    VALUES (?, ?, ?, 0, 0, 0, ?, ?)
"""
MESSAGE = """
    INSERT INTO messages (id, conversation_id, content, created_at, role, reasoning, status, cached)
    VALUES (?, ?, ?, ?, 'user', '', 'complete', 0)
"""


def _rows(generator: TextGenerator, messages: int) -> Iterator[list[tuple[str, str, str, float]]]:
    """Yield batches of messages (id, conversation, text, time); one in 5,000 has the rare word."""
    conversation, start = "", time.time() - messages * 60
    rows: list[tuple[str, str, str, float]] = []
    for number in range(messages):
        if number % MESSAGES_PER_CONVERSATION == 0:
            conversation = _id(start + number * 60)
        text = generator.message() + (f" {RARE}" if number % 5000 == 7 else "")
        rows.append((_id(start + number * 60), conversation, text, start + number * 60))
        if len(rows) == ROWS_PER_WRITE or number == messages - 1:
            yield rows
            rows = []


def _id(at: float) -> str:
    """Return a UUIDv7 with a given time."""
    return str(uuid.UUID(int=int(at * 1000) << 80 | 7 << 76 | 2 << 62 | uuid.uuid4().int >> 68))
