"""A thin layer over dnspython: one look-up, one typed answer, within a bound (threats 14, 16, 17)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset

MAX_CNAMES = 8
"""How long a chain of aliases may be. A loop is a chain that is too long."""

ROUNDS = 2
"""UDP loses packets: each nameserver is asked so often."""


class Status(StrEnum):
    """How a look-up ended."""

    FOUND = "found"
    NXDOMAIN = "nxdomain"  # RFC 8020: neither this name nor anything under it
    NO_ANSWER = "no_answer"  # RFC 2308 section 2.2: the name exists, records of this kind do not
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    MALFORMED = "malformed"  # an answer that is none, or a name that cannot be asked for
    CHAIN_TOO_LONG = "chain_too_long"


class RecordKind(StrEnum):
    A = "A"
    AAAA = "AAAA"
    CNAME = "CNAME"
    TXT = "TXT"


@dataclass(frozen=True)
class Answer:
    """`records` as text (TXT: the character strings joined, RFC 7208 section 3.3). `ttl` in seconds, the
    smallest on the way. `cnames`: the aliases followed, in order, without the trailing dot."""

    name: str
    kind: RecordKind
    status: Status
    records: tuple[str, ...] = ()
    ttl: int = 0
    cnames: tuple[str, ...] = ()


class NameUnresolved(Exception):
    """A name has no address that could be used. `status` says why."""

    def __init__(self, name: str, status: Status) -> None:
        self.name, self.status = name, status
        super().__init__(f"{name}: {status}")


class _Unanswered(Exception):
    def __init__(self, status: Status) -> None:
        self.status = status


@dataclass(frozen=True)
class _Steps:
    """What one message says of a name: the aliases it leads through, and the records at the end."""

    cnames: tuple[dns.name.Name, ...]
    rrset: dns.rrset.RRset | None
    ttl: int


RCODES = {
    dns.rcode.NXDOMAIN: Status.NXDOMAIN,
    dns.rcode.SERVFAIL: Status.SERVFAIL,
    dns.rcode.REFUSED: Status.REFUSED,
}
FINAL = frozenset({dns.rcode.NOERROR, dns.rcode.NXDOMAIN})

TEXT_OF: dict[RecordKind, Callable[[Any], str]] = {
    RecordKind.A: lambda rdata: str(rdata.address),
    RecordKind.AAAA: lambda rdata: str(rdata.address),
    RecordKind.CNAME: lambda rdata: _text(rdata.target),
    RecordKind.TXT: lambda rdata: b"".join(rdata.strings).decode("utf-8", "backslashreplace"),
}


class DnsView:
    """What the DNS looks like through these nameservers, (address, port) each; None: the system's own.

    `timeout` in seconds bounds one look-up, aliases, repetitions and TCP included.
    """

    def __init__(self, nameservers: Sequence[tuple[str, int]] | None = None, timeout: float = 5.0) -> None:
        self.nameservers = tuple(_system_nameservers() if nameservers is None else nameservers)
        self.timeout = timeout

    def look_up(self, name: str, kind: RecordKind, timeout: float | None = None) -> Answer:
        """The answer for `name`, aliases followed (except when the alias itself, CNAME, is asked for)."""
        deadline = time.monotonic() + (self.timeout if timeout is None else min(timeout, self.timeout))
        cnames: list[dns.name.Name] = []
        try:
            found = self._followed(_owner(name), kind, deadline, cnames)
        except _Unanswered as unanswered:
            return Answer(name, kind, unanswered.status, cnames=_texts(cnames))
        records = tuple(TEXT_OF[kind](rdata) for rdata in found.rrset or ())
        status = Status.FOUND if records else Status.NO_ANSWER
        return Answer(name, kind, status, records, found.ttl, _texts(cnames))

    def addresses(self, name: str, timeout: float) -> tuple[str, ...]:
        """All A and AAAA addresses of `name`, within `timeout` seconds. Raises NameUnresolved."""
        deadline = time.monotonic() + timeout
        first = self.look_up(name, RecordKind.A, timeout)
        if first.status is Status.NXDOMAIN:
            raise NameUnresolved(name, first.status)
        second = self.look_up(name, RecordKind.AAAA, max(deadline - time.monotonic(), 0))
        found = first.records + second.records
        if not found:
            raise NameUnresolved(name, second.status if first.status is Status.NO_ANSWER else first.status)
        return found

    def _followed(self, owner: dns.name.Name, kind: RecordKind, deadline: float, cnames: list[dns.name.Name]) -> _Steps:
        """Asks again for the end of a chain that a message leaves open, and writes the chain into
        `cnames`."""
        while True:
            reply = self._reply(owner, kind, deadline)
            steps = _steps(reply, owner, kind)
            cnames += steps.cnames
            if len(cnames) > MAX_CNAMES:
                raise _Unanswered(Status.CHAIN_TOO_LONG)
            if reply.rcode() == dns.rcode.NXDOMAIN:
                raise _Unanswered(Status.NXDOMAIN)
            if steps.rrset is not None or not steps.cnames:
                return steps
            owner = steps.cnames[-1]

    def _reply(self, owner: dns.name.Name, kind: RecordKind, deadline: float) -> dns.message.Message:
        """The first final reply of a nameserver, each asked ROUNDS times in what is left of the time."""
        worst = Status.TIMED_OUT
        for nameserver, attempts_left in self._attempts():
            seconds = (deadline - time.monotonic()) / attempts_left
            if seconds <= 0:
                break
            try:
                reply = _exchange(owner, kind, nameserver, seconds)
            except _Unanswered as unanswered:
                worst = unanswered.status
                continue
            if reply.rcode() in FINAL:
                return reply
            worst = RCODES.get(reply.rcode(), Status.SERVFAIL)
        raise _Unanswered(worst)

    def _attempts(self) -> Iterator[tuple[tuple[str, int], int]]:
        attempts = self.nameservers * ROUNDS
        return ((nameserver, len(attempts) - number) for number, nameserver in enumerate(attempts))


def _system_nameservers() -> list[tuple[str, int]]:
    resolver = dns.resolver.Resolver()
    return [(str(address), resolver.port) for address in resolver.nameservers]


def _owner(name: str) -> dns.name.Name:
    try:
        return dns.name.from_text(name)
    except (dns.exception.DNSException, UnicodeError):
        raise _Unanswered(Status.MALFORMED) from None


def _exchange(
    owner: dns.name.Name, kind: RecordKind, nameserver: tuple[str, int], seconds: float
) -> dns.message.Message:
    """One question by UDP, and by TCP when the answer was truncated (RFC 7766), within `seconds`
    altogether."""
    query = dns.message.make_query(owner, dns.rdatatype.from_text(kind), use_edns=0, payload=1232)
    host, port = nameserver
    deadline = time.monotonic() + seconds
    try:
        try:
            return dns.query.udp(
                query,
                host,
                seconds,
                port,
                ignore_unexpected=True,
                raise_on_truncation=True,
                ignore_errors=True,
            )
        except dns.message.Truncated:
            return dns.query.tcp(query, host, max(deadline - time.monotonic(), 0.01), port)
    except dns.exception.Timeout:
        raise _Unanswered(Status.TIMED_OUT) from None
    except (dns.exception.DNSException, EOFError):
        raise _Unanswered(Status.MALFORMED) from None
    except OSError:
        raise _Unanswered(Status.TIMED_OUT) from None


def _steps(reply: dns.message.Message, owner: dns.name.Name, kind: RecordKind) -> _Steps:
    """Follows `owner` through the aliases that `reply` holds, at most MAX_CNAMES + 1 of them."""
    cnames: list[dns.name.Name] = []
    ttls: list[int] = []
    while len(cnames) <= MAX_CNAMES:
        rrset = _rrset(reply, owner, kind)
        if rrset is not None:
            return _Steps(tuple(cnames), rrset, min([*ttls, rrset.ttl]))
        alias = None if kind is RecordKind.CNAME else _rrset(reply, owner, RecordKind.CNAME)
        if alias is None:
            break
        owner = next(iter(alias)).target
        cnames.append(owner)
        ttls.append(alias.ttl)
    return _Steps(tuple(cnames), None, min(ttls, default=0))


def _rrset(reply: dns.message.Message, owner: dns.name.Name, kind: RecordKind) -> dns.rrset.RRset | None:
    return reply.get_rrset(reply.answer, owner, dns.rdataclass.IN, dns.rdatatype.from_text(kind))


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


def _texts(names: Sequence[dns.name.Name]) -> tuple[str, ...]:
    return tuple(_text(name) for name in names)
