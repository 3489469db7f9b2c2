"""Exposure checks: which addresses other machines can reach."""

import ipaddress
from collections.abc import Iterable

from chatapp.errors import SettingsError


def host_name(host: str) -> str:
    """Return the name or address in a `Host` header, without its port."""
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def is_loopback(host: str) -> bool:
    """Tell whether `host` is a loopback address or name, which only this machine can reach."""
    bare = host.strip("[]")
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def check_exposure(hosts: Iterable[str], *, is_guarded: bool, knows_origins: bool) -> None:
    """Raise SettingsError for a host that other machines can reach, unless it is guarded.

    `is_guarded`: there is a password or CHATAPP_PUBLIC; `knows_origins`: CHATAPP_ORIGINS is set.
    """
    exposed = [host for host in hosts if not is_loopback(host)]
    if exposed and not is_guarded:
        raise SettingsError(
            f"{exposed[0]} is reachable from other machines, and every visitor would spend your money. "
            "Set CHATAPP_PASSWORD (four unrelated words, say) to ask for a password, or CHATAPP_PUBLIC=1 "
            "if everybody really may use it; or bind to 127.0.0.1."
        )
    if exposed and not knows_origins:
        raise SettingsError(
            f"{exposed[0]} is reachable from other machines, and without CHATAPP_ORIGINS this server cannot tell its "
            "own pages from those of another site that has its name point here. Set CHATAPP_ORIGINS to the addresses "
            "that people type, like http://192.168.0.7:8000 or https://chat.example.com."
        )
