"""The page as an installable app: its manifest, its service worker, and the shell for use without a network."""

import hashlib
import json
import re
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext

from chatapp.web import i18n, pages
from chatapp.web.assets import Assets
from chatapp.web.services import Services

PAPER = "#fbfaf8"
PAGE = "/shell"
WORKER = "js/service_worker.js"
FILE = re.compile(r'(?:href|src)="(/static/[^"]+)"')


def blueprint(services: Services, files: Assets) -> Blueprint:
    """Return the routes that make the page installable."""
    shell = Blueprint("shell", __name__)
    settings, auth = services.settings, services.auth

    def render_shell() -> str:
        """Return the page without personal data."""
        return render_template("chat.html", boot={**pages.boot(settings, owner=None), "offline": True})

    @shell.get("/manifest.webmanifest")
    def manifest() -> Response:
        response = Response(json.dumps(_manifest(), ensure_ascii=False), mimetype="application/manifest+json")
        return _revalidate(response)

    @shell.get(PAGE)
    def page() -> Any:
        auth.check_host(request)
        if request.headers.get("Sec-Fetch-Mode") == "navigate":
            return redirect("/")  # the shell is for the service worker; users get the page itself
        auth.owner()
        response = Response(render_shell())
        response.set_etag(files.edition.version, weak=True)  # with which the service worker checks its files' version
        response.cache_control.no_store = True
        return response

    @shell.get("/service-worker.js")
    def service_worker() -> Response:
        """Return the service worker's code. It changes with the shell, so that browsers update it."""
        page = render_shell()
        version = hashlib.sha256(page.encode()).hexdigest()[:12]
        edition = files.edition
        cached = FILE.findall(page) + [url_for("static", filename=name) for name in edition.later_scripts]
        head = {"version": version, "edition": edition.version, "page": PAGE, "files": sorted(set(cached))}
        code = edition.files[WORKER].content.decode()
        response = Response(f"const SHELL = {json.dumps(head)}\n{code}", mimetype="text/javascript")
        return _revalidate(response)

    return shell


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
