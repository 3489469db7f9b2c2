"""The pages: chat, sign-in and diagrams, and the security headers of all responses."""

from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for

from chatapp import __version__
from chatapp.chat import owner_merge
from chatapp.config import DEMO_HINTS, Settings
from chatapp.errors import SignedOut, Unauthenticated
from chatapp.storage.database import db
from chatapp.web import assets, hsts, i18n
from chatapp.web.services import current_services

THEMES = ("light", "dark")
THEME_COOKIE = "chatapp_theme"

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "frame-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types lit-html chatapp",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
#: The headers of subresources, to which the policies of their page apply.
PART_HEADERS = {name: HEADERS[name] for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")}

#: The pages in sandboxed frames that draw and show diagrams: they run their own modules, and cannot connect anywhere.
DIAGRAM_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'unsafe-inline'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
            "sandbox allow-scripts",
        )
    ),
    "Cache-Control": "no-cache",
}
DRAW, SHOW = "js/diagram/draw_page.js", "js/diagram/show_page.js"
DIAGRAM_PARTS = (DRAW, SHOW, "vendor/mermaid-")

blueprint = Blueprint("pages", __name__)


def theme() -> str:
    """Return the theme in the cookie of the page's preferences: one of THEMES, or "system"."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def boot(settings: Settings, owner: str | None) -> dict[str, Any]:
    """Return the initial data of the page's script. Only the owner, and which ones it was before, are personal."""
    return {
        "protocol": 1,
        "owner": owner,
        "formerly": owner_merge.former_owners(db, owner) if owner else (),
        "limits": settings.limits(),
        "demo": settings.demo,
        "hints": DEMO_HINTS if settings.demo else (),
        "version": __version__,
        "texts": i18n.page_texts(),
    }


@blueprint.app_context_processor
def appearance() -> dict[str, str]:
    """Return what every template knows."""
    return {"theme": theme()}


@blueprint.get("/")
@blueprint.get("/c/<conversation_id>")
def chat(conversation_id: str = "") -> Any:  # noqa: ARG001 (read by the page's script)
    services = current_services()
    services.origins.check_host(request)
    try:
        owner = services.auth.begin(request.remote_addr or "")
    except SignedOut:
        return redirect(url_for("pages.signed_out"))
    except Unauthenticated:
        return render_template("signin.html", boot={"texts": i18n.page_texts()}), {"Cache-Control": "no-store"}
    return render_template("chat.html", boot=boot(services.settings, owner)), {"Cache-Control": "no-store"}


@blueprint.get("/signed-out")
def signed_out() -> Any:
    services = current_services()
    services.origins.check_host(request)
    auth = services.auth
    if auth.is_signed_in():  # only who is signed out may have the browser forget what was typed
        return redirect("/")
    auth.forget()
    page = {"boot": {"texts": i18n.page_texts()}, "requires_password": auth.requires_password}
    return render_template("signed_out.html", **page), {"Cache-Control": "no-store"}


@blueprint.get("/join")
def join() -> Any:
    """Return the page that a link with a code opens. The code is in the fragment, which browsers do not send."""
    services = current_services()
    services.origins.check_host(request)
    page = {"boot": {"texts": i18n.page_texts()}, "brings_anything": services.auth.brings_anything()}
    return render_template("join.html", **page), {"Cache-Control": "no-store"}


@blueprint.get("/diagram", defaults={"script": SHOW})
@blueprint.get("/diagram/room", defaults={"script": DRAW})
def diagram(script: str) -> Any:
    address: dict[str, Any] = {}
    current_app.inject_url_defaults("static", address)
    part = url_for("pages.diagram_part", version=address["version"], filename=script)
    return render_template("diagram.html", script=part), DIAGRAM_HEADERS


@blueprint.get("/diagram/<version>/<path:filename>")
def diagram_part(version: str, filename: str) -> Any:
    # A sandboxed page has an opaque origin, to which even its own modules are cross-origin.
    if not filename.startswith(DIAGRAM_PARTS):
        abort(404)
    file = current_app.view_functions["static"](version=version, filename=filename)
    response = current_app.make_response(file)  # type: ignore[arg-type]  # no coroutine
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.after_app_request
def add_headers(response: Response) -> Response:
    """Add the security headers to every response."""
    is_part = assets.is_part(request.path)
    for name, value in (PART_HEADERS if is_part else HEADERS).items():
        response.headers.setdefault(name, value)
    if not is_part and (https_only := hsts.header(current_services().settings, request.host)):
        response.headers["Strict-Transport-Security"] = https_only
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
