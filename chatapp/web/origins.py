"""The addresses by which this server is known, and the pages that are its own."""

from flask import Request

from chatapp.config import Settings
from chatapp.errors import Forbidden
from chatapp.server.exposure import host_name, is_loopback


class Origins:
    """The origins of the settings, and loopback's."""

    def __init__(self, settings: Settings) -> None:
        self._origins = set(settings.origins)
        self._hosts = {origin.partition("://")[2] for origin in settings.origins}

    def check(self, request: Request) -> None:
        """Raise Forbidden unless the request comes from a page of this server."""
        self.check_host(request)
        # Some WebSocket clients send the header twice if an origin is set by hand; all values must be allowed.
        named = {origin.strip() for origin in request.headers.get("Origin", "").lower().split(",")}
        if not named <= (self._origins or {f"{scheme}://{request.host.lower()}" for scheme in ("http", "https")}):
            raise Forbidden(
                "The request's Origin is not allowed. If it is this server's own address, set "
                "CHATAPP_ORIGINS=https://chat.example.com"
            )

    def check_host(self, request: Request) -> None:
        """Raise Forbidden for an unknown Host: by DNS rebinding, another site could pose as this server."""
        host = request.host.lower()
        if host not in self._hosts and not is_loopback(host_name(host)):
            raise Forbidden(
                "This server is not set up for the address {host}. To allow it, set CHATAPP_ORIGINS={origin}",
                host=host,
                origin=f"{request.scheme}://{host}",
            )
