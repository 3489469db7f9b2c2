"""Translates errors of a model server into ProviderErrors."""

import math
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

import openai

from chatapp.errors import ProviderError
from chatapp.providers.masking import MASK, MAX_CHARACTERS

TOO_LONG = re.compile(
    r"context[ _](length|window|size)|maximum context|too many (input )?tokens|prompt is too long"
    r"|exceeds? .{0,40}(context|tokens)|input is too long",
    re.IGNORECASE,
)
RETRY_SECONDS = 5
MAX_RETRY_AFTER = 24 * 3600


def from_sdk(error: openai.OpenAIError, key: str, address: str) -> ProviderError:
    """Translate an error of the SDK. `address`: the name of the setting with the server's address."""
    if isinstance(error, openai.APITimeoutError):
        return ProviderError("provider_timeout", "The model's server could not be reached in time.")
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, dict) else {}
        return _from_status(
            error.status_code, _code(body), _message(body, key), error.response.headers.get("retry-after")
        )
    if isinstance(error, openai.APIConnectionError):
        return ProviderError(
            "provider_unavailable",
            "The model's server cannot be reached. Is it running, and is {address} right?",
            address=address,
        )
    return ProviderError("provider_error", "The model's server sent an answer that could not be read.")


def in_stream(error: Any, key: str) -> ProviderError:
    """Translate an error object in the stream."""
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
    return _from_status(status, code, _message(body, key), None)


def connection_lost() -> ProviderError:
    return ProviderError("provider_unavailable", "The connection to the model was lost before the answer was whole.")


def no_connection(limit: int, seconds: float) -> ProviderError:
    return ProviderError(
        "rate_limited",
        "All {n} connections to the model's server are in use, and none became free within {seconds} s. "
        "{setting} allows more.",
        n=limit,
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


def _from_status(status: int, code: str, message: str, retry_after: str | None) -> ProviderError:
    if code == "context_length_exceeded" or status == 413 or (status in {0, 400, 422} and TOO_LONG.search(message)):
        return ProviderError(
            "context_too_long", "The conversation is too long for this model.", provider_message=message
        )
    if status in {401, 403}:
        return ProviderError(
            "provider_auth",
            "The model's server refused the API key. The operator should check it.",
            provider_message=message,
        )
    if status == 404:
        return ProviderError("model_not_found", "The model was not found.", provider_message=message)
    if status == 429:
        wait = _seconds(retry_after)
        return ProviderError(
            "rate_limited",
            "The model's server is not accepting more requests right now.",
            provider_message=message,
            retry_after=wait,
        )
    if status == 408:
        return ProviderError("provider_timeout", "The model took too long.", provider_message=message)
    if status >= 500:
        return ProviderError(
            "provider_unavailable",
            "The model's server has a problem ({status}).",
            status=status,
            provider_message=message,
        )
    return ProviderError("provider_error", "The model's server refused the request.", provider_message=message)


def _code(body: dict[str, Any]) -> str:
    return str(body.get("code") or body.get("type") or "")


def _message(body: dict[str, Any], key: str) -> str:
    """Return the server's own message, without our key. It is masked further before anybody sees it."""
    message = str(body.get("message") or "")[:MAX_CHARACTERS]
    return " ".join((message.replace(key, MASK) if key else message).split())


def _seconds(value: str | None) -> float | None:
    """Return a Retry-After header (RFC 9110, 10.2.3: seconds or a date) in seconds; None if it is invalid."""
    try:
        seconds = float(value or "")
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value or "").timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER) if math.isfinite(seconds) else None
