"""Answers that many searches of the same moment want, asked for once: of a domain's own names, never of a proof's."""

from __future__ import annotations

import asyncio
import time

from revocation.outbound.dns.resolver import Answer, DnsView, RecordKind, Status

SECONDS = 10.0
"""No answer is remembered longer, whatever its TTL allows: short beside the pauses between two checks."""

REMEMBERED = 2000
TELLING = frozenset({Status.FOUND, Status.NXDOMAIN, Status.NO_ANSWER})
"""A failure is not remembered: the next one asks anew."""

Question = tuple[str, RecordKind]


class Remembered:
    """What `view` answers, kept for as long as a resolver would keep it (RFC 2308 section 5), at most SECONDS. Used on
    the network's loop."""

    def __init__(self, view: DnsView) -> None:
        self._view = view
        self._known: dict[Question, tuple[float, asyncio.Task[Answer]]] = {}

    async def ask(self, name: str, kind: RecordKind) -> Answer:
        """As the view's `ask`; one look-up for all who ask at the same time."""
        known = self._known.get((name, kind))
        if known is None or known[0] < time.monotonic():
            known = self._begun((name, kind))
        return await asyncio.shield(known[1])  # who gives up takes nothing from the others

    def _begun(self, question: Question) -> tuple[float, asyncio.Task[Answer]]:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        search = asyncio.ensure_future(self._view.ask(*question))
        known = self._known[question] = (float("inf"), search)
        search.add_done_callback(lambda done: self._keep(question, done))
        return known

    def _keep(self, question: Question, done: asyncio.Task[Answer]) -> None:
        answer = None if done.cancelled() or done.exception() else done.result()
        if answer is None or answer.status not in TELLING:
            self._known.pop(question, None)
        else:
            self._known[question] = (time.monotonic() + min(answer.ttl, SECONDS), done)
