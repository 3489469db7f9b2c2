"""Times to wait before another try, as model servers tell them: in headers, in fields of an error, or in its words."""

import math
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

MOST_SECONDS = 24 * 3600.0
HEADERS = ("retry-after-ms", "retry-after", "llm_provider-retry-after", "x-retry-after", "x-ratelimit-reset-after")
FIELDS = ("retryDelay", "retry_after", "retry_after_seconds", "retryAfter", "retry_after_ms", "estimated_time")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "초": 1.0, "秒": 1.0, "분": 60.0, "分": 60.0}
NUMBER = r"\d{1,12}(?:\.\d{1,12})?"
PART = re.compile(rf"({NUMBER})\s?(ms|milli|d|h|m|s|초|秒|분|分)[a-z]*", re.IGNORECASE)
#: Atomic: `1ms` could be read in two ways, and so a list of them in too many.
DURATION = re.compile(rf"\s*(?:(?>{PART.pattern})[\s,]*)+", re.IGNORECASE)
BEFORE = re.compile(r"\b(?:retry|again|wait|resets?|available)\s(?:[a-z]+\s){0,3}?(?=\d)", re.IGNORECASE)
#: `20초 후에`, `20秒后`: the time comes first.
KOREAN_OR_CHINESE = re.compile(rf"({NUMBER})\s?(초|秒|분|分)\w*\s?(?:후|뒤|后|後)")


def from_headers(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a response's headers name."""
    for name in HEADERS:
        seconds = _seconds(headers.get(name))
        if seconds is not None:
            return seconds / 1000 if name.endswith("-ms") else seconds
    for kind in ("requests", "tokens"):
        if headers.get(f"x-ratelimit-remaining-{kind}") == "0":
            return _seconds(headers.get(f"x-ratelimit-reset-{kind}"))
    return None


def from_fields(fields: Mapping[str, Any]) -> float | None:
    """Return the seconds that the fields of an object name, or the headers within it."""
    for name in FIELDS:
        seconds = _seconds(fields.get(name))
        if seconds is not None:
            return seconds / 1000 if name.endswith("_ms") else seconds
    headers = fields.get("headers")
    if isinstance(headers, dict):
        lower = {str(name).lower(): value for name, value in headers.items()}
        found = from_headers(lower)
        return found if found is not None else _until(lower.get("x-ratelimit-reset"))
    return None


def from_words(words: str) -> float | None:
    """Return the seconds in `Please try again in 1m6.3s`, for instance."""
    for match in BEFORE.finditer(words):
        if duration := DURATION.match(words, match.end()):
            return _duration(duration[0])
    first = KOREAN_OR_CHINESE.search(words)
    return _bounded(float(first[1]) * UNITS[first[2]]) if first else None


def _duration(text: str) -> float | None:
    units = {"milli": 0.001, **UNITS}
    return _bounded(sum(float(number) * units[unit.lower()] for number, unit in PART.findall(text)))


def _seconds(value: Any) -> float | None:
    """Return a time to wait in seconds: a number, `"38s"`, `"1m6s"` or a date (RFC 9110, 10.2.3); None for others."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    try:
        return _bounded(float(text))
    except ValueError:
        pass
    if DURATION.fullmatch(text):
        return _duration(text)
    try:
        return _bounded(parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _until(value: Any) -> float | None:
    """Return the seconds until a moment, in milliseconds since the epoch."""
    try:
        moment = float(value) / 1000
    except (TypeError, ValueError):
        return None
    return _bounded(moment - time.time()) if moment > 1e9 else None


def _bounded(seconds: float) -> float | None:
    return min(max(seconds, 0.0), MOST_SECONDS) if math.isfinite(seconds) else None
