"""Reads errors of model servers, whatever their shape: what they say, and their code, status and time to wait."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

import orjson

from chatapp.providers.openai import retry_times

MAX_DEPTH = 6
MAX_WORDS = 2000
#: How much of a page is looked at.
MAX_PAGE = 16 * 1024
#: The fields with a server's words, the best first.
WORDS = (
    *("message", "detail", "error_message", "error_description", "errorMessage", "err_msg", "msg", "status_msg"),
    *("title", "error", "errors", "reason", "Message"),
)
#: The fields that may hold an object with more.
PARTS = ("metadata", "raw", "innererror", "status", "base_resp", "response")
CODES = ("code", "type", "status", "error_code", "err_code", "error_type", "status_code", "statusCode", "__type")
#: Codes that say nothing beside others.
VAGUE = {"error", "null", "none", "upstream_error", "invalid_request_error", "one_api_error", "new_api_error"}
SUCCESS = ("", "0", "200", "none", "null", "ok", "success", "20000")
STATUS = re.compile(r"([45]\d\d)(?:\d\d)?")
TAG = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class UpstreamError:
    """An error of a model server. `code`: lower case; `status`: as HTTP's, or 0; `retry_after`: seconds.

    `param`: the part of the request that it is about.
    """

    words: str = ""
    code: str = ""
    status: int = 0
    retry_after: float | None = None
    param: str = ""


def is_error(value: Any) -> bool:
    """Tell whether an object of a stream, or a whole answer, is an error."""
    if isinstance(value, list):
        return any(is_error(each) for each in value)
    if not isinstance(value, dict):
        return False
    if _tells(value.get("error")) or _tells(value.get("errors")) or "error" in (value.get("object"), value.get("type")):
        return True
    base = value.get("base_resp")
    if value.get("success") is False or (isinstance(base, dict) and not _is_success(base.get("status_code"))):
        return True
    if value.get("choices") or value.get("usage") or ("code" in value and _is_success(value["code"])):
        return False
    words = [value.get(name) for name in WORDS if name != "title"]
    return any(isinstance(each, str) and each for each in words) or isinstance(value.get("detail"), list)


def _tells(error: Any) -> bool:
    """Tell whether the `error` of an object says anything: some servers send an empty one, or one of success."""
    if isinstance(error, dict):
        return any(not _is_success(value) for value in error.values()) and not (
            "code" in error and error["code"] is not None and _is_success(error["code"])
        )
    return bool(error) and not _is_success(error)


def _is_success(value: Any) -> bool:
    return not value or (isinstance(value, str | int) and str(value).strip().lower() in SUCCESS)


def read(value: Any, status: int = 0, headers: Mapping[str, str] | None = None) -> UpstreamError:
    """Return the error in a body (bytes, or its JSON), with the status and the headers of its response."""
    if isinstance(value, bytes):
        value = _parse(value.decode(errors="replace"))
    found = _read(value, 0)
    words = (found.words or _as_it_is(value))[:MAX_WORDS]
    times = (retry_times.from_headers(headers or {}), found.retry_after, retry_times.from_words(words))
    retry_after = next((each for each in times if each is not None), None)
    # A gateway's own status tells less than the one that it reports, except for its success.
    own = status if status >= 400 else 0
    return UpstreamError(words, found.code, own or found.status, retry_after, found.param)


def _as_it_is(value: Any) -> str:
    """Return the JSON of an object in which no words were found."""
    try:
        return orjson.dumps(value).decode() if isinstance(value, dict | list) and value else ""
    except (TypeError, ValueError):  # too deep
        return ""


def _read(value: Any, depth: int) -> UpstreamError:
    if depth > MAX_DEPTH:
        return UpstreamError()
    if isinstance(value, str):
        parsed = _parse(value)
        return UpstreamError(_plain(value)) if isinstance(parsed, str) else _read(parsed, depth + 1)
    if isinstance(value, list):
        found = [_read(each, depth + 1) for each in value[:5]]
        words = "; ".join(dict.fromkeys(each.words for each in found if each.words))
        return replace(next((each for each in found if each.words), UpstreamError()), words=words)
    if not isinstance(value, dict):
        return UpstreamError()
    return _read_object(value, depth)


def _read_object(value: dict[str, Any], depth: int) -> UpstreamError:
    parts = [_read(value[name], depth + 1) for name in PARTS if _holds_more(name, value.get(name))]
    parts += [_read(value[name], depth + 1) for name in WORDS if isinstance(value.get(name), str | dict | list)]
    words = next((part.words for part in parts if part.words), "")
    if location := value.get("loc"):  # FastAPI's 422
        words = f"{'.'.join(map(str, location))}: {words}" if isinstance(location, list) else words
    codes = [str(value[name]).strip().lower() for name in CODES if isinstance(value.get(name), str | int)]
    codes += [part.code for part in parts if part.code]
    numbers = [int(match[1]) for code in codes if (match := STATUS.fullmatch(code))]
    numbers += [part.status for part in parts if part.status]
    named = [code for code in codes if code and not code.lstrip("-").isdigit()]
    return UpstreamError(
        words,
        next((code for code in named if code not in VAGUE), named[0] if named else ""),
        numbers[0] if numbers else 0,
        next(_waits(value, parts), None),
        param=str(value.get("param") or next((part.param for part in parts if part.param), "")),
    )


def _holds_more(name: str, value: Any) -> bool:
    return isinstance(value, dict | list) or (name == "raw" and isinstance(value, str) and bool(value.strip()))


def _waits(value: dict[str, Any], parts: list[UpstreamError]) -> Iterator[float]:
    """Yield the times to wait that an object names."""
    details = value.get("details")
    for each in [value, *(details if isinstance(details, list) else [])]:
        if isinstance(each, dict) and (seconds := retry_times.from_fields(each)) is not None:
            yield seconds
    yield from (part.retry_after for part in parts if part.retry_after is not None)


def _parse(text: str) -> Any:
    """Return the JSON in a text; the text if there is none."""
    start = text.strip()
    if start.startswith(("data:", "event:")):
        start = start.partition("data:")[2].strip()
    if start[:1] in {"{", "["}:
        try:
            return orjson.loads(start)
        except orjson.JSONDecodeError:
            return text
    return text


def _plain(text: str) -> str:
    """Return a text without the markup of a page."""
    if re.match(r"\s*<(!doctype|html|head|body|\?xml)", text, re.IGNORECASE):
        text = text[:MAX_PAGE]
        title = TITLE.search(text)
        text = unescape(title[1] if title and title[1].strip() else TAG.sub(" ", text))
    words = " ".join(text.split())
    return "" if words.lower() in {"null", "none", "{}"} else words
