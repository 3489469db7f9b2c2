"""/healthz, /readyz and /metrics, for operators and their tools."""

import hmac
from typing import Any

from flask import Blueprint, Response, request

from chatapp.errors import Forbidden
from chatapp.server import metrics
from chatapp.server.exposure import is_loopback
from chatapp.web.health import readiness
from chatapp.web.services import current_services

blueprint = Blueprint("ops", __name__)


@blueprint.get("/healthz")
def healthz() -> Any:
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> Any:
    services = current_services()
    report = readiness(services.instance, services.admission)
    return report, 200 if report["ready"] else 503


@blueprint.get("/metrics")
def prometheus() -> Any:
    services = current_services()
    services.auth.check_host(request)
    token = services.settings.metrics_token
    given = (request.authorization and request.authorization.token) or ""
    allowed = (
        hmac.compare_digest(given.encode(), token.encode())
        if token
        else is_loopback(request.remote_addr or "") and not request.headers.get("X-Forwarded-For")
    )
    if not allowed:
        raise Forbidden("Metrics are for this machine, or for who has CHATAPP_METRICS_TOKEN as a bearer token.")
    return Response(metrics.exposition(), mimetype="text/plain; version=0.0.4")
