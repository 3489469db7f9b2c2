"""The errors that a person or a client may meet. Each has a code of the protocol and a message to read."""

from collections.abc import Mapping
from typing import Any


class ChatError(Exception):
    """Refuse a command or a call, with a `code` of docs/protocol.md and a message for a person."""

    code = "internal"
    status = 500

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after

    def payload(self) -> dict[str, Any]:
        """Return what an ack carries: `{"code", "message", "retry_after"?}`."""
        return with_retry({"code": self.code, "message": self.message}, self.retry_after)


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


class ProviderError(Exception):
    """End an answer as `failed`: what its provider did wrong, with a code of a message's `error`."""

    def __init__(self, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after

    def payload(self) -> dict[str, Any]:
        """Return what `Message.error` holds: `{"code", "message", "retry_after"?}`."""
        return with_retry({"code": self.code, "message": self.message}, self.retry_after)


class SettingsError(RuntimeError):
    """Stop the start: a setting is missing or wrong. The message names it and what it takes."""


def with_retry(payload: Mapping[str, Any], retry_after: float | None) -> dict[str, Any]:
    """Add `retry_after`, in seconds, where there is one."""
    return {**payload} if retry_after is None else {**payload, "retry_after": retry_after}
