"""Authentication: a signed cookie that names the owner, an optional password, one-time codes."""

import hashlib
import hmac
from typing import Any

from flask import Request, session

from chatapp.chat import session_codes
from chatapp.config import Settings
from chatapp.errors import Forbidden, RateLimited, Unauthenticated
from chatapp.ids import iso, new_id
from chatapp.protocol.payloads import SignIn
from chatapp.server import metrics
from chatapp.server.addresses import network_of
from chatapp.server.exposure import is_loopback
from chatapp.server.rate_limit import RateLimit

COOKIE_DAYS = 400


class Authentication:
    """Identifies the owner of a request, signs owners in, and checks origins and hosts."""

    def __init__(self, settings: Settings, secret_key: str) -> None:
        self._settings = settings
        # In a cookie, this proves that its owner has given the current password.
        self._proof = (
            hmac.new(secret_key.encode(), settings.password.encode(), hashlib.sha256).hexdigest()[:32]
            if settings.password
            else ""
        )
        self._by_address = RateLimit(
            burst=5, per_second=1 / 12, message="Too many wrong guesses. Try again in {wait} s."
        )
        self._by_all = RateLimit(burst=50, per_second=1 / 2, message="Too many wrong guesses. Try again in {wait} s.")
        per_hour = settings.new_sessions_per_hour
        self._new_owners = per_hour and RateLimit(
            burst=per_hour,
            per_second=per_hour / 3600,
            scope="address",
            message="Too many visitors have come from your network. Try again in {wait} s.",
        )

    @property
    def requires_password(self) -> bool:
        return bool(self._settings.password)

    def owner(self) -> str:
        """Return the owner that the request's cookie names. Raises Unauthenticated."""
        owner = session.get("owner")
        if not isinstance(owner, str) or not self._is_proven():
            raise Unauthenticated("There is no session yet: POST /api/session begins one.")
        return owner

    def begin(self, address: str) -> str:
        """Renew the session, or begin one if no password is required. Returns the owner.

        Raises Unauthenticated, and RateLimited for too many new sessions; a renewal is never refused.
        """
        if not self._is_proven():
            raise Unauthenticated("This server asks for a password.")
        return self._issue(session.get("owner") or self._new_owner(address))

    def _new_owner(self, address: str) -> str:
        if self._new_owners:
            try:
                self._new_owners.take(network_of(address))
            except RateLimited:
                metrics.refusals.labels("sessions", "address").inc()
                raise
        return new_id()

    def sign_in(self, request: SignIn, address: str) -> str:
        """Begin or renew a session with a code, a password, or nothing if none is required. Returns the owner.

        Raises Unauthenticated for a wrong code or password, and RateLimited after several.
        """
        if request.code is not None:
            self._count_guess(address)
            owner = session_codes.redeem(request.code)
            if owner is None:
                raise Unauthenticated("The code is wrong, used already, or too old. A new one is made in a tab.")
            self._uncount_guess(address)
            return self._issue(owner)
        if request.password is not None and self.requires_password:
            self._count_guess(address)
            if not hmac.compare_digest(request.password.encode(), self._settings.password.encode()):
                raise Unauthenticated("The password is wrong.")
            self._uncount_guess(address)
            return self._issue(session.get("owner") or self._new_owner(address))
        return self.begin(address)

    def new_code(self, owner: str) -> dict[str, str]:
        """Create a one-time code with which another device joins the session. It replaces an earlier one."""
        code, expires_at = session_codes.create(owner)
        return {"code": code, "expires_at": iso(expires_at)}

    def check_origin(self, request: Request) -> None:
        """Raise Forbidden unless the request comes from a page of this server."""
        self.check_host(request)
        # Some WebSocket clients send the header twice if an origin is set by hand; all values must be allowed.
        origins = {origin.strip() for origin in request.headers.get("Origin", "").lower().split(",")}
        allowed = set(self._settings.origins) or {f"{scheme}://{request.host.lower()}" for scheme in ("http", "https")}
        if not origins <= allowed:
            raise Forbidden(
                "The request's Origin is not allowed. If this server is reached by another address than it "
                "knows, name it: CHATAPP_ORIGINS=https://chat.example.com"
            )

    def check_host(self, request: Request) -> None:
        """Raise Forbidden for an unknown Host: by DNS rebinding, another site could pose as this server."""
        allowed = {origin.partition("://")[2] for origin in self._settings.origins}
        host = request.host.lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if host not in allowed and not is_loopback(name):
            raise Forbidden(
                "This server does not know itself as {host}. If it should, name it: CHATAPP_ORIGINS={origin}",
                host=host,
                origin=f"{request.scheme}://{host}",
            )

    def _is_proven(self) -> bool:
        if not self.requires_password:
            return True
        return hmac.compare_digest(str(session.get("proof", "")), self._proof)

    def _issue(self, owner: str) -> str:
        session.permanent = True
        session["owner"] = owner
        session["proof"] = self._proof
        session.modified = True
        return owner

    def _count_guess(self, address: str) -> None:
        self._by_address.take(network_of(address))
        self._by_all.take("")

    def _uncount_guess(self, address: str) -> None:
        self._by_address.give_back(network_of(address))
        self._by_all.give_back("")


def cookie_settings(settings: Settings, secret_key: str) -> dict[str, Any]:
    """Return Flask's settings of the session cookie.

    Its name depends on the secret key: browsers share cookies among ports, so two instances on one host would otherwise
    overwrite each other's.
    """
    name = f"chatapp_{hashlib.sha256(secret_key.encode()).hexdigest()[:8]}"
    secure = any(origin.startswith("https://") for origin in settings.origins)
    return {
        # Browsers accept a __Host- cookie from this host only, and over TLS, so that no other can set it.
        "SESSION_COOKIE_NAME": f"__Host-{name}" if secure else name,
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": COOKIE_DAYS * 24 * 3600,
    }
