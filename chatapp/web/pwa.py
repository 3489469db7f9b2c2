"""The page as an installable app: its manifest, its service worker, and the shell for use without a network."""

import hashlib
import json
import re
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext

from chatapp.web import i18n, pages
from chatapp.web.services import current_services

PAPER = "#fbfaf8"
PAGE = "/shell"
WORKER = "js/service_worker.js"
FILE = re.compile(r'(?:href|src)="(/static/[^"]+)"')


blueprint = Blueprint("shell", __name__)


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    return _revalidate(Response(json.dumps(_manifest(), ensure_ascii=False), mimetype="application/manifest+json"))


@blueprint.get(PAGE)
def shell() -> Any:
    services = current_services()
    services.origins.check_host(request)
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        return redirect("/")  # the shell is for the service worker; users get the page itself
    services.auth.owner()
    response = Response(_render_shell())
    # With this the service worker checks the version of its files.
    response.set_etag(services.assets.edition.version, weak=True)
    response.cache_control.no_store = True
    return response


@blueprint.get("/service-worker.js")
def service_worker() -> Response:
    """Return the service worker's code. It changes with the shell, so that browsers update it."""
    page = _render_shell()
    version = hashlib.sha256(page.encode()).hexdigest()[:12]
    edition = current_services().assets.edition
    cached = FILE.findall(page) + [url_for("static", filename=name) for name in edition.later_scripts]
    head = {"version": version, "edition": edition.version, "page": PAGE, "files": sorted(set(cached))}
    code = edition.files[WORKER].content.decode()
    return _revalidate(Response(f"const SHELL = {json.dumps(head)}\n{code}", mimetype="text/javascript"))


def _render_shell() -> str:
    """Return the page without personal data."""
    return render_template("chat.html", boot={**pages.boot(current_services().settings, owner=None), "offline": True})


def _manifest() -> dict[str, Any]:
    def icon(name: str, sizes: str, purpose: str = "any") -> dict[str, str]:
        kind = "image/svg+xml" if name.endswith(".svg") else "image/png"
        return {"src": url_for("static", filename=name), "sizes": sizes, "type": kind, "purpose": purpose}

    return {
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "lang": i18n.language(),
        "dir": "ltr",
        "name": "chatapp",
        "short_name": "chatapp",
        "description": gettext("appAbout"),
        "categories": ["productivity"],
        "theme_color": PAPER,
        "background_color": PAPER,
        "icons": [
            icon("icons/icon-192.png", "192x192"),
            icon("icons/icon-512.png", "512x512"),
            icon("icons/maskable-512.png", "512x512", "maskable"),
            icon("icon.svg", "any"),
        ],
        "shortcuts": [{"name": gettext("newChat"), "url": "/", "icons": [icon("icons/icon-192.png", "192x192")]}],
    }


def _revalidate(response: Response) -> Response:
    """Return the response with an ETag, to be revalidated at each use; 304 if it has not changed."""
    response.add_etag(weak=True)
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response
