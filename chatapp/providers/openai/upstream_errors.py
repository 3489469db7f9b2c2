"""What went wrong upstream, as an error of a message: a code, and what a person can do."""

import math
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

import openai

from chatapp.errors import ProviderError

TOO_LONG = re.compile(
    r"context[ _](length|window|size)|maximum context|too many (input )?tokens|prompt is too long"
    r"|exceeds? .{0,40}(context|tokens)|input is too long",
    re.IGNORECASE,
)
KEYS = re.compile(r"\b(sk|key|gsk|xai)-[\w*.-]{6,}")
RETRY_SECONDS = 5
LONGEST_RETRY_AFTER = 24 * 3600


def from_sdk(error: openai.OpenAIError, key: str, address: str) -> ProviderError:
    """Translate what the SDK raises. `address` names the setting that holds the server's."""
    if isinstance(error, openai.APITimeoutError):
        return ProviderError("provider_timeout", "The model's server could not be reached in time.")
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, dict) else {}
        return _from_status(error.status_code, _code(body), _said(body, key), error.response.headers.get("retry-after"))
    if isinstance(error, openai.APIConnectionError):
        return ProviderError(
            "provider_unavailable",
            "The model's server cannot be reached. Is it running, and is {address} right?",
            address=address,
        )
    return ProviderError("provider_error", "The model's server sent an answer that could not be read.")


def in_stream(error: Any, key: str) -> ProviderError:
    """Translate an error object that came within the stream."""
    body = error if isinstance(error, dict) else {"message": str(error)}
    code = _code(body)
    status = {
        "rate_limit_exceeded": 429,
        "insufficient_quota": 429,
        "context_length_exceeded": 400,
        "model_not_found": 404,
        "invalid_api_key": 401,
        "server_error": 500,
    }.get(code, 0)
    if code.isdigit():
        status = int(code)
    return _from_status(status, code, _said(body, key), None)


def cut() -> ProviderError:
    return ProviderError("provider_unavailable", "The connection to the model was lost before the answer was whole.")


def no_connection(most: int, seconds: float) -> ProviderError:
    return ProviderError(
        "rate_limited",
        "All {n} connections to the model's server are in use, and none became free within {seconds} s. "
        "{setting} allows more.",
        n=most,
        seconds=f"{seconds:g}",
        setting="CHATAPP_UPSTREAM_CONNECTIONS",
        retry_after=RETRY_SECONDS,
    )


def malformed() -> ProviderError:
    return ProviderError("provider_error", "The model's server sent something that is not valid JSON.")


def not_compatible(address: str) -> ProviderError:
    return ProviderError(
        "provider_error",
        "The model's server does not speak the OpenAI protocol. {address} usually ends in /v1.",
        address=address,
    )


def no_key(variable: str) -> ProviderError:
    return ProviderError(
        "provider_auth", "{variable}, which should hold the key of this model's server, is not set.", variable=variable
    )


def _from_status(status: int, code: str, said: str, retry_after: str | None) -> ProviderError:
    if code == "context_length_exceeded" or status == 413 or (status in {0, 400, 422} and TOO_LONG.search(said)):
        return ProviderError("context_too_long", "The conversation is too long for this model.", said=said)
    if status in {401, 403}:
        return ProviderError(
            "provider_auth", "The model's server refused the API key. The operator should check it.", said=said
        )
    if status == 404:
        return ProviderError("model_not_found", "The model was not found.", said=said)
    if status == 429:
        wait = _seconds(retry_after)
        return ProviderError(
            "rate_limited",
            "The model's server is not accepting more requests right now.",
            said=said,
            retry_after=wait,
        )
    if status == 408:
        return ProviderError("provider_timeout", "The model took too long.", said=said)
    if status >= 500:
        return ProviderError(
            "provider_unavailable", "The model's server has a problem ({status}).", status=status, said=said
        )
    return ProviderError("provider_error", "The model's server refused the request.", said=said)


def _code(body: dict[str, Any]) -> str:
    return str(body.get("code") or body.get("type") or "")


def _said(body: dict[str, Any], key: str) -> str:
    """Return what the upstream says, shortened and without secrets."""
    said = str(body.get("message") or "").strip()
    if key:
        said = said.replace(key, "…")
    return KEYS.sub("…", " ".join(said.split())).encode("utf-8", "replace").decode()[:300]


def _seconds(value: str | None) -> float | None:
    """Return what a Retry-After header says: seconds, or a date (RFC 9110, 10.2.3)."""
    try:
        seconds = float(value or "")
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value or "").timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER) if math.isfinite(seconds) else None
