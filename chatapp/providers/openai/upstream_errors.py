"""Translates errors of a model server into ProviderErrors."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openai

from chatapp.errors import ProviderError
from chatapp.providers.masking import MASK
from chatapp.providers.openai import error_reader, finish_reasons
from chatapp.providers.openai.answer_reader import AnswerReader, tool_names
from chatapp.providers.openai.error_reader import UpstreamError
from chatapp.providers.openai.error_rules import LOADING, RULES
from chatapp.providers.openai.event_stream import MAX_EVENT_BYTES, TooLargeError
from chatapp.providers.openai.names import UnknownNameError

RETRY_SECONDS = 5
PROXY_AUTHENTICATION = 407


@dataclass(frozen=True, slots=True)
class Request:
    """What the sentences need to know of a request.

    `address`, `proxy`: the names of the settings with the server's address, and with that of a proxy.
    """

    key: str = ""
    address: str = ""
    proxy: str = ""


def from_sdk(error: openai.OpenAIError, request: Request) -> ProviderError:
    """Translate an error of the SDK."""
    if isinstance(error, openai.APITimeoutError):
        return ProviderError("provider_timeout", "The model's server could not be reached in time.")
    if isinstance(error, openai.APIStatusError):
        if error.status_code == PROXY_AUTHENTICATION and request.proxy:
            return _no_way_through(f"HTTP {PROXY_AUTHENTICATION}", request)
        return translate(read_response(error), request)
    if isinstance(error, openai.APIConnectionError):
        return unreachable(error, request)
    return ProviderError("provider_error", "The model's server sent an answer that could not be read.")


def read_response(error: openai.APIStatusError) -> UpstreamError:
    """Read the error of a response."""
    response = error.response
    return error_reader.read(response.content, response.status_code, response.headers)


def translate(error: UpstreamError, request: Request) -> ProviderError:
    """Translate what a server says."""
    words = _clean(error.words, request.key)
    rule = next((rule for rule in RULES if rule.fits(error)), None)
    wait = RETRY_SECONDS if rule is LOADING and error.retry_after is None else error.retry_after
    details: dict[str, Any] = {"provider_message": words, "retry_after": wait}
    if rule:
        return ProviderError(rule.code, rule.text, address=request.address, **details)
    if error.status >= 500:
        return ProviderError(
            "provider_unavailable", "The model's server has a problem ({status}).", status=error.status, **details
        )
    return ProviderError("provider_error", "The model's server refused the request.", **details)


def unreachable(error: BaseException, request: Request) -> ProviderError:
    """Translate a connection that could not be made."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ProviderError(
                "provider_unavailable",
                "The certificate of the model's server was not accepted: {reason}. SSL_CERT_FILE can name a file with "
                "the authority that has signed it.",
                reason=cause.verify_message.rstrip("."),
            )
        if isinstance(cause, ssl.SSLError):
            return ProviderError(
                "provider_unavailable",
                "No encrypted connection to the model's server could be made ({reason}). If it has no TLS, {address} "
                "begins with http://.",
                reason=cause.reason or str(cause),
                address=request.address,
            )
    if request.proxy:
        return _no_way_through(str(causes[-1]) or type(causes[-1]).__name__, request)
    for cause in causes:
        if isinstance(cause, UnknownNameError):
            return ProviderError(
                "provider_unavailable",
                "The name of the model's server, {host}, is not known. Is {address} right?",
                host=cause.host,
                address=request.address,
            )
    return ProviderError(
        "provider_unavailable",
        "The model's server cannot be reached. Is it running, and is {address} right?",
        address=request.address,
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _no_way_through(reason: str, request: Request) -> ProviderError:
    return ProviderError(
        "provider_unavailable",
        "The model's server cannot be reached through the proxy of {setting} ({reason}). NO_PROXY can name servers "
        "that are asked without one.",
        setting=request.proxy,
        reason=reason,
    )


def sent_elsewhere(url: str, address: str) -> ProviderError:
    return ProviderError(
        "provider_error",
        "The model's server redirects requests to {url}. If that is right, set {address} to it.",
        url=url[:200],
        address=address,
    )


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


def malformed(error: Exception) -> ProviderError:
    """The error of a body that cannot be read on, for a reason that reading it has raised."""
    if isinstance(error, TooLargeError):
        return ProviderError(
            "provider_error",
            "The model's server sent more than {n} MiB without any part of an answer, so the connection was closed.",
            n=MAX_EVENT_BYTES >> 20,
        )
    return ProviderError("provider_error", "The model's server sent something that is not valid JSON.")


def not_compatible(request: Request, words: bytes = b"") -> ProviderError:
    said = error_reader.read(words).words
    return ProviderError(
        "provider_error",
        "The model's server does not speak the OpenAI protocol. {address} usually ends in /v1.",
        address=request.address,
        provider_message=_clean(said, request.key),
    )


def no_key(variable: str) -> ProviderError:
    return ProviderError(
        "provider_auth", "{variable}, which should hold the key of this model's server, is not set.", variable=variable
    )


def ended_with_error(reason: str) -> ProviderError:
    """The error of an answer that has finished with one. `reason`: its finish reason."""
    if reason.lower() in {"error", "failed"}:
        return ProviderError(
            "provider_error", "The model's server ended the answer with an error, without saying which."
        )
    code = "provider_unavailable" if reason.lower() in finish_reasons.BROKEN else "provider_error"
    return ProviderError(code, "The model's server ended the answer with an error.", provider_message=reason)


def nothing_written(answer: AnswerReader, *, has_thought: bool) -> ProviderError:
    """The error of an answer without text."""
    if answer.tools:
        return ProviderError(
            "empty_answer",
            "The model wanted to use a tool ({tools}) that is not available here, and wrote nothing.",
            tools=tool_names(answer.tools),
        )
    if answer.has_called:
        return ProviderError(
            "empty_answer", "The model wanted to use a tool that is not available here, and wrote nothing."
        )
    if answer.reason == finish_reasons.LENGTH:
        return ProviderError(
            "empty_answer", "The limit of tokens was reached before the model had written anything of its answer."
        )
    if answer.reason == finish_reasons.FILTERED:
        return ProviderError("content_refused", "The model's server withheld the answer because of its content.")
    if has_thought:
        return ProviderError("empty_answer", "The model thought, but wrote no answer.")
    return ProviderError("empty_answer", "The model wrote nothing.")


def _clean(words: str, key: str) -> str:
    """Return a server's own words without our key. They are masked further before anybody sees them."""
    return words.replace(key, MASK) if key else words
