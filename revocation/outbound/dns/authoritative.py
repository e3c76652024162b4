"""Direct queries to a zone's name servers, each under the guard of rule O8, since a zone may name any address."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import dns.exception
import dns.name
import dns.rdataclass

from revocation.outbound import network
from revocation.outbound.dns.referral import NS, Referral, host_name, referral
from revocation.outbound.dns.resolver import Answer, Budget, DnsView, NameUnresolved, RecordKind, Unanswered
from revocation.outbound.targets import Network, Verdict, public_address

SECONDS = 2.5
"""For each query, and for each step of finding the servers."""

AT_ONCE = 8
"""Questions in flight to one foreign name server (politeness)."""

MAX_HOSTS = 8
MAX_ADDRESSES = 2
"""Addresses of each host."""

MAX_PARENTS = 2
"""Servers of a zone's parent that are tried."""

REMEMBERED = 2000
REMEMBERED_SECONDS = 60.0


@dataclass(frozen=True)
class NameServer:
    """One address of a zone's name server. `address` is empty if the host has none.

    `refused`: the network of an address that is not public. Such a server is never asked.
    """

    host: str
    address: str = ""
    refused: str = ""


@dataclass(frozen=True)
class ServerAnswer:
    """What one server answered. `answer` is None for a server that was not asked."""

    server: NameServer
    answer: Answer | None


@dataclass(frozen=True)
class ZoneAnswers:
    """What each name server of `zone` said. `zone` is empty if it was not found.

    `own`: the servers that the zone itself names. `given`: those that its parent names. Both are empty if not known.
    """

    zone: str
    answers: tuple[ServerAnswer, ...] = ()
    own: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Servers:
    """The name servers of one zone; `own` and `given` as in `ZoneAnswers`."""

    servers: tuple[NameServer, ...]
    own: tuple[str, ...]
    given: tuple[str, ...]


class Authoritative:
    """What finds a zone's servers through `view` and asks each of them.

    `test_networks` and `test_ports` (53 → another) are for development and tests only (O8).
    """

    def __init__(self, view: DnsView, test_networks: tuple[Network, ...], test_ports: Mapping[int, int]) -> None:
        self._view, self._networks, self._port = view, test_networks, test_ports.get(53, 53)
        self._known: dict[dns.name.Name, tuple[float, asyncio.Future[_Servers]]] = {}

    async def ask(self, name: str, kind: RecordKind, known_zone: str = "") -> ZoneAnswers:
        """Ask all servers of the zone that holds `name`, including those that only its parent names.

        Aliases are not followed. `known_zone` saves the search for the zone.
        """
        try:
            owner = _read_zone(known_zone) if known_zone else dns.name.from_text(name)
            zone = owner if known_zone else await self._view.zone_of(owner, Budget(SECONDS))
            found = await self._servers(zone)
        except (Unanswered, dns.exception.DNSException):
            return ZoneAnswers("")
        answers = await self._each(found.servers, name, kind)
        below = None if _any_authoritative(answers) else await self._referred(found.servers, owner)
        if below is None or below.zone == zone:
            return ZoneAnswers(host_name(zone), answers, found.own, found.given)
        # No resolver reaches the zone. The zone found is its parent, whose referral names the servers to ask.
        answers = await self._each(await self._addressed(below.hosts, below.glue), name, kind)
        return ZoneAnswers(host_name(below.zone), answers, (), below.hosts)

    async def _each(self, servers: Iterable[NameServer], name: str, kind: RecordKind) -> tuple[ServerAnswer, ...]:
        return tuple(await network.together(self._asked(server, name, kind) for server in servers))

    async def _asked(self, server: NameServer, name: str, kind: RecordKind) -> ServerAnswer:
        if server.refused or not server.address:
            return ServerAnswer(server, None)
        return ServerAnswer(server, await self._direct(server).ask(name, kind))

    async def _servers(self, zone: dns.name.Name) -> _Servers:
        """Return the servers of `zone`, with one search for all who ask at the same time. Raises Unanswered."""
        known = self._known.get(zone)
        if known is None or known[0] < time.monotonic():
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            search = asyncio.ensure_future(self._found_servers(zone))
            known = self._known[zone] = (time.monotonic() + REMEMBERED_SECONDS, search)
        try:
            return known[1].result() if known[1].done() else await asyncio.shield(known[1])
        except Unanswered:
            self._known.pop(zone, None)
            raise

    async def _found_servers(self, zone: dns.name.Name) -> _Servers:
        own, given = await asyncio.gather(self._hosts(zone), self._given(zone))
        hosts = dict.fromkeys((*own, *(given.hosts if given else ())))
        servers = await self._addressed(hosts, given.glue if given else {})
        return _Servers(servers, own, given.hosts if given else ())

    async def _hosts(self, zone: dns.name.Name) -> tuple[str, ...]:
        """Return the servers that the zone itself names. Raises Unanswered."""
        reply = await self._view.message(zone, NS, Budget(SECONDS))
        named = reply.get_rrset(reply.answer, zone, dns.rdataclass.IN, NS) or ()
        return tuple(sorted(host_name(record.target) for record in named))

    async def _given(self, zone: dns.name.Name) -> Referral | None:
        """Return the parent's referral for `zone`; None if it cannot be asked, or serves the zone itself."""
        if len(zone) <= 1:
            return None
        try:
            parent = await self._view.zone_of(zone.parent(), Budget(SECONDS))
            hosts = (await self._hosts(parent))[:MAX_PARENTS]
        except Unanswered:
            return None
        said = await self._referred(await self._addressed(hosts, {}), zone)
        return said if said and said.zone == zone else None

    async def _referred(self, servers: Sequence[NameServer], owner: dns.name.Name) -> Referral | None:
        """Return the referral for `owner` from the first of `servers` that answers."""
        for server in [one for one in servers if one.address and not one.refused][:MAX_PARENTS]:
            with contextlib.suppress(Unanswered):
                return referral(await self._direct(server).message(owner, NS, Budget(SECONDS)), owner)
        return None

    def _direct(self, server: NameServer) -> DnsView:
        return DnsView([(server.address, self._port)], SECONDS, at_once=AT_ONCE, recursive=False)

    async def _addressed(self, hosts: Iterable[str], glue: Mapping[str, Sequence[str]]) -> tuple[NameServer, ...]:
        wanted = list(hosts)[:MAX_HOSTS]
        found = await asyncio.gather(*(self._addresses(host, glue.get(host, ())) for host in wanted))
        return tuple(server for each in found for server in each)

    async def _addresses(self, host: str, glue: Sequence[str]) -> list[NameServer]:
        """Return one server with each of its addresses. `glue` is used if the DNS has no address for it."""
        try:
            addresses: Sequence[str] = await self._view.resolve(host, SECONDS)
        except NameUnresolved:
            addresses = glue
        if not addresses:
            return [NameServer(host)]
        verdicts = [public_address(address, self._networks) for address in addresses[:MAX_ADDRESSES]]
        return [_server(host, verdict) for verdict in verdicts]


@lru_cache(maxsize=REMEMBERED)
def _read_zone(zone: str) -> dns.name.Name:
    """Read the name of a zone, of which hundreds of names may be asked about."""
    return dns.name.from_text(zone)


def _any_authoritative(answers: Iterable[ServerAnswer]) -> bool:
    return any(one.answer.authoritative for one in answers if one.answer)


def _server(host: str, verdict: Verdict) -> NameServer:
    return NameServer(host, verdict.address, "" if verdict.allowed else verdict.network or verdict.code)
