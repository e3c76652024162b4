"""Where a client is, as limits count it."""

from __future__ import annotations

import ipaddress

IPV6_PREFIX = 64
"""The prefix that one subscriber of IPv6 usually has: whoever has one address has all of them (RFC 6177)."""


def network(address: str) -> str:
    """The address itself for IPv4, its /64 for IPv6; text that is no address stays as it is.

    An IPv4 address in IPv6 form (`::ffff:192.0.2.1`, what a socket for both families shows) is that IPv4 address. A
    port, which some proxies append, does not count.
    """
    host = _without_port(address.strip())
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, IPV6_PREFIX), strict=False))


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
