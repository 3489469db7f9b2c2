"""Authentication: the session of a request, an optional password, one-time codes."""

import hmac
import secrets
from typing import NamedTuple

from flask import Response, after_this_request
from flask import request as current_request

from chatapp.chat import owner_merge, session_codes, sessions
from chatapp.chat.session_codes import Redeemed
from chatapp.chat.storage_quota import Quota
from chatapp.config import Settings
from chatapp.errors import RateLimited, SignedOut, Unauthenticated
from chatapp.ids import iso, new_id
from chatapp.protocol.payloads import SignIn
from chatapp.realtime import socketio_server
from chatapp.server import metrics
from chatapp.server.addresses import network_of
from chatapp.server.rate_limit import RateLimit
from chatapp.storage.database import db
from chatapp.web.device_cookie import DeviceCookie
from chatapp.web.devices import device_of
from chatapp.web.guesses import Guesses
from chatapp.web.session_cookie import SessionCookie
from chatapp.web.session_registry import KnownSession, SessionRegistry, State

COOKIE_BYTES = 24  # 192 bits


class Credential(NamedTuple):
    """What a request presents. `session`: that of its cookie; another cookie in its place `replaces` or is `signed`."""

    state: State | None = None
    owner: str = ""
    session: KnownSession | None = None
    replaces: str | None = None
    signed_digest: str | None = None


class Authentication:
    """Identifies the owner of a request, and signs owners in and out."""

    def __init__(self, settings: Settings, registry: SessionRegistry, cookie: SessionCookie) -> None:
        self._settings = settings
        self._registry = registry
        self._cookie = cookie
        self._devices = DeviceCookie(registry.identity, is_secure=cookie.is_secure)
        self._passwords, self._codes = Guesses("password"), Guesses("code")
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
        """Return the owner of the request's session. Raises Unauthenticated, or SignedOut."""
        return self.session().owner

    def session(self) -> KnownSession:
        """Return the request's session, and note its use. Raises Unauthenticated, or SignedOut."""
        value = self._cookie.read(current_request)
        known = self._registry.find(value) if value else None
        state = known and self._registry.state_of(known)
        if state is State.ENDED:
            raise _signed_out()
        if known is None or state is not State.LIVE:
            raise _no_session()
        self._registry.use(known)
        return known

    def begin(self, address: str, only: str | None = None) -> str:
        """Renew the session, or begin one if no password is required. Returns the owner. `only`: renew this owner's.

        Raises Unauthenticated; SignedOut for a session that has ended: no other one takes its place unasked; and
        RateLimited for too many new sessions of an address. A renewal is never refused.
        """
        presented = self._presented()
        if presented.state is State.LIVE and only in {None, presented.owner}:
            return self._renew(presented)
        if presented.state is State.ENDED:
            raise _signed_out()
        if self.requires_password or presented.state is State.LOCKED:
            raise Unauthenticated("This server requires a password.")
        if only:
            raise _no_session()
        return self._issue(self._new_owner(address), presented)

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

        Raises Unauthenticated for a wrong code or password, RateLimited after several, and TooLarge if what both owners
        have is too much to be merged.
        """
        if request.code is not None:
            with self._codes.judge(address, self._device()):
                redeemed = self._redeem(request.code, merge=request.merge)
                if redeemed is None:
                    raise Unauthenticated(
                        "The code is wrong, already used, or expired. Create a new one in a signed-in tab."
                    )
            return self._join(redeemed.owner)
        if request.password is not None and self.requires_password:
            with self._passwords.judge(address, self._device()):
                if not hmac.compare_digest(request.password.encode(), self._settings.password.encode()):
                    raise Unauthenticated("The password is wrong.")
            presented = self._presented()
            if presented.state is State.LIVE:
                return self._renew(presented)
            owner = presented.owner if presented.state is State.LOCKED else self._new_owner(address)
            return self._issue(owner, presented)
        return self.begin(address, request.owner)

    def end(self, session_id: str) -> None:
        """Sign a device of the request's owner out: its tabs are disconnected at once. Raises NotFound."""
        known = self.session()
        sessions.end(known.owner, session_id)
        self._registry.follow_changes()
        if session_id == known.id:
            self.forget()

    def end_others(self) -> int:
        """Sign all other devices of the request's owner out. Returns how many that were."""
        known = self.session()
        count = sessions.end_others(known.owner, known.id)
        self._registry.follow_changes()
        return count

    def forget(self) -> None:
        """Delete the cookies that the request presents."""

        @after_this_request
        def delete(response: Response) -> Response:
            self._cookie.delete(current_request, response)
            return response

    def is_signed_in(self) -> bool:
        """Tell whether the request's owner has a session, or would have after giving the password."""
        return self._presented().state in {State.LIVE, State.LOCKED}

    def brings_anything(self) -> bool:
        """Tell whether the request's device has anything that a merge would bring along, perhaps behind a password."""
        presented = self._presented()
        return presented.state in {State.LIVE, State.LOCKED} and owner_merge.has_anything(db, presented.owner)

    def new_code(self) -> dict[str, str]:
        """Create a one-time code with which another device joins the owner. It replaces an earlier one."""
        known = self.session()
        code, expires_at = session_codes.create(known.owner, known.id)
        return {"code": code, "expires_at": iso(expires_at)}

    def _presented(self) -> Credential:
        """Return what the request presents: its cookie, one of before TLS, or a signed one."""
        value = self._cookie.read(current_request)
        if value and (known := self._registry.find(value)):
            return Credential(self._registry.state_of(known), known.owner, known, replaces=known.id)
        plain = self._cookie.read_plain(current_request)
        if plain and (known := self._registry.find(plain)) and not known.is_secure:
            return Credential(self._registry.state_of(known), known.owner, replaces=known.id)
        for signed in self._cookie.read_signed(current_request):
            if owner := sessions.owner_of_signed(signed.owner, signed.digest):
                state = State.LIVE if signed.is_proven else State.LOCKED
                return Credential(state, owner, signed_digest=signed.digest)
        return Credential()

    def _renew(self, presented: Credential) -> str:
        """Renew the cookie; one of another kind is replaced by a cookie of this kind."""
        value = self._cookie.read(current_request)
        if presented.session is None or value is None:
            return self._issue(presented.owner, presented)
        self._registry.use(presented.session)
        self._write_cookie(value, presented.session.id)
        return presented.owner

    def _redeem(self, code: str, *, merge: bool) -> Redeemed | None:
        """Consume a code. `merge`: a device that has a session, too, holds both owners, and merges its own one."""
        found = session_codes.find(code)
        if found is None or not self._registry.is_live_everywhere(found.session_id or ""):
            return None
        presented = self._presented()
        if not merge or presented.state not in {State.LIVE, State.LOCKED}:  # the code is as good as the password
            return session_codes.redeem(code)
        redeemed = owner_merge.redeem(db, code, presented.owner, Quota.of(self._settings))
        self._registry.follow_changes()
        return redeemed

    def _join(self, owner: str) -> str:
        """Give this device a session of another owner. The tabs of the former one have to go at once."""
        presented = self._presented()
        if presented.state is State.LIVE and presented.owner == owner:
            return self._renew(presented)
        self._issue(owner, presented._replace(signed_digest=None), is_other=True)
        if presented.replaces:
            socketio_server.disconnect_device(presented.replaces)
        return owner

    def _issue(self, owner: str, presented: Credential, *, is_other: bool = False) -> str:
        """Begin a session in place of what was presented, which ends once the new one is used. Returns the owner."""
        value = secrets.token_urlsafe(COOKIE_BYTES)
        row = sessions.add(
            owner,
            digest=sessions.digest_of(value),
            device=device_of(current_request.headers.get("User-Agent", "")),
            proof=self._registry.proof,
            is_secure=self._cookie.is_secure,
            replaces=presented.replaces,
            signed_digest=presented.signed_digest,
        )
        self._registry.remember(row)
        self._write_cookie(value, row.id, is_other=is_other)
        return owner

    def _write_cookie(self, value: str, session_id: str, *, is_other: bool = False) -> None:
        """Set the cookie. Signed ones stay, for a way back to earlier versions, unless they are of another owner."""

        @after_this_request
        def write(response: Response) -> Response:
            self._cookie.write(response, value)
            self._cookie.delete_earlier(current_request, response, signed=is_other)
            if self.requires_password:
                self._devices.write(current_request, response, session_id)
            return response

    def _device(self) -> str:
        """Return the id of a device that has given a password before; empty for others."""
        known = self._presented().session
        return self._devices.read(current_request) or (known.id if known and known.proof else "")


def _no_session() -> Unauthenticated:
    return Unauthenticated("There is no session yet: POST /api/session begins one.")


def _signed_out() -> SignedOut:
    return SignedOut("This device was signed out. Without its cookie, POST /api/session begins another session.")
