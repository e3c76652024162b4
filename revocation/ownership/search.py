"""One search for the DNS proof of a name: what is looked for, where, and the look-ups on the way."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass, field
from typing import Any

from revocation.outbound.dns.authoritative import ServerAnswer
from revocation.outbound.dns.resolver import Answer, RecordKind, Status
from revocation.ownership.outcome import Outcome
from revocation.ownership.perspectives import Views
from revocation.ownership.sight import Role, Sight

UNTOLD = frozenset({Status.MALFORMED, Status.WITHOUT_TCP, Status.CHAIN_TOO_LONG})
"""Statuses that show neither the records nor whether the server serves the zone."""


@dataclass(frozen=True)
class Witnesses:
    """What the name servers of `zone` saw. `own`: those that the zone names. `given`: those that its parent names."""

    sights: tuple[Sight, ...] = ()
    zone: str = ""
    own: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Search:
    """One check for the `expected` text in a record of this kind at `where`.

    `zone`: the zone to which CNAME proofs point. `label`: what stands before the name.
    """

    name: str
    where: str
    kind: RecordKind
    expected: str
    value: str
    zone: str
    label: str
    views: Views
    _asked: dict[tuple[str, RecordKind], asyncio.Task[Answer]] = field(default_factory=dict)

    async def ask(self, name: str, kind: RecordKind) -> Answer:
        """Ask the primary perspective. Each question is asked once in a search."""
        key = (name, kind)
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(self.views.primary.view.ask(name, kind))
        return await self._asked[key]

    async def ask_around(self, name: str, kind: RecordKind) -> Answer:
        """Ask about a name that the searches for other names ask about, too.

        The answer may be some seconds old. What the customer hears of it is confirmed first with `ask`.
        """
        memory = self.views.around
        return await (memory.ask(name, kind) if memory else self.ask(name, kind))

    async def is_at(self, other: str) -> bool:
        """Whether the proof is at another name."""
        return self.proves(await self.ask(other, self.kind))

    async def servers(self, known_zone: str = "") -> Witnesses:
        """Ask each name server of the zone. Without an `authority`, nothing is asked."""
        if self.views.authority is None:
            return Witnesses()
        found = await self.views.authority.ask(self.where, self.kind, known_zone)
        sights = tuple(self._server_sight(one) for one in found.answers)
        return Witnesses(sights, found.zone, found.own, found.given)

    def proves(self, answer: Answer) -> bool:
        return any(self.equal(found) for found in answer.records)

    def equal(self, found: str) -> bool:
        if self.kind is RecordKind.CNAME:  # names compare without regard to case (RFC 4343)
            found = found.lower()
        return hmac.compare_digest(found.encode(), self.expected.encode())

    def sight(self, role: Role, where: str, answer: Answer, note: str = "") -> Sight:
        shown = answer.records or answer.cnames
        return Sight(role, where, answer.status, shown, answer.ttl, self.proves(answer), note)

    def outcome(self, code: str, answer: Answer, filling: dict[str, Any] | None = None, **more: Any) -> Outcome:
        params = {"name": self.name, "kind": str(self.kind)} | (filling or {})
        found = answer.records or answer.cnames
        return Outcome(code == "proven", code, self.expected, self.where, found, params, **more)

    def _server_sight(self, said: ServerAnswer) -> Sight:
        server, answer = said.server, said.answer
        where = f"{server.host} ({server.address})" if server.address else server.host
        if answer is None:
            return Sight(Role.SERVER, where, "not_asked", note="not_public" if server.refused else "no_address")
        return self.sight(Role.SERVER, where, answer, _remark(answer))


def _remark(answer: Answer) -> str:
    if answer.status is Status.TIMED_OUT:
        return "silent"
    if answer.status is Status.SERVFAIL:
        return "failing"
    if answer.status in UNTOLD:
        return "unreadable"
    return "" if answer.authoritative else "lame"
