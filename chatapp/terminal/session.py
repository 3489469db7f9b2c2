"""A session with one server: its cookie, its limits and its HTTP calls."""

import contextlib
import http.client
import json
import platform
import ssl
import urllib.error
import urllib.request
from http.cookies import CookieError, SimpleCookie
from typing import Any

from chatapp.terminal import session_store
from chatapp.terminal.failure import NOT_LET_IN, UNREACHABLE, Failure, RequestRefused

PROTOCOL = 1
SECONDS = 10.0
USER_AGENT = f"chatapp-terminal ({platform.system()})"


class RejectRedirects(urllib.request.HTTPRedirectHandler):
    """Makes a redirect an error: following it would send the cookie to another server."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Session:
    """This terminal's session with a server."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.limits: dict[str, int] = {}
        self._stored = session_store.load(server)
        self._opener = urllib.request.build_opener(RejectRedirects)

    @property
    def cookie(self) -> str:
        return self._stored.get("cookie", "")

    @property
    def last_conversation(self) -> str | None:
        return self._stored.get("conversation")

    def begin(self, **proof: str) -> None:
        """Begin or renew the session; `proof` is a `code`, a `password`, or nothing."""
        answer = self.request_json("/api/session", proof)
        if answer.get("protocol") != PROTOCOL:
            raise self._not_chatapp()
        self.limits = answer["limits"]
        if answer["owner"] != self._stored.get("owner"):
            self._stored.pop("conversation", None)  # it belongs to another owner
        self._stored["owner"] = answer["owner"]
        session_store.save(self._stored)

    def forget(self) -> None:
        """Forget the session: the server has ended it."""
        self._stored = {"server": self.server}
        session_store.save(self._stored)

    def remember(self, conversation_id: str) -> None:
        """Store the conversation for `--continue`."""
        if conversation_id != self.last_conversation:
            self._stored["conversation"] = conversation_id
            session_store.save(self._stored)

    def request_json(self, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        """Send GET, or POST if there is a body. Returns the response. Raises RequestRefused and other Failures."""
        try:
            with self._opener.open(self._build_request(path, body), timeout=SECONDS) as response:
                self._take_cookies(response.headers.get_all("Set-Cookie") or [])
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise self._http_failure(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise self._connection_failure(error) from error
        except ValueError as error:
            raise self._not_chatapp() from error
        if not isinstance(answer, dict):
            raise self._not_chatapp()
        return answer

    def _build_request(self, path: str, body: dict[str, str] | None) -> urllib.request.Request:
        headers = {"User-Agent": USER_AGENT} | ({"Cookie": self.cookie} if self.cookie else {})
        if body is None:
            return urllib.request.Request(self.server + path, headers=headers)  # noqa: S310 (http or https only)
        headers |= {"Content-Type": "application/json", "Origin": self.server}
        return urllib.request.Request(self.server + path, json.dumps(body).encode(), headers)  # noqa: S310

    def _take_cookies(self, lines: list[str]) -> None:
        try:
            jar = SimpleCookie(self.cookie)
            for line in lines:
                jar.load(line)
            for name in [name for name, morsel in jar.items() if morsel["max-age"] == "0"]:
                del jar[name]
        except CookieError as error:
            raise self._not_chatapp() from error
        self._stored["cookie"] = "; ".join(f"{name}={morsel.coded_value}" for name, morsel in jar.items())

    def _http_failure(self, error: urllib.error.HTTPError) -> Failure:
        with error:
            if error.code in {301, 302, 303, 307, 308}:
                return Failure(f"{self.server} has moved to {error.headers.get('Location')}: name that by --server.")
            with contextlib.suppress(ValueError):
                problem = json.load(error)
                if isinstance(problem, dict) and "code" in problem:
                    return RequestRefused(problem)
            return self._not_chatapp(f" (HTTP {error.code})")

    def _connection_failure(self, error: Exception) -> Failure:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            return Failure(f"{self.server} cannot prove that it is itself: {reason.verify_message}", NOT_LET_IN)
        said = getattr(reason, "strerror", None) or reason
        return Failure(
            f"Cannot reach {self.server} ({said}). Is it running? Another is named by --server or CHATAPP_SERVER.",
            UNREACHABLE,
        )

    def _not_chatapp(self, detail: str = "") -> Failure:
        return Failure(f"What answers at {self.server} is not chatapp{detail}.", UNREACHABLE)
