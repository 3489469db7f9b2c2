"""The proxy through which a model server is asked: that of its own setting, or of the environment, as curl reads it.

Loopback is never asked through the proxy of the environment, which could not reach it.
"""

import importlib.util
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2

from chatapp.errors import ProviderError

SOCKS = {"socks5", "socks5h"}
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """`setting`: the name of the setting that has the URL."""

    url: str
    setting: str

    def problem(self) -> ProviderError | None:
        """Return why it cannot be used, if so."""
        try:
            scheme = httpx2.Proxy(self.url).url.scheme
        except (ValueError, httpx2.InvalidURL):
            return ProviderError(
                "provider_unavailable",
                "The model's server should be asked through the proxy of {setting}, which is no address of an HTTP or "
                "SOCKS 5 proxy. NO_PROXY can name servers that are asked without one.",
                setting=self.setting,
            )
        if scheme in SOCKS and importlib.util.find_spec("socksio") is None:
            return ProviderError(
                "provider_unavailable",
                "The model's server should be asked through the SOCKS proxy of {setting}, for which the Python package "
                "{package} has to be installed. NO_PROXY can name servers that are asked without one.",
                setting=self.setting,
                package="socksio",
            )
        return None


def normalize(url: str) -> str:
    """Return the URL of a proxy as httpx2 takes it. GNOME writes socks:// for SOCKS 5."""
    url = url if "://" in url else f"http://{url}"
    return f"socks5://{url.removeprefix('socks://')}" if url.startswith("socks://") else url


def of_environment(server: str) -> Proxy | None:
    """Return the proxy that the environment names for a server's URL; None for none."""
    proxies = getproxies()
    parts = urlsplit(server)
    scheme = next((scheme for scheme in (parts.scheme, "all") if proxies.get(scheme)), None)
    host = (parts.hostname or "").rstrip(".")
    if scheme is None or is_loopback(host):
        return None
    port = str(parts.port or PORTS.get(parts.scheme))
    if any(_is_meant(entry.strip().lower(), host, port) for entry in proxies.get("no", "").split(",")):
        return None
    return Proxy(normalize(proxies[scheme]), f"{scheme.upper()}_PROXY")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine. 0.0.0.0 and [::] connect to it, too."""
    address = _address(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def _is_meant(entry: str, host: str, port: str) -> bool:
    """Tell whether an entry of NO_PROXY means a host: a name with all below it, an address, a network; with a port."""
    if entry == "*":
        return True
    network = _network(entry)
    if network is None:
        name, _, of_port = entry.rpartition(":")
        if of_port.isdigit():
            return of_port == port and _is_meant(name, host, port)
        name = entry.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
    address = _address(host)
    return address is not None and address in network


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return None
