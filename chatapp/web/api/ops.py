"""/healthz, /readyz and /metrics, for operators and their tools."""

import hmac
from typing import Any

from flask import Blueprint, Response, request

from chatapp.config import Settings
from chatapp.errors import Forbidden
from chatapp.server import metrics
from chatapp.server.exposure import host_name, is_loopback
from chatapp.web.health import readiness
from chatapp.web.services import current_services

#: Headers of a request that a proxy has made for another machine.
PROXY_HEADERS = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Server",
    "X-Real-IP",
)

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
    services.origins.check_host(request)
    settings = services.settings
    allowed = _has_token(settings.metrics_token) if settings.metrics_token else _is_of_this_machine(settings)
    if not allowed:
        raise Forbidden(
            "Metrics can be read with CHATAPP_METRICS_TOKEN as a bearer token; if it is not set, from this machine "
            "only, and not behind a proxy or with CHATAPP_ORIGINS."
        )
    return Response(metrics.exposition(), mimetype="text/plain; version=0.0.4")


def _has_token(token: str) -> bool:
    given = (request.authorization and request.authorization.token) or ""
    return hmac.compare_digest(given.encode(), token.encode())


def _is_of_this_machine(settings: Settings) -> bool:
    """Tell whether a request was made by this machine itself. A proxy on it makes those of others."""
    if settings.trusted_proxies or settings.origins:
        return False
    is_forwarded = any(name in request.headers for name in PROXY_HEADERS)
    return is_loopback(request.remote_addr or "") and is_loopback(host_name(request.host)) and not is_forwarded
