"""HTTP Strict Transport Security (RFC 6797): browsers reach a host by HTTPS only."""

from chatapp.config import Settings
from chatapp.server.exposure import host_name


def header(settings: Settings, host: str) -> str | None:
    """Return the header for responses to requests with this `Host`; None if it is not to be reached by HTTPS only.

    Browsers apply it to all ports of a host, so a host with an http:// origin beside the https:// one has none.
    """
    origins = [origin.partition("://")[::2] for origin in settings.origins]
    plain = {host_name(rest) for scheme, rest in origins if scheme == "http"}
    if ("https", host.lower()) not in origins or host_name(host.lower()) in plain:
        return None
    return f"max-age={settings.hsts_seconds}"
