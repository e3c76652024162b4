"""A short memory of DNS answers that many searches want at the same moment. A search never reads its own proof here."""

from __future__ import annotations

import asyncio
import time

from revocation.outbound.dns.resolver import Answer, DnsView, RecordKind, Status

SECONDS = 10.0
"""No answer is remembered longer, whatever its TTL allows. It is short beside the pause between two checks."""

REMEMBERED = 2000
TELLING = frozenset({Status.FOUND, Status.NXDOMAIN, Status.NO_ANSWER})
"""Answers that are remembered. A failure is not: the next caller asks again."""

Question = tuple[str, RecordKind]


class Remembered:
    """A memory of the answers of `view`, for use on the network's loop.

    Each is kept for as long as a resolver would keep it (RFC 2308 section 5), at most SECONDS.
    """

    def __init__(self, view: DnsView) -> None:
        self._view = view
        self._known: dict[Question, tuple[float, asyncio.Task[Answer]]] = {}

    async def ask(self, name: str, kind: RecordKind) -> Answer:
        """Ask the view as its own `ask` does, with one look-up for all who ask at the same time."""
        known = self._known.get((name, kind))
        if known is None or known[0] < time.monotonic():
            known = self._begun((name, kind))
        if known[1].done():
            return known[1].result()
        return await asyncio.shield(known[1])  # a caller that gives up does not cancel it for the others

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
