"""Shared code of the API routes: checks of requests, and parsing of bodies and arguments."""

import contextlib
from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, request

from chatapp.errors import ChatError, Invalid, NotOffered, ProviderError
from chatapp.protocol import payloads
from chatapp.protocol.json_size import check_size
from chatapp.protocol.payloads import Payload
from chatapp.server import client_connection
from chatapp.web.services import current_services

Request = TypeVar("Request", bound=Payload)


#: A form of another site cannot send these.
ZIP_TYPES = frozenset({"application/zip", "application/x-zip-compressed"})


def api_blueprint(name: str) -> Blueprint:
    """Return a blueprint that checks the host, the origin and the content type of requests, and paces their owners."""
    blueprint = Blueprint(name, f"chatapp.web.api.{name}")
    blueprint.before_request(_check_request)
    return blueprint


def body(model: type[Request]) -> Request:
    """Return the request's body as a payload. Raises Invalid or TooLarge."""
    try:
        check_size(request.get_data(cache=True).decode(errors="replace"))
        data = request.get_json(silent=True)
    except ValueError:
        raise Invalid("The body has too many values.") from None
    except RecursionError:
        raise Invalid("The body is nested too deeply.") from None
    if data is None and request.get_data(cache=True).strip() not in {b"null"}:
        raise Invalid("The body is not valid JSON.")
    return payloads.parse(model, data, current_services().settings)


def check_model(model: str | None, stored: Callable[[], str | None]) -> None:
    """Raise NotOffered for a model that cannot be chosen, unless it is stored already: what was chosen may stay."""
    if model is None:
        return
    try:
        current_services().registry.choose(model)
    except ProviderError as error:
        if model != stored():
            raise NotOffered(error) from None


def flag(name: str) -> bool:
    """Return a query argument that is 1 or 0; False if it is missing. Raises Invalid."""
    value = request.args.get(name, "").lower()
    if value not in {"", "0", "1", "false", "true"}:
        raise Invalid(f"{name}: takes 1 or 0")
    return value in {"1", "true"}


def page_size() -> int:
    """Return the query argument `limit`; 100 if it is missing. Raises Invalid."""
    value = request.args.get("limit", "100")
    if not (value.isascii() and value.isdigit()) or not 1 <= int(value[:9]) <= 500:
        raise Invalid("limit: takes a whole number from 1 to 500")
    return int(value)


def _check_request() -> None:
    origins = current_services().origins
    origins.check_host(request)
    if request.method not in {"GET", "HEAD"}:
        origins.check(request)
        takes_zip = request.endpoint == "transfer.import_"
        if request.mimetype != "application/json" and not (takes_zip and request.mimetype in ZIP_TYPES):
            raise Invalid("Content-Type: must be application/json")
    elif "Origin" in request.headers:
        origins.check(request)


def _serve_owner() -> None:
    """Charge the owner, too, from here on: a session that is busy does not take its whole address's time."""
    services = current_services()
    with contextlib.suppress(ChatError):
        client_connection.serve_for(services.clients.time(request.remote_addr or "", services.auth.owner()))
