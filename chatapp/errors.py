"""The errors that a person or a client may meet. Each has a code of the protocol and a sentence to read.

The sentence is English, with {names} for its values, and stands whole where the error is raised: it goes as it is to
logs and to programs, and it is what the translation for a reader is found by (chatapp/translations).
"""

import re
from typing import Any

PLACE = re.compile(r"\{(\w+)\}")


class UserFacingError(Exception):
    """An error whose message is for a person: an English sentence with {names} for its values."""

    code: str

    def __init__(self, text: str, *, retry_after: float | None = None, **values: Any) -> None:
        self.text = text
        self.values = values
        self.retry_after = retry_after
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The sentence in English, with its values."""
        return fill(self.text, self.values)

    def payload(self, message: str = "") -> dict[str, Any]:
        """Return `{"code", "message", "retry_after"?}`, as acks and messages carry it; seconds."""
        payload: dict[str, Any] = {"code": self.code, "message": message or self.message}
        return payload if self.retry_after is None else {**payload, "retry_after": self.retry_after}


def fill(text: str, values: dict[str, Any]) -> str:
    """Put the values into a sentence. Other braces stay as they are."""
    return PLACE.sub(lambda place: str(values.get(place[1], place[0])), text)


class ChatError(UserFacingError):
    """Refuse a command or a call, with a `code` of docs/protocol.md and a sentence for a person."""

    code, status, title = "internal", 500, "Server error"


class Invalid(ChatError):
    code, status, title = "invalid", 400, "Invalid request"


class Unauthenticated(ChatError):
    code, status, title = "unauthenticated", 401, "Not signed in"


class Forbidden(ChatError):
    code, status, title = "forbidden", 403, "Not allowed"


class NotFound(ChatError):
    code, status, title = "not_found", 404, "Not found"


class Conflict(ChatError):
    code, status, title = "conflict", 409, "In conflict"


class TooLarge(ChatError):
    code, status, title = "too_large", 413, "Too large"


class RateLimited(ChatError):
    code, status, title = "rate_limited", 429, "Too many requests"


class Busy(ChatError):
    code, status, title = "busy", 429, "Too busy"


class Unavailable(ChatError):
    code, status, title = "unavailable", 503, "Not available"


class ProviderError(UserFacingError):
    """End an answer as `failed`: what its provider did wrong, with a code of a message's `error`.

    `said`: the provider's own message, in whatever language; it stands after our sentence or in place of it.
    """

    def __init__(
        self, code: str, text: str, *, said: str = "", retry_after: float | None = None, **values: Any
    ) -> None:
        self.code = code
        self.said = said
        super().__init__(text, retry_after=retry_after, **values)

    @property
    def message(self) -> str:
        own = super().message
        return f"{own} It says: {self.said}" if own and self.said else own or self.said

    def payload(self, message: str = "") -> dict[str, Any]:
        """Return what messages keep as their `error`: for all readers, so the page translates it, by its `detail`."""
        payload = super().payload(message)
        if not self.text:
            return payload
        said = {"said": self.said} if self.said else {}
        return {**payload, "detail": {"text": self.text, "values": self.values, **said}}

    def again(self) -> "ProviderError":
        """Return a new error like this one, for another question that fails by it."""
        return ProviderError("provider_unavailable", self.text, said=self.said, **self.values)


class SettingsError(RuntimeError):
    """Stop the start: a setting is missing or wrong. The message names it and what it takes."""
