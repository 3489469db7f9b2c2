"""Errors as responses: a page for people, problem+json (RFC 9457) for programs."""

import logging
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_babel import gettext
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from chatapp.errors import ChatError, Invalid, NotFound, TooLarge, TooSlow, Unavailable
from chatapp.server.client_connection import BodyTooSlow
from chatapp.web import i18n

log = logging.getLogger(__name__)

#: The errors of Flask itself, by status.
REFUSALS = {
    400: Invalid("The server could not read the request."),
    404: NotFound("There is nothing at this address."),
    405: Invalid("This address doesn't accept this kind of request."),
    413: TooLarge("That is larger than the server accepts."),
    415: Invalid("The server doesn't accept this kind of content."),
}
SLOW_BODY = TooSlow("The request came too slowly.")
FAILURE = ChatError("The server failed. Its log says why.")
#: The database cannot be used, as on a full disk.
UNUSABLE = Unavailable("The server cannot store or read anything now. Its log says why.", retry_after=5)


def handle_errors(app: Flask) -> None:
    """Answer every error in the form that the client expects: a page, or problem+json."""

    def respond(error: ChatError, status: int) -> Any:
        wants_page = request.method == "GET" and not request.path.startswith(("/api/", "/healthz", "/readyz"))
        if wants_page and request.accept_mimetypes.accept_html:
            page = {"status": status, "title": gettext(error.title), "detail": i18n.localize(error)}
            return render_template("error.html", **page), status, {"Cache-Control": "no-store"}
        return problem(error, status)

    @app.errorhandler(ChatError)
    def handle_chat_error(error: ChatError) -> Any:
        return respond(error, error.status)

    @app.errorhandler(HTTPException)
    def handle_http_exception(error: HTTPException) -> Any:
        if isinstance(error.__context__, BodyTooSlow):
            return respond(SLOW_BODY, SLOW_BODY.status)
        status = error.code or 500
        chat_error = REFUSALS.get(status) or (FAILURE if status >= 500 else REFUSALS[400])
        response = app.make_response(respond(chat_error, status))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(error.valid_methods)
        return response

    @app.errorhandler(OperationalError)
    def handle_database_error(error: OperationalError) -> Any:
        log.error("%s %s failed: %s", request.method, request.path, error.orig)
        return respond(UNUSABLE, UNUSABLE.status)

    @app.errorhandler(Exception)
    def handle_exception(error: Exception) -> Any:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        return respond(FAILURE, FAILURE.status)


def problem(error: ChatError, status: int) -> Response:
    """Return an error as problem+json (RFC 9457) with its code, in the language of the request."""
    retry_after = error.retry_after
    fields: dict[str, Any] = {
        "type": "about:blank",
        "title": gettext(error.title),
        "status": status,
        "detail": i18n.localize(error),
        "code": error.code,
    }
    if error.reason:
        fields["reason"] = error.reason
    if retry_after is not None:
        fields["retry_after"] = retry_after
    if error.scope is not None:
        fields["scope"] = error.scope
    response = jsonify(fields)
    response.status_code = status
    response.mimetype = "application/problem+json"
    if retry_after is not None:
        response.headers["Retry-After"] = str(int(retry_after))
    return response
