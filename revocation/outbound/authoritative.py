"""The name servers of a zone, asked directly, each under the guard of rule O8: a zone may name any address it likes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype

from revocation.outbound.dns import Answer, Budget, DnsView, NameUnresolved, RecordKind, Unanswered
from revocation.outbound.targets import Network, Verdict, public_address

SECONDS = 2.5
"""For each server, and for finding them."""

AT_ONCE = 8
"""Questions in flight to one foreign name server (politeness)."""

MAX_HOSTS = 8
MAX_ADDRESSES = 2
"""Of each host."""

REMEMBERED = 2000
REMEMBERED_SECONDS = 60.0

NS = dns.rdatatype.from_text("NS")


@dataclass(frozen=True)
class NameServer:
    """One address of a zone's name server. `address` empty: the host has none. `refused`: the network in which the
    address lies, when it is not public; such a server is never asked."""

    host: str
    address: str = ""
    refused: str = ""


@dataclass(frozen=True)
class ServerAnswer:
    """`answer` is None for a server that was not asked."""

    server: NameServer
    answer: Answer | None


@dataclass(frozen=True)
class ZoneAnswers:
    """What each name server of `zone` said. `zone` empty: it was not to be found."""

    zone: str
    answers: tuple[ServerAnswer, ...] = ()


class Authoritative:
    """Finds a zone's servers through `view` and asks each. `test_networks` and `test_ports` (53 → another) are for
    development and tests only (O8)."""

    def __init__(self, view: DnsView, test_networks: tuple[Network, ...], test_ports: Mapping[int, int]) -> None:
        self._view, self._networks, self._port = view, test_networks, test_ports.get(53, 53)
        self._known: dict[dns.name.Name, tuple[float, asyncio.Future[tuple[NameServer, ...]]]] = {}

    async def ask(self, name: str, kind: RecordKind, known_zone: str = "") -> ZoneAnswers:
        """What the servers of the zone that `name` is in answer. Aliases are not followed. `known_zone` saves looking
        for the zone."""
        try:
            owner = dns.name.from_text(known_zone or name)
            zone = owner if known_zone else await self._view.zone_of(owner, Budget(SECONDS))
            servers = await self._servers(zone)
        except (Unanswered, dns.exception.DNSException):
            return ZoneAnswers("")
        answers = await asyncio.gather(*(self._asked(server, name, kind) for server in servers))
        return ZoneAnswers(zone.to_text(omit_final_dot=True), tuple(answers))

    async def _asked(self, server: NameServer, name: str, kind: RecordKind) -> ServerAnswer:
        if server.refused or not server.address:
            return ServerAnswer(server, None)
        nameservers = [(server.address, self._port)]
        view = DnsView(nameservers, SECONDS, at_once=AT_ONCE, recursive=False)
        return ServerAnswer(server, await view.ask(name, kind))

    async def _servers(self, zone: dns.name.Name) -> tuple[NameServer, ...]:
        """Looked for once however many ask at the same time. Raises Unanswered."""
        known = self._known.get(zone)
        if known is None or known[0] < time.monotonic():
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            search = asyncio.ensure_future(self._found_servers(zone))
            known = self._known[zone] = (time.monotonic() + REMEMBERED_SECONDS, search)
        try:
            return await asyncio.shield(known[1])
        except Unanswered:
            self._known.pop(zone, None)
            raise

    async def _found_servers(self, zone: dns.name.Name) -> tuple[NameServer, ...]:
        reply = await self._view.message(zone, NS, Budget(SECONDS))
        named = reply.get_rrset(reply.answer, zone, dns.rdataclass.IN, NS) or ()
        hosts = sorted(record.target.to_text(omit_final_dot=True).lower() for record in named)[:MAX_HOSTS]
        found = await asyncio.gather(*(self._addresses(host) for host in hosts))
        return tuple(server for each in found for server in each)

    async def _addresses(self, host: str) -> list[NameServer]:
        try:
            addresses = await self._view.resolve(host, SECONDS)
        except NameUnresolved:
            return [NameServer(host)]
        verdicts = [public_address(address, self._networks) for address in addresses[:MAX_ADDRESSES]]
        return [_server(host, verdict) for verdict in verdicts]


def _server(host: str, verdict: Verdict) -> NameServer:
    return NameServer(host, verdict.address, "" if verdict.allowed else verdict.network or verdict.code)
