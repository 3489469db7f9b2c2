"""Network addresses of clients."""

import ipaddress


def network_of(address: str) -> str:
    """Return the key by which an address is counted: an IPv4 address, or the /64 network of an IPv6 one."""
    return _network(address, of_ipv4=32, of_ipv6=64)


def wide_network_of(address: str) -> str:
    """Return the network around an address that one customer of a provider may have: /24 of IPv4, /48 of IPv6."""
    return _network(address, of_ipv4=24, of_ipv6=48)


def _network(address: str, *, of_ipv4: int, of_ipv6: int) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:  # an IPv4 client of a socket for both
        ip = ip.ipv4_mapped
    bits = of_ipv4 if isinstance(ip, ipaddress.IPv4Address) else of_ipv6
    network = ipaddress.ip_network((ip.packed, bits), strict=False)
    return str(network.network_address if network.num_addresses == 1 else network)
