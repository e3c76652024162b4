"""The guard that decides whether a probe may connect to an address (rule O8, threats 13 to 15).

An address must lie in the public space and outside every special network. `ipaddress.is_global` is not asked, since it
calls several tunnels and multicast global.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.outbound.networks import IPV4_REFUSED, IPV6_GLOBAL_UNICAST, IPV6_REFUSED
from revocation.outbound.tunnelled import inner_addresses

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MESSAGES = table(
    "fetch",
    {
        "address_not_public": gettext_noop(
            "The address %(address)s is not a public address (%(network)s), so the portal does not "
            "connect to it. Point the name to public addresses only."
        ),
        "address_malformed": gettext_noop(
            "%(address)s is not an IP address, or it has a zone identifier. Use a plain IPv4 or IPv6 address."
        ),
    },
    kept_bare=True,
)


@dataclass(frozen=True)
class Verdict:
    """Whether `address` may be connected to. If not, `code` says why and `network` is the registry's name."""

    address: str
    allowed: bool
    code: str = ""
    network: str = ""


class AddressRefused(Refused):
    """The address may not be connected to. `code` is a key of MESSAGES."""

    subject = "fetch"

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.code, address=verdict.address, network=verdict.network)


def public_address(address: str | Address, test_networks: Sequence[Network] = ()) -> Verdict:
    """Return the verdict on `address`. `test_networks` are also allowed, for development only."""
    parsed = _parsed(address)
    if parsed is None:
        return Verdict(str(address), allowed=False, code="address_malformed")
    if any(parsed in network for network in test_networks):
        return Verdict(str(parsed), allowed=True)
    network = _refused_network(parsed)
    code = "address_not_public" if network else ""
    return Verdict(str(parsed), allowed=not network, code=code, network=network)


def checked_address(address: str | Address, test_networks: Sequence[Network] = ()) -> Address:
    """Return `address`, parsed, if a probe may connect to it. Raises AddressRefused."""
    verdict = public_address(address, test_networks)
    if not verdict.allowed:
        raise AddressRefused(verdict)
    return ip_address(verdict.address)


def _parsed(address: str | Address) -> Address | None:
    if "%" in str(address):  # a zone names one of our own interfaces (RFC 4007)
        return None
    try:
        return ip_address(address)
    except ValueError:
        return None


def _refused_network(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return next((name for network, name in IPV4_REFUSED if address in network), "")
    return _outer_network(address) or _inner_network(address)


def _outer_network(address: IPv6Address) -> str:
    named = next((name for network, name in IPV6_REFUSED if address in network), "")
    if named:
        inner = _inner_network(address)
        return f"{named}, {inner}" if inner else named
    return "" if address in IPV6_GLOBAL_UNICAST else "Reserved by IETF"


def _inner_network(address: IPv6Address) -> str:
    for inner in inner_addresses(address):
        network = _refused_network(inner)
        if network:
            return f"holding {inner}, {network}"
    return ""
