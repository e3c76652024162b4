"""A thin layer over dnspython: one look-up gives one typed answer, within a time limit (threats 14, 16, 17)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

from revocation.outbound import network
from revocation.outbound.dns.reply import Query, Records, Reply, Type, wire_name, wire_of
from revocation.outbound.dns.wire import NoReply, Server, exchange, turn

MAX_CNAMES = 8
"""The longest chain of aliases that is followed. A loop counts as a chain that is too long."""

ROUNDS = 2
"""How often each nameserver is asked, since UDP loses packets."""


MAX_LABELS = 6
"""How many names, from one upwards, are tried to find its zone."""

RESOLVER_AT_ONCE = 400
"""Questions in flight to one of our own resolvers. They wait for other servers in our place, so there are many."""


class Status(StrEnum):
    """How a look-up ended."""

    FOUND = "found"
    NXDOMAIN = "nxdomain"  # RFC 8020: neither this name nor anything under it
    NO_ANSWER = "no_answer"  # RFC 2308 section 2.2: the name exists, records of this kind do not
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    MALFORMED = "malformed"  # a reply that cannot be read, or a name that cannot be asked for
    WITHOUT_TCP = "without_tcp"  # too long for UDP, and no answer came by TCP
    CHAIN_TOO_LONG = "chain_too_long"


class RecordKind(StrEnum):
    A = "A"
    AAAA = "AAAA"
    CNAME = "CNAME"
    TXT = "TXT"


@dataclass(frozen=True)
class Answer:
    """The answer to one look-up. `records` are text (TXT: the character strings joined, RFC 7208 section 3.3).

    `ttl` in seconds: the smallest on the way, or without records how long their absence is remembered (RFC 2308
    section 5). `cnames`: the aliases followed, in order, without the trailing dot. `authoritative`: the server answered
    from the zone itself. `zone`: the zone that an answer without records and aliases names as its origin.
    """

    name: str
    kind: RecordKind
    status: Status
    records: tuple[str, ...] = ()
    ttl: int = 0
    cnames: tuple[str, ...] = ()
    authoritative: bool = False
    zone: str = ""


class NameUnresolved(Exception):
    """A name has no address that could be used. `status` says why."""

    def __init__(self, name: str, status: Status) -> None:
        self.name, self.status = name, status
        super().__init__(f"{name}: {status}")


class Unanswered(Exception):
    """No server gave a final answer; `status` says how it ended."""

    def __init__(self, status: Status, reply: Reply | None = None) -> None:
        self.status, self.reply = status, reply


@dataclass(frozen=True, slots=True)
class _Steps:
    """What one reply says about a name: its chain of aliases, and the records at the end."""

    cnames: tuple[str, ...]
    texts: tuple[str, ...]
    ttl: int
    reply: Reply


RCODES: dict[int, Status] = {
    dns.rcode.NXDOMAIN: Status.NXDOMAIN,
    dns.rcode.SERVFAIL: Status.SERVFAIL,
    dns.rcode.REFUSED: Status.REFUSED,
}
TYPES = {kind: Type[kind.name] for kind in RecordKind}
FINAL = frozenset({dns.rcode.NOERROR, dns.rcode.NXDOMAIN})


class DnsView:
    """The DNS as seen through these nameservers, (address, port) each. None: the system's own.

    `timeout` in seconds limits one look-up, with aliases, repetitions and TCP. The wait for a turn at a busy server
    does not count. `at_once` questions may be in flight to one nameserver. `recursive`: whether the nameservers are
    asked to look elsewhere for the answer.

    `ask` and `resolve` are asynchronous and run on the network's loop. `look_up` and `addresses` are the same for
    synchronous callers.
    """

    def __init__(
        self,
        nameservers: Sequence[Server] | None = None,
        timeout: float = 5.0,
        *,
        at_once: int = RESOLVER_AT_ONCE,
        recursive: bool = True,
    ) -> None:
        self.nameservers = tuple(_system_nameservers() if nameservers is None else nameservers)
        self.timeout, self.at_once, self.recursive = timeout, at_once, recursive

    def look_up(self, name: str, kind: RecordKind, timeout: float | None = None) -> Answer:
        """Look `name` up and follow its aliases, unless CNAME itself is asked for."""
        return network.run(self.ask(name, kind, timeout))

    def addresses(self, name: str, timeout: float) -> tuple[str, ...]:
        """Return all A and AAAA addresses of `name`, within `timeout` seconds. Raises NameUnresolved."""
        return network.run(self.resolve(name, timeout))

    async def ask(self, name: str, kind: RecordKind, timeout: float | None = None) -> Answer:
        """Do what `look_up` does, asynchronously."""
        budget = Budget(self.timeout if timeout is None else min(timeout, self.timeout))
        cnames: list[str] = []
        try:
            found = await self._followed(_owner(name), kind, budget, cnames)
        except Unanswered as unanswered:
            return _answer(name, kind, unanswered.status, cnames, unanswered.reply)
        status = Status.FOUND if found.texts else Status.NO_ANSWER
        return _answer(name, kind, status, cnames, found.reply, found.texts, found.ttl)

    async def resolve(self, name: str, timeout: float) -> tuple[str, ...]:
        """Do what `addresses` does, asynchronously. Both kinds are asked for at once."""
        asked = [self.ask(name, kind, timeout) for kind in (RecordKind.A, RecordKind.AAAA)]
        first, second = await asyncio.gather(*asked)
        found = first.records + second.records
        if found:
            return found
        raise NameUnresolved(name, second.status if first.status is Status.NO_ANSWER else first.status)

    async def message(
        self, owner: dns.name.Name, rdtype: dns.rdatatype.RdataType, budget: Budget, *, dnssec: bool = False
    ) -> dns.message.Message:
        """Return the first final reply. Each nameserver is asked up to ROUNDS times within the budget.

        `dnssec`: the reply has signatures, and the resolver does not check them (RFC 4035 section 3.2.2). Raises
        Unanswered.
        """
        return (await self._reply(wire_of(owner), rdtype, budget, dnssec=dnssec)).message

    async def zone_of(self, owner: dns.name.Name, budget: Budget) -> dns.name.Name:
        """Return the zone that holds `owner`, whether or not the name exists. Raises Unanswered.

        An answer about `owner` shows the SOA of its zone (RFC 2308 section 3). If it shows none, or is a failure other
        than a timeout, the name above is asked about.
        """
        for _ in range(MAX_LABELS):
            try:
                reply = await self.message(owner, dns.rdatatype.SOA, budget)
                soa = _soa(reply, owner)
                if soa is not None:
                    return soa
            except Unanswered as unanswered:
                if unanswered.status is Status.TIMED_OUT:
                    raise
            if len(owner) <= 1:
                break
            owner = owner.parent()
        raise Unanswered(Status.NO_ANSWER)

    async def _reply(self, owner: bytes, rdtype: int, budget: Budget, *, dnssec: bool = False) -> Reply:
        """Return the first final reply about `owner` (in wire format). Raises Unanswered."""
        worst = Status.TIMED_OUT
        flags = (dns.flags.RD if self.recursive else 0) | (dns.flags.CD if dnssec else 0)
        attempts = self.nameservers * ROUNDS
        for number, nameserver in enumerate(attempts):
            query = Query(owner, rdtype, flags, dnssec)
            try:
                reply = await self._attempt(query, nameserver, budget, len(attempts) - number)
            except NoReply as none:
                worst = _ending(none)
                continue
            if reply.rcode in FINAL:
                return reply
            worst = RCODES.get(reply.rcode, Status.SERVFAIL)
        raise Unanswered(worst)

    async def _attempt(self, query: Query, nameserver: Server, budget: Budget, attempts_left: int) -> Reply:
        here, everywhere = turn(nameserver, self.at_once)
        async with here, everywhere:
            started = time.monotonic()
            try:
                seconds = budget.left / attempts_left
                if seconds <= 0:
                    raise NoReply
                return await exchange(query, nameserver, seconds)
            finally:
                budget.left -= time.monotonic() - started

    async def _followed(self, owner: bytes, kind: RecordKind, budget: Budget, cnames: list[str]) -> _Steps:
        """Follow the aliases of `owner`, with another query if a reply ends before their chain does.

        The chain is added to `cnames`.
        """
        while True:
            reply = await self._reply(owner, TYPES[kind], budget)
            steps = _steps(reply, owner, kind)
            cnames += steps.cnames
            if len(cnames) > MAX_CNAMES:
                raise Unanswered(Status.CHAIN_TOO_LONG)
            if reply.rcode == dns.rcode.NXDOMAIN:
                raise Unanswered(Status.NXDOMAIN, reply)
            if steps.texts or not steps.cnames or not self.recursive:
                return steps
            owner = _owner(steps.cnames[-1])


class Budget:
    """The time of one look-up. `left`: how many seconds servers may still take."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds


def _ending(none: NoReply) -> Status:
    if none.truncated:
        return Status.WITHOUT_TCP
    return Status.MALFORMED if none.malformed else Status.TIMED_OUT


def _system_nameservers() -> list[tuple[str, int]]:
    resolver = dns.resolver.Resolver()
    return [(str(address), resolver.port) for address in resolver.nameservers]


def _soa(reply: dns.message.Message, owner: dns.name.Name) -> dns.name.Name | None:
    """Return the zone of `owner` itself, not of the name that it may be an alias of."""
    owners = [rrset.name for rrset in (*reply.answer, *reply.authority) if rrset.rdtype == dns.rdatatype.SOA]
    above = [name for name in owners if owner.is_subdomain(name)]
    return max(above, key=len, default=None)


def _owner(name: str) -> bytes:
    try:
        return wire_name(name)
    except (dns.exception.DNSException, UnicodeError):
        raise Unanswered(Status.MALFORMED) from None


def _steps(reply: Reply, owner: bytes, kind: RecordKind) -> _Steps:
    """Follow `owner` through the aliases in `reply`, at most MAX_CNAMES + 1 of them."""
    cnames: list[str] = []
    ttls: list[int] = []
    while len(cnames) <= MAX_CNAMES:
        records = _records(reply, owner, TYPES[kind])
        if records is not None:
            return _Steps(tuple(cnames), records.texts, min([*ttls, records.ttl]), reply)
        alias = None if kind is RecordKind.CNAME else _records(reply, owner, Type.CNAME)
        if alias is None:
            break
        cnames.append(alias.texts[0])
        ttls.append(alias.ttl)
        owner = _owner(alias.texts[0])
    return _Steps(tuple(cnames), (), min(ttls, default=reply.absence_ttl), reply)


def _records(reply: Reply, owner: bytes, rdtype: Type) -> Records | None:
    return reply.answer.get((owner.lower(), rdtype))


def _answer(
    name: str,
    kind: RecordKind,
    status: Status,
    cnames: Sequence[str],
    reply: Reply | None,
    texts: tuple[str, ...] = (),
    ttl: int | None = None,
) -> Answer:
    """Return the answer that `reply` gives. `ttl`: None for how long an absence is remembered."""
    if reply is None:
        return Answer(name, kind, status, cnames=tuple(cnames))
    zone = "" if texts or cnames else reply.zone
    seconds = reply.absence_ttl if ttl is None else ttl
    return Answer(name, kind, status, texts, seconds, tuple(cnames), reply.authoritative, zone)
