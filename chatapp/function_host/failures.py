"""Describes an exception of the user's code for the server."""

import importlib
import traceback
from pathlib import Path
from typing import Any

#: Files in a traceback before the user's code: ours, and the import system's.
NOT_THEIRS = (str(Path(__file__).parent), str(Path(importlib.__file__).parent), "<frozen importlib")
LONGEST_TEXT = 1000
LONGEST_TRACEBACK = 16_000
CODES = {
    401: "provider_auth",
    403: "provider_auth",
    404: "model_not_found",
    408: "provider_timeout",
    429: "rate_limited",
}
#: The HTTP status that tells what an error within a stream means. Its codes are those of OpenAI and of anthropic.
STATUS = {
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "timeout_error": 408,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "server_error": 500,
    "api_error": 500,
    "overloaded_error": 503,
}
UNREACHABLE = {"APIConnectionError", "ConnectError", "ConnectionError", "NetworkError", "RemoteProtocolError"}


class ModelServerError(RuntimeError):
    """The model's server has told an error within its stream, where clients do not raise it."""

    def __init__(self, message: Any, code: Any) -> None:
        super().__init__(f"the model's server says: {message or code or 'no reason'}")
        self.status_code = STATUS.get(code) if isinstance(code, str) else None


def describe_failure(error: BaseException) -> dict[str, Any]:
    """Return `{"code", "message", "retry_after", "traceback"}`."""
    return {
        "code": _code(error),
        "message": summarize(error),
        "retry_after": _retry_after(error),
        "traceback": format_traceback(error),
    }


def summarize(error: BaseException) -> str:
    """Return the exception's type and text. SystemExit gets a sentence of its own."""
    name = type(error).__name__
    try:
        # Without the place of a syntax error, which is reported separately.
        text = str(error.msg if isinstance(error, SyntaxError) else error).strip()[:LONGEST_TEXT]
    except Exception:  # noqa: BLE001 -- the user's own __str__ failed
        text = ""
    if isinstance(error, SystemExit):
        return f"The function called sys.exit({text})."
    return f"{name}: {text}" if text else name


def format_traceback(error: BaseException) -> str:
    """Return the traceback, from the first line of the user's code."""
    start = error.__traceback__
    while start is not None and start.tb_frame.f_code.co_filename.startswith(NOT_THEIRS):
        start = start.tb_next
    return "".join(traceback.format_exception(type(error), error, start))[-LONGEST_TRACEBACK:]


def _code(error: BaseException) -> str:
    """Return the error code, by what the exceptions of openai, anthropic, ollama, httpx and requests have in common."""
    status = _status(error)
    names = {kind.__name__ for kind in type(error).__mro__}
    if status in CODES:
        return CODES[status]
    if status >= 500:
        return "provider_unavailable"
    if any("Timeout" in name for name in names):
        return "provider_timeout"
    return "provider_unavailable" if names & UNREACHABLE else "provider_error"


def _status(error: BaseException) -> int:
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int):
            return status
    return 0


def _retry_after(error: BaseException) -> float | None:
    headers: Any = getattr(getattr(error, "response", None), "headers", None)
    value = headers.get("retry-after") if hasattr(headers, "get") else None
    return float(value) if isinstance(value, str) and value.isdecimal() and len(value) < 6 else None
