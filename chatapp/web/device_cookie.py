"""The cookie of a device that has given the password before. It outlives the session, and opens nothing.

It only lets the device's guesses at the password be counted apart from those of strangers (guesses.py), so that a
flood of theirs does not lock it out.
"""

import hashlib
import hmac

from flask import Request, Response

from chatapp.web.session_cookie import COOKIE_SECONDS, SECURE


class DeviceCookie:
    """Reads and writes the cookie. `identity`: of the database; only this server knows it."""

    def __init__(self, identity: str, *, is_secure: bool) -> None:
        self._identity = identity.encode()
        self._is_secure = is_secure
        name = f"chatapp_device_{hashlib.sha256(self._identity).hexdigest()[:8]}"
        self._name = f"{SECURE}{name}" if is_secure else name

    def read(self, request: Request) -> str:
        """Return the device's id; empty if it has none from this server."""
        device, _, proof = request.cookies.get(self._name, "").partition(".")
        return device if hmac.compare_digest(proof.encode(), self._prove(device).encode()) else ""

    def write(self, request: Request, response: Response, session_id: str) -> None:
        """Set the cookie, or renew it. A new device's id is that of its first session: one sign-in gives one."""
        device = self.read(request) or session_id
        response.set_cookie(
            self._name,
            f"{device}.{self._prove(device)}",
            max_age=COOKIE_SECONDS,
            secure=self._is_secure,
            httponly=True,
            samesite="Lax",
        )

    def _prove(self, device: str) -> str:
        return hmac.new(self._identity, f"device {device}".encode(), hashlib.sha256).hexdigest()[:32]
