"""The errors that a person or a client may meet. Each has a code of the protocol and a message to read."""

from typing import Any


class Told(Exception):
    """An error that is told to a client."""

    code: str
    message: str
    retry_after: float | None

    def payload(self) -> dict[str, Any]:
        """Return `{"code", "message", "retry_after"?}`, as acks and messages carry it; seconds."""
        payload: dict[str, Any] = {"code": self.code, "message": self.message}
        return payload if self.retry_after is None else {**payload, "retry_after": self.retry_after}


class ChatError(Told):
    """Refuse a command or a call, with a `code` of docs/protocol.md and a message for a person."""

    code = "internal"
    status = 500

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class Invalid(ChatError):
    code, status = "invalid", 400


class Unauthenticated(ChatError):
    code, status = "unauthenticated", 401


class Forbidden(ChatError):
    code, status = "forbidden", 403


class NotFound(ChatError):
    code, status = "not_found", 404


class Conflict(ChatError):
    code, status = "conflict", 409


class TooLarge(ChatError):
    code, status = "too_large", 413


class RateLimited(ChatError):
    code, status = "rate_limited", 429


class Busy(ChatError):
    code, status = "busy", 429


class Unavailable(ChatError):
    code, status = "unavailable", 503


class ProviderError(Told):
    """End an answer as `failed`: what its provider did wrong, with a code of a message's `error`."""

    def __init__(self, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


class SettingsError(RuntimeError):
    """Stop the start: a setting is missing or wrong. The message names it and what it takes."""
