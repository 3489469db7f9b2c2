"""/api/session: signing in, and one-time codes for other devices."""

from typing import Any

from flask import request

from chatapp.protocol import payloads
from chatapp.web.api.requests import api_blueprint, body
from chatapp.web.services import current_services

blueprint = api_blueprint("session")


@blueprint.post("/api/session")
def sign_in() -> Any:
    services = current_services()
    owner = services.auth.sign_in(body(payloads.SignIn), request.remote_addr or "")
    return {"owner": owner, "protocol": 1, "limits": services.settings.limits()}


@blueprint.post("/api/session/code")
def new_code() -> Any:
    auth = current_services().auth
    return auth.new_code(auth.owner())
