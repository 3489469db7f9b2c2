"""Errors of the upstream, in OpenAI's format."""

from collections.abc import Mapping
from typing import Any

# status -> (type, code, message), with the wording of api.openai.com
KINDS = {
    400: ("invalid_request_error", "invalid_request", "The request is not valid."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided: demo."),
    403: ("invalid_request_error", "permission_denied", "You are not allowed to use this model."),
    404: (
        "invalid_request_error",
        "model_not_found",
        "The model does not exist or you do not have access to it.",
    ),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests. Please try again later."),
    500: ("server_error", "server_error", "The server had an error while processing your request."),
    503: (
        "server_error",
        "service_unavailable",
        "The engine is currently overloaded, please try again later.",
    ),
}


class ApiError(Exception):
    """An HTTP error with a body in OpenAI's format."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        kind, usual_code, usual_message = KINDS.get(status, KINDS[400])
        super().__init__(message or usual_message)
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code or usual_code
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, Any]:
        """Return the JSON body."""
        return {"error": {"message": str(self), "type": self.kind, "param": self.param, "code": self.code}}
