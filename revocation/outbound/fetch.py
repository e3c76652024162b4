"""Fetches of addresses that somebody else chose (rules O6 and O8, threats 13 to 16).

At each hop the name is resolved once, and all its addresses are checked. The connection goes to a checked address, so
the name is not resolved again. Proxies from the environment are not used.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from revocation.outbound.dns.resolver import NameUnresolved
from revocation.outbound.exchange import HttpAnswer, Limits, Request, exchanged
from revocation.outbound.failure import RESOLUTION_CODES, FetchFailed, Hop
from revocation.outbound.targets import Address, AddressRefused, Network, checked_address
from revocation.outbound.url import WebAddress, redirected, web_address
from revocation.outbound.wire import Deadline, connected, secured
from revocation.pki.names import registrable_domain

REDIRECTS = frozenset({301, 302, 307, 308})
MAX_ADDRESSES = 32
TRIED_ADDRESSES = 4


class Resolver(Protocol):
    """What turns a name into addresses, as `DnsView` does."""

    def addresses(self, name: str, timeout: float) -> Sequence[str]:
        """Return all addresses of `name`, within `timeout` seconds. Raises NameUnresolved."""


@dataclass(frozen=True)
class FetchPolicy:
    """What a fetch may do. `seconds` is for everything together, redirects and name look-ups included.

    `families`: the IP versions that are tried; the addresses of both are checked in any case. `test_networks` may be
    reached although they are not public. `test_ports`: the port to use in place of 80 or 443. Both are for development
    and tests only.
    """

    seconds: float = 10.0
    max_redirects: int = 2
    same_registrable_domain: bool = True
    verify_tls: bool = True
    max_body: int = 4096
    max_header: int = 32768
    ports: frozenset[int] = frozenset({80, 443})
    user_agent: str = "certportal"
    families: frozenset[int] = frozenset({4, 6})
    test_networks: tuple[Network, ...] = ()
    test_ports: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Fetched:
    """The last answer of a fetch.

    `url` and `address`: where it came from. `headers` by lower-case name. `body` has at most `max_body` bytes, and
    `truncated` says that there were more. `hops`: every answered request, the last included. `certificate`: what the
    server showed over TLS, in DER.
    """

    url: str
    address: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
    hops: tuple[Hop, ...]
    certificate: bytes = b""


@dataclass(frozen=True)
class Fetcher:
    """A policy and a resolver, to fetch with."""

    policy: FetchPolicy
    resolver: Resolver

    def get(self, url: str) -> Fetched:
        """Fetch `url` with GET. Raises FetchFailed."""
        return fetch(url, self.policy, self.resolver)

    def by_family(self, version: int) -> Fetcher:
        """Return the same fetcher for one IP version only."""
        return Fetcher(replace(self.policy, families=frozenset({version})), self.resolver)

    def post(self, url: str, body: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Send a POST, which follows no redirect. Raises FetchFailed."""
        policy = replace(self.policy, max_redirects=0)
        return fetch(url, policy, self.resolver, Request(body=body, content_type=content_type, extra=headers or {}))


def fetch(url: str, policy: FetchPolicy, resolver: Resolver, request: Request | None = None) -> Fetched:
    """Fetch `url`, following redirects as `policy` allows. Raises FetchFailed, which holds the hops made so far."""
    hops: list[Hop] = []
    try:
        return _followed(url, policy, resolver, request or Request(), hops)
    except FetchFailed as failed:
        failed.hops = tuple(hops)
        raise


def _followed(url: str, policy: FetchPolicy, resolver: Resolver, request: Request, hops: list[Hop]) -> Fetched:
    deadline = Deadline(policy.seconds)
    request = replace(request, user_agent=policy.user_agent)
    first = target = web_address(url, policy.ports)
    while True:
        address, answer, certificate = _visited(target, policy, resolver, request, deadline)
        hops.append(Hop(target.url, str(address), answer.status))
        if not _redirects(answer):
            break
        target = _next_target(first, target, answer, policy, len(hops))
    seen = (answer.status, answer.headers, answer.body, answer.truncated)
    return Fetched(target.url, str(address), *seen, tuple(hops), certificate)


def _redirects(answer: HttpAnswer) -> bool:
    return answer.status in range(300, 400)


def _next_target(
    first: WebAddress, current: WebAddress, answer: HttpAnswer, policy: FetchPolicy, made: int
) -> WebAddress:
    """Return where a redirect leads, if it may be followed. `made`: how many requests were answered.

    Raises FetchFailed.
    """
    if answer.status not in REDIRECTS:
        raise FetchFailed("redirect_status_not_allowed", url=current.url, status=answer.status)
    if made > policy.max_redirects:
        raise FetchFailed("too_many_redirects", limit=policy.max_redirects)
    if len(answer.locations) != 1:
        raise FetchFailed("redirect_malformed", url=current.url)
    target = redirected(current, answer.locations[0], policy.ports)
    if policy.same_registrable_domain and not _same_domain(first, target):
        raise FetchFailed("redirect_elsewhere", url=current.url, host=target.host)
    return target


def _same_domain(first: WebAddress, other: WebAddress) -> bool:
    if first.host == other.host:
        return True
    if first.literal or other.literal:
        return False
    domain = registrable_domain(first.host)
    return domain is not None and domain == registrable_domain(other.host)


def _visited(
    target: WebAddress, policy: FetchPolicy, resolver: Resolver, request: Request, deadline: Deadline
) -> tuple[Address, HttpAnswer, bytes]:
    """Send one request to a checked address of `target`. Returns the address, the answer, and the TLS certificate."""
    address, connection = reached(target, policy, resolver, deadline)
    certificate = b""
    if target.scheme == "https":
        connection = secured(connection, target.host, deadline, verify=policy.verify_tls)
        certificate = connection.getpeercert(binary_form=True) or b""
    limits = Limits(header=policy.max_header, body=policy.max_body)
    with connection:
        return address, exchanged(connection, target, request, limits, deadline), certificate


def reached(
    target: WebAddress, policy: FetchPolicy, resolver: Resolver, deadline: Deadline
) -> tuple[Address, socket.socket]:
    """Connect to a checked address of `target`. If that fails, the next one is tried. Raises FetchFailed."""
    addresses = _checked_addresses(target, policy, resolver, deadline)
    port = policy.test_ports.get(target.port, target.port)
    for tries_left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
        try:
            return address, connected(address, port, target.host, deadline)
        except FetchFailed as failed:
            if failed.code not in {"connection_refused", "connection_failed"} or not tries_left:
                raise
    raise AssertionError("a name without addresses was let through")


def _checked_addresses(
    target: WebAddress, policy: FetchPolicy, resolver: Resolver, deadline: Deadline
) -> list[Address]:
    """Return the addresses to try. A single one that is not public refuses them all (threat 13).

    Raises FetchFailed.
    """
    found = [str(target.literal)] if target.literal else _resolved(target.host, resolver, deadline)
    if len(found) > MAX_ADDRESSES:
        raise FetchFailed("too_many_addresses", host=target.host, count=len(found), limit=MAX_ADDRESSES)
    try:
        checked = [checked_address(address, policy.test_networks) for address in found]
    except AddressRefused as refused:
        raise FetchFailed(refused.code, **refused.params) from None
    usable = [address for address in checked if address.version in policy.families]
    if not usable:
        raise FetchFailed("name_has_no_address", host=target.host)
    return usable[:TRIED_ADDRESSES]


def _resolved(host: str, resolver: Resolver, deadline: Deadline) -> Sequence[str]:
    try:
        return resolver.addresses(host, deadline.left(host))
    except NameUnresolved as unresolved:
        code = RESOLUTION_CODES.get(unresolved.status, "dns_failed")
        raise FetchFailed(code, host=host, status=str(unresolved.status)) from None
