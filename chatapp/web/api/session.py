"""/api/session and /api/sessions: signing in and out, one-time codes for other devices, and the devices."""

from typing import Any

from flask import request

from chatapp.chat import sessions
from chatapp.chat.sessions import Device
from chatapp.ids import iso, now
from chatapp.protocol import payloads
from chatapp.storage.tables import DeviceSession
from chatapp.web.api.requests import api_blueprint, body
from chatapp.web.devices import name_of
from chatapp.web.services import current_services

blueprint = api_blueprint("session")


@blueprint.post("/api/session")
def sign_in() -> Any:
    services = current_services()
    wanted = body(payloads.SignIn)
    owner = services.auth.sign_in(wanted, request.remote_addr or "")
    if wanted.merge:
        services.recovery.complete_merges()  # so that the page finds all
    return {"owner": owner, "protocol": 1, "limits": services.settings.limits()}


@blueprint.post("/api/session/code")
def new_code() -> Any:
    return current_services().auth.new_code()


@blueprint.delete("/api/session")
def sign_out() -> Any:
    auth = current_services().auth
    auth.end(auth.session().id)
    return "", 204


@blueprint.get("/api/sessions")
def list_sessions() -> Any:
    """Return the owner's devices that are signed in. One that has not used its session may not know of it."""
    services = current_services()
    current = services.auth.session()
    rows = sessions.devices_of(current.owner)
    used = [row for row in rows if row.seen_at is not None or services.sessions.is_used(row.id)]
    return {"sessions": [_payload(row, current.id) for row in used if services.sessions.is_live(row.id)]}


@blueprint.delete("/api/sessions")
def end_others() -> Any:
    return {"ended": current_services().auth.end_others()}


@blueprint.delete("/api/sessions/<session_id>")
def end_session(session_id: str) -> Any:
    current_services().auth.end(session_id)
    return "", 204


def _payload(row: DeviceSession, current_id: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "device": name_of(Device(row.browser, row.system)) or None,
        "current": row.id == current_id,
        "created_at": iso(row.created_at),
        "seen_at": iso(min(row.seen_at or row.created_at, now())),  # a clock may have been fast
    }
