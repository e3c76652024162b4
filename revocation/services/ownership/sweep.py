"""The sweep (O7): hundreds of checks at the same time, of which none holds up another.

The checks run in the network's loop (`probes`). One thread holds the database: it claims names as places become free,
and writes down what came back, many outcomes in one short transaction. If a worker is killed at any point, nothing is
lost: names are claimed by leases that run out.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

from revocation import crash_points
from revocation.models import Actor
from revocation.ownership.outcome import Outcome
from revocation.services.ownership import proofs as ownership_proofs
from revocation.services.ownership.claims import Claimed, Due, claim, due_names, release
from revocation.services.ownership.probes import probe

PLACES = 200
"""Checks in flight that are not slow. Each holds a few sockets at most."""

SLOW_SECONDS = 2.0
SLOW_PLACES = 300
"""Further places for checks that wait longer than SLOW_SECONDS for somebody's server. So two hundred bad hosts among
two thousand good ones hold none of these up. Once they are full too, slow checks take from PLACES."""

SHARE = 100
"""Places that one customer may hold, however many names are due and however slowly their servers answer."""

BATCH = 100
"""Names claimed, and outcomes written, in one transaction."""

PLAN_SECONDS = 2.0
"""How old the plan of due names may become, so that *Check now* is seen while thousands are due."""

LINGER = 0.05
"""Seconds to wait for more outcomes while more than a batch is in flight: fewer transactions and thread switches."""

TICK = 0.2
"""Seconds to wait for an outcome, or between two claims for a few free places."""


@dataclass(frozen=True)
class Flight:
    """A check under way: its name as claimed, the customer whose place it holds, and when it began."""

    proof: Claimed
    customer_id: int
    began_at: datetime
    outcome: Future[Outcome]
    started: float = field(default_factory=time.monotonic)


class Sweep:
    """One worker's checks in flight. Used by one thread."""

    def __init__(self, *, by: Actor, now: Callable[[], datetime]) -> None:
        self._by, self._now = by, now
        self._flights: dict[int, Flight] = {}
        self._held: Counter[int] = Counter()
        self._landed: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._plan: deque[Due] = deque()
        self._planned = self._claimed = float("-inf")

    def run(self, stop: threading.Event | None = None) -> int:
        """Check until nothing is due and nothing in flight, or `stop` is set; return how many checks were made."""
        made = 0
        try:
            while not (stop and stop.is_set()):
                started = self._start()
                if not self._flights:
                    return made
                made += self._write_down(self._landings(wait=not started))
            return made + self._write_down(self._landings(wait=False))
        finally:
            self._abandon()

    # -- starting --------------------------------------------------------------------------------------------------

    def _start(self) -> int:
        """Claim names for the free places and begin to look for their proofs; return how many."""
        free = min(self._free_places(), BATCH)
        if free <= 0 or (free < BATCH and time.monotonic() - self._claimed < TICK):
            return 0
        at, self._claimed = self._now(), time.monotonic()
        wanted = {due.proof_id: due.customer_id for due in self._next(free, at)}
        if not wanted:
            return 0
        proofs = claim(wanted, at=at)
        crash_points.reach(crash_points.AFTER_LEASE)
        for proof in proofs:
            self._begin(proof, wanted[proof.pk], at)
        return len(proofs)

    def _free_places(self) -> int:
        line = time.monotonic() - SLOW_SECONDS
        slow = sum(flight.started < line for flight in self._flights.values())
        return PLACES - (len(self._flights) - min(slow, SLOW_PLACES))

    def _next(self, places: int, at: datetime) -> Iterator[Due]:
        """Yield due names in fair order for so many places, passing over customers whose share is used up."""
        if not self._plan or time.monotonic() - self._planned > PLAN_SECONDS:
            self._plan, self._planned = deque(due_names(at=at)), time.monotonic()
        held = self._held.copy()
        while self._plan and places:
            due = self._plan.popleft()
            if held[due.customer_id] < SHARE:  # else it comes with the next plan
                held[due.customer_id] += 1
                places -= 1
                yield due

    def _begin(self, proof: Claimed, customer_id: int, at: datetime) -> None:
        outcome = probe(proof)
        self._flights[proof.pk] = Flight(proof, customer_id, at, outcome)
        self._held[customer_id] += 1
        outcome.add_done_callback(lambda _: self._landed.put(proof.pk))

    # -- landing ---------------------------------------------------------------------------------------------------

    def _landings(self, *, wait: bool) -> list[Flight]:
        """Return the checks that have ended, a batch at most. `wait`: wait a tick for the first."""
        landed: list[int] = []
        try:
            landed.append(self._landed.get(timeout=TICK if wait else 0.001))
            if len(self._flights) > BATCH:
                time.sleep(LINGER)
            while len(landed) < BATCH:
                landed.append(self._landed.get_nowait())
        except queue.Empty:
            pass
        flights = [self._flights.pop(pk) for pk in landed]
        self._held.subtract(flight.customer_id for flight in flights)
        return flights

    def _write_down(self, flights: list[Flight]) -> int:
        crash_points.reach(crash_points.BEFORE_OUTCOMES)
        seen = [(flight.proof, flight.outcome.result(), flight.began_at) for flight in flights]
        ownership_proofs.record_outcomes(seen, by=self._by, at=self._now())
        return len(flights)

    def _abandon(self) -> None:
        """Cancel what is still in flight, and release its names."""
        for flight in self._flights.values():
            flight.outcome.cancel()
        release(flight.proof for flight in self._flights.values())
        self._flights.clear()


def sweep(*, by: Actor, now: Callable[[], datetime], stop: threading.Event | None = None) -> int:
    """Check all that is due; return how many checks were made."""
    return Sweep(by=by, now=now).run(stop)
