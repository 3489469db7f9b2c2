"""Errors that users and clients see: a code of the protocol, and a sentence.

The sentence is English, with {names} as placeholders. Logs and API clients get it as it is; it is also the message id
by which its translation is found (chatapp/translations), so it must be one literal where the error is raised.
"""

import re
from typing import Any

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class UserFacingError(Exception):
    """An error whose message is for a person: an English sentence with {names} as placeholders.

    `scope`: whose bound it is that refuses: `session`, `address`, `model` or `all`.
    """

    code: str

    def __init__(self, text: str, *, retry_after: float | None = None, scope: str | None = None, **values: Any) -> None:
        self.text = text
        self.values = _printable(values)
        self.retry_after = retry_after
        self.scope = scope
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The sentence in English, with its values filled in."""
        return fill(self.text, self.values)

    def payload(self, message: str = "") -> dict[str, Any]:
        """Return `{"code", "message", "retry_after"?, "scope"?}` (seconds), for acks and stored messages."""
        payload: dict[str, Any] = {"code": self.code, "message": message or self.message}
        more = {"retry_after": self.retry_after, "scope": self.scope}
        return payload | {name: value for name, value in more.items() if value is not None}


class Phrase(str):
    """A value that is English, and translated with its sentence: `Phrase("{name} appears twice", name="id")`."""

    text: str
    values: dict[str, Any]

    def __new__(cls, text: str, **values: Any) -> "Phrase":
        values = _printable(values)
        phrase = super().__new__(cls, fill(text, values))
        phrase.text, phrase.values = text, values
        return phrase


def fill(text: str, values: dict[str, Any]) -> str:
    """Return the sentence with its values filled in. Other braces stay as they are."""
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)


def _printable(values: dict[str, Any]) -> dict[str, Any]:
    """Return values, which may be a client's or a model server's own words, without halves of surrogate pairs.

    No response and no database can hold them.
    """
    return {
        name: value.encode("utf-8", "replace").decode() if type(value) is str else value
        for name, value in values.items()
    }


class ChatError(UserFacingError):
    """Refuse a command or an HTTP request. `code`: as in docs/protocol.md; `status`: of the HTTP response."""

    code, status, title = "internal", 500, "Server error"
    #: What a client needs to know beside the code; a field of the problem document.
    reason: str | None = None


class Invalid(ChatError):
    code, status, title = "invalid", 400, "Invalid request"


class Unauthenticated(ChatError):
    code, status, title = "unauthenticated", 401, "Not signed in"


class SignedOut(ChatError):
    code, status, title = "unauthenticated", 401, "Signed out"
    reason = "signed_out"


class Forbidden(ChatError):
    code, status, title = "forbidden", 403, "Not allowed"


class NotFound(ChatError):
    code, status, title = "not_found", 404, "Not found"


class Conflict(ChatError):
    code, status, title = "conflict", 409, "Conflict"


class TooLarge(ChatError):
    code, status, title = "too_large", 413, "Too large"


class TooSlow(ChatError):
    code, status, title = "invalid", 408, "Too slow"


class RateLimited(ChatError):
    code, status, title = "rate_limited", 429, "Too many requests"


class Busy(ChatError):
    code, status, title = "busy", 429, "Too busy"


class SessionFull(ChatError):
    code, status, title = "session_full", 429, "Too many open tabs"


class AddressFull(ChatError):
    code, status, title = "address_full", 429, "Too many open tabs"


class ServerFull(ChatError):
    code, status, title = "server_full", 503, "Too many open tabs"


class Unavailable(ChatError):
    code, status, title = "unavailable", 503, "Not available"


class ProviderError(UserFacingError):
    """End an answer as `failed`. `code`: of the message's `error` (docs/protocol.md).

    `provider_message`: the provider's own message, in any language. It follows our sentence, or replaces an empty one.
    Users see it if the operator wants it (chatapp/providers/disclosure.py). `reference`: of the log's line with it.
    """

    def __init__(
        self,
        code: str,
        text: str,
        *,
        provider_message: str = "",
        reference: str = "",
        retry_after: float | None = None,
        **values: Any,
    ) -> None:
        self.code = code
        self.provider_message = provider_message
        self.reference = reference
        super().__init__(text, retry_after=retry_after, **values)

    @property
    def message(self) -> str:
        own, theirs = super().message, self.provider_message
        if own and theirs:
            return f"{own} Provider's message: {theirs}"
        if own and self.reference:
            return f"{own} The server's log has the details under {self.reference}."
        return own or theirs

    def payload(self, message: str = "") -> dict[str, Any]:
        """Return the `error` of a stored message. Its readers' languages may differ: the page translates `detail`."""
        payload = super().payload(message)
        if self.reference:
            payload["reference"] = self.reference
        if not self.text:
            return payload
        said = {"said": self.provider_message} if self.provider_message else {}
        return {**payload, "detail": {"text": self.text, "values": self.values, **said}}

    def as_unavailable(self) -> "ProviderError":
        """Return a new `provider_unavailable` error with the same message, for a later answer with the same cause."""
        return ProviderError(
            "provider_unavailable",
            self.text,
            provider_message=self.provider_message,
            reference=self.reference,
            **self.values,
        )


class NotOffered(Invalid):
    """Refuse what the operator does not offer or allow. `reason`: `model_not_found` or `not_allowed`."""

    def __init__(self, error: ProviderError) -> None:
        self.reason = error.code
        super().__init__(error.text, **error.values)

    def payload(self, message: str = "") -> dict[str, Any]:
        """Return the payload with the reason, and with `detail` as an answer's error has it."""
        return {
            **super().payload(message),
            "reason": self.reason,
            "detail": {"text": self.text, "values": self.values},
        }


class SettingsError(RuntimeError):
    """Prevent the start: a setting is missing or invalid. The message names it and the values that it takes."""
