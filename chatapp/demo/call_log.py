"""A log of the calls and of their progress, for tests and benchmarks."""

import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, Literal

CALLS_KEPT = 1000
WRITES_KEPT = 2000
SECRET_HEADERS = {"authorization", "api-key", "x-api-key"}

Ender = Literal["server", "client"]


class CallRecord:
    """One chat call. Its handler writes the record while other threads read it."""

    def __init__(self, number: int, attempt: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.attempt = attempt
        self.tokens = 0
        self._facts = {
            "n": number,
            "model": body.get("model"),
            "messages": body.get("messages"),
            "stream": bool(body.get("stream")),
            "options": {key: body[key] for key in body if key not in ("model", "messages", "stream")},
            "headers": headers,
            "started_at": time.time(),
        }
        self._sent: deque[tuple[float, int]] = deque(maxlen=WRITES_KEPT)
        self._end: tuple[float | None, Ender | None] = (None, None)
        self._lock = threading.Lock()

    def add_tokens(self, tokens: int) -> None:
        """Count tokens. Called before they are written, so that a token that a client has seen is always recorded."""
        if tokens:
            with self._lock:
                self.tokens += tokens
                self._sent.append((time.time(), self.tokens))

    def end(self, by: Ender) -> None:
        """Record which side ended the answer. A client that has gone overrides the server."""
        if self._end[1] is None or by == "client":
            self._end = (time.time(), by)

    def is_about(self, text: str) -> bool:
        """Tell whether a message holds this text."""
        messages = self._facts["messages"]
        contents = (
            [one.get("content") for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
        )
        return any(text in str(content) for content in contents)

    def as_json(self) -> dict[str, Any]:
        """Return the call in the format of `GET /_calls`."""
        with self._lock:
            sent, tokens = list(self._sent), self.tokens
        ended_at, ended_by = self._end
        return {**self._facts, "sent": sent, "tokens": tokens, "ended_at": ended_at, "ended_by": ended_by}


class CallLog:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[CallRecord] = deque(maxlen=CALLS_KEPT)
        self._attempts: Counter[str] = Counter()
        self._number = 0
        self._lock = threading.Lock()

    def record(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> CallRecord:
        """Add a new call, and count it as an attempt at its exact model string."""
        model = str(body.get("model"))
        shown = {name.lower(): value for name, value in headers.items()}
        shown |= dict.fromkeys(SECRET_HEADERS & shown.keys(), "present")
        with self._lock:
            self._number += 1
            self._attempts[model] += 1
            call = CallRecord(self._number, self._attempts[model], body, shown)
            self._calls.append(call)
        return call

    def all(self) -> list[CallRecord]:
        """Return all records, oldest first."""
        with self._lock:
            return list(self._calls)

    def clear(self) -> None:
        """Remove all calls and attempts. The numbering continues."""
        with self._lock:
            self._calls.clear()
            self._attempts.clear()
