"""The session cookie, and the signed cookies in its place of versions before sessions were rows."""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import Request, Response
from flask.sessions import session_json_serializer
from itsdangerous import BadData, URLSafeTimedSerializer

from chatapp.chat.sessions import digest_of
from chatapp.config import Settings

#: The longest life that browsers give a cookie. The server judges a session by its row.
COOKIE_SECONDS = 400 * 86_400
SECURE = "__Host-"


class SignedCookie(NamedTuple):
    """What a signed cookie says. `is_proven`: it was made with the present password."""

    owner: str
    digest: str
    is_proven: bool


class SessionCookie:
    """Reads and writes the cookie.

    Its name comes from the database's `identity`: browsers share cookies among ports, so two instances on one host
    would otherwise overwrite each other's. `keys`: those with which cookies may have been signed.
    """

    def __init__(self, settings: Settings, identity: str, keys: Sequence[str]) -> None:
        self._password = settings.password
        self.is_secure = any(origin.startswith("https://") for origin in settings.origins)
        self._plain_name = f"chatapp_session_{hashlib.sha256(identity.encode()).hexdigest()[:8]}"
        # Browsers accept a __Host- cookie from this host only, and over TLS, so that no other can set it.
        self._name = f"{SECURE}{self._plain_name}" if self.is_secure else self._plain_name
        self._keys = {f"chatapp_{hashlib.sha256(key.encode()).hexdigest()[:8]}": key for key in keys}

    def read(self, request: Request) -> str | None:
        """Return the random id."""
        return request.cookies.get(self._name)

    def read_plain(self, request: Request) -> str | None:
        """Return an id from before TLS, of a cookie that now needs the prefix."""
        return request.cookies.get(self._plain_name) if self.is_secure else None

    def read_signed(self, request: Request) -> Iterator[SignedCookie]:
        """Yield what the signed cookies say whose signature is good, whatever their date."""
        for name, key in self._keys.items():
            for full_name in (f"{SECURE}{name}", name) if self.is_secure else (name,):
                if (value := request.cookies.get(full_name)) and (signed := self._read_signed(value, key)):
                    yield signed

    def write(self, response: Response, value: str) -> None:
        """Set the cookie, or renew it for as long as browsers allow."""
        response.set_cookie(
            self._name,
            value,
            max_age=COOKIE_SECONDS,
            secure=self.is_secure,
            httponly=True,
            samesite="Lax",
        )

    def delete(self, request: Request, response: Response) -> None:
        """Delete the cookie, and all that could take its place, as far as the request presents them.

        What it does not present may be newer than the request.
        """
        if self._name in request.cookies:
            self._delete(response, self._name)
        self.delete_earlier(request, response, signed=True)

    def delete_earlier(self, request: Request, response: Response, *, signed: bool) -> None:
        """Delete the cookie of before TLS, and the signed ones if told so, as far as the request presents them."""
        names = {self._plain_name} - {self._name}
        if signed:
            names |= {*self._keys, *(f"{SECURE}{name}" for name in self._keys)}
        for name in sorted(names & request.cookies.keys()):
            self._delete(response, name)

    def _delete(self, response: Response, name: str) -> None:
        secure = name.startswith(SECURE) or self.is_secure
        response.delete_cookie(name, secure=secure, httponly=True, samesite="Lax")

    def _read_signed(self, value: str, key: str) -> SignedCookie | None:
        """Return what a cookie of Flask's says."""
        serializer = URLSafeTimedSerializer(
            key,
            salt="cookie-session",
            serializer=session_json_serializer,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha1},
        )
        try:
            said = serializer.loads(value)
        except (BadData, ValueError, TypeError, KeyError):
            return None
        if not isinstance(said, dict) or not isinstance(owner := said.get("owner"), str) or len(owner) != 36:
            return None
        proof = hmac.new(key.encode(), self._password.encode(), hashlib.sha256).hexdigest()[:32]
        is_proven = not self._password or hmac.compare_digest(str(said.get("proof", "")).encode(), proof.encode())
        return SignedCookie(owner, digest_of(value), is_proven)
