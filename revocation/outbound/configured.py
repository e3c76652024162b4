"""Builders of the guarded fetcher and the DNS view from plain values, as the settings hold them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from revocation.outbound.dns.resolver import DnsView
from revocation.outbound.fetch import Fetcher, FetchPolicy
from revocation.outbound.targets import Network


def nameserver(text: str) -> tuple[str, int]:
    """Read `ip`, `ip:port` or `[ip6]:port` as (address, port). Raises ValueError."""
    host, separator, port = text.rpartition(":")
    if not separator or (":" in host and not host.startswith("[")):
        host, port = text, "53"
    address = host.strip("[]")
    ipaddress.ip_address(address)
    return address, int(port)


def dns_view(resolvers: Iterable[str]) -> DnsView:
    """Return a view through the configured resolvers, or through the system's if none is named."""
    nameservers = [nameserver(text) for text in resolvers]
    return DnsView(nameservers or None)


def perspectives(named: Mapping[str, Sequence[str]], resolvers: Sequence[str]) -> dict[str, DnsView]:
    """Return the configured perspectives by name, the primary one first; without any, a single one of `resolvers`."""
    return {name: dns_view(each) for name, each in (named or {"portal": resolvers}).items()}


def networks(cidrs: Iterable[str]) -> tuple[Network, ...]:
    """Read the test networks (O8), for development only. Raises ValueError."""
    return tuple(ipaddress.ip_network(cidr) for cidr in cidrs)


def fetcher(
    policy: FetchPolicy, resolvers: Iterable[str], test_networks: Iterable[str], test_ports: Mapping[int, int]
) -> Fetcher:
    """Return a fetcher with this policy, and the resolvers, test networks and test ports of the installation."""
    opened = replace(policy, test_networks=networks(test_networks), test_ports=dict(test_ports))
    return Fetcher(opened, dns_view(resolvers))
