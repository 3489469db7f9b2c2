"""IN: pages."""

from typing import Any

from flask import Blueprint, render_template, request

from chatapp import __version__
from chatapp.config import DEMO_HINTS
from chatapp.errors import Unauthenticated
from chatapp.services import Services

LANGUAGES = ("ko", "en")

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
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types dompurify lit-html chatapp",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def locale() -> str:
    """Return the reader's language, as far as the page speaks it."""
    return request.accept_languages.best_match(LANGUAGES) or "en"


def blueprint(services: Services) -> Blueprint:
    """Return the routes of the page."""
    pages = Blueprint("pages", __name__)
    settings, sessions = services.settings, services.sessions

    @pages.get("/")
    @pages.get("/c/<conversation_id>")
    def chat(conversation_id: str = "") -> Any:  # noqa: ARG001 (the page reads it from its address)
        sessions.check_host(request)
        try:
            owner = sessions.begin()
        except Unauthenticated:
            return render_template("signin.html", locale=locale()), {"Cache-Control": "no-store"}
        boot = {
            "protocol": 1,
            "owner": owner,
            "limits": settings.limits(),
            "demo": settings.demo,
            "hints": DEMO_HINTS if settings.demo else (),
            "version": __version__,
        }
        return render_template("chat.html", boot=boot, locale=locale()), {"Cache-Control": "no-store"}

    return pages
