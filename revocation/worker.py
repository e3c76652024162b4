"""Background work: a table of duties. Each finds what is due in the rows and calls a service, mostly once a row.

There is no queue beside the database: `next_attempt_at`, deadlines and leases in the rows are the truth, so a killed
worker loses nothing, and any number of workers may run (docs/decisions.md).
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections

from revocation.lanes import WIDTH, Lane, Lanes
from revocation.models import Actor
from revocation.services import (
    automation,
    clock,
    comparing,
    crl_and_ocsp,
    delegating,
    deploying,
    in_use,
    letter_sweep,
    letters,
    mailing,
    ownership,
    points,
    publishing,
    queue,
    receipts,
    sighting,
    sweeping,
    telling,
    webhook_delivery,
)

log = logging.getLogger(__name__)

WORKER = Actor.system("worker")
SIGNALS = (signal.SIGTERM, signal.SIGINT)


Now = Callable[[], datetime]
Work = Callable[[Now, threading.Event | None], int]


def database_clock() -> datetime:
    """The instant that all workers agree on."""
    return clock.now()


@dataclass(frozen=True)
class Duty:
    """`work` does all that is due and returns how much that was; it stops early when the event is set. `every`: seconds
    between two looks."""

    name: str
    work: Work
    every: float


def row_by_row(due: Callable[[datetime], Sequence[int]], do: Callable[[int, datetime], object]) -> Work:
    """`due` finds ids, a batch of them at most; `do` is called for each with the instant. A row that fails holds up no
    other: what the failures were is raised when all were tried."""

    def work(now: Now, stop: threading.Event | None) -> int:
        failures: list[Exception] = []
        found = due(now())
        for row_id in found:
            if stop and stop.is_set():
                break
            try:
                do(row_id, now())
            except Exception as failure:  # noqa: BLE001 - all are raised below
                failure.add_note(f"at row {row_id}")
                failures.append(failure)
        if failures:
            raise ExceptionGroup("rows that cannot be worked on", failures)
        return len(found)

    return work


def at_once(due: Callable[[datetime], Sequence[int]], do: Callable[[Sequence[int], datetime], object]) -> Work:
    """`due` finds ids, a batch of them at most; `do` is called once for all of them."""

    def work(now: Now, stop: threading.Event | None) -> int:
        found = due(now())
        if found:
            do(found, now())
        return len(found)

    return work


def in_lanes(
    due: Callable[[datetime], Mapping[str, Sequence[int]]],
    do: Callable[[Sequence[int], datetime], object],
    width: int = WIDTH,
    most: int | None = None,
    batch: int = 1,
) -> Work:
    """`due` finds ids by authority or customer; each has a lane, `most` of them at once, whose threads take `batch` of
    its ids at a time. Without a `stop` all is done in this thread."""
    lanes = Lanes(most)

    def work(now: Now, stop: threading.Event | None) -> int:
        found = due(now())
        if stop is None:
            for ids in found.values():
                for start in range(0, len(ids), batch):
                    do(ids[start : start + batch], now())
            return sum(map(len, found.values()))
        return lanes.offer(found, lambda name: Lane(name, lambda ids: do(ids, now()), stop, width, batch))

    return work


def singly(do: Callable[[int, datetime], object]) -> Callable[[Sequence[int], datetime], object]:
    """`do` for the one id that a lane takes at a time."""

    def do_one(ids: Sequence[int], at: datetime) -> None:
        (row_id,) = ids
        do(row_id, at)

    return do_one


DUTIES: tuple[Duty, ...] = (
    Duty(
        "tell authorities",
        in_lanes(lambda at: telling.due_by_authority(at=at), singly(lambda i, at: telling.tell(i, by=WORKER, at=at))),
        1,
    ),
    Duty("check ownership", lambda now, stop: sweeping.sweep(by=WORKER, now=now, stop=stop), 1),
    Duty(
        "complete proofs",
        row_by_row(lambda at: ownership.to_be_completed(at=at), lambda i, at: ownership.complete(i, by=WORKER, at=at)),
        30,
    ),
    Duty(
        "publish records",
        row_by_row(
            lambda at: publishing.due_publications(at=at), lambda i, at: publishing.carry_out(i, by=WORKER, at=at)
        ),
        1,
    ),
    Duty(
        "withdraw records",
        row_by_row(lambda at: publishing.unwanted(at=at), lambda i, at: publishing.withdraw(i, at=at)),
        5,
    ),
    Duty(
        "fall back to manual methods",
        row_by_row(lambda at: automation.impatient(at=at), lambda i, at: automation.give_up(i, by=WORKER, at=at)),
        30,
    ),
    Duty(
        "look at delegations",
        row_by_row(lambda at: delegating.due_delegations(at=at), lambda i, at: delegating.look(i, by=WORKER, at=at)),
        2,
    ),
    Duty(
        "close at deadline",
        row_by_row(lambda at: ownership.past_deadline(at=at), lambda i, at: ownership.close(i, by=WORKER, at=at)),
        1,
    ),
    Duty(
        "remind",
        row_by_row(lambda at: ownership.to_be_reminded(at=at), lambda i, at: ownership.remind(i, by=WORKER, at=at)),
        30,
    ),
    Duty(
        "tell overdue",
        row_by_row(lambda at: queue.newly_overdue(at=at), lambda i, at: queue.tell_overdue(i, by=WORKER, at=at)),
        30,
    ),
    Duty(
        "deploy",
        row_by_row(lambda at: deploying.due_deployments(at=at), lambda i, at: deploying.carry_out(i, by=WORKER, at=at)),
        1,
    ),
    Duty(
        "publish CRL shards",
        row_by_row(lambda at: crl_and_ocsp.due_shards(at=at), lambda i, at: crl_and_ocsp.publish_shard(i, at=at)),
        1,
    ),
    Duty(
        "publish complete CRLs",
        row_by_row(lambda at: crl_and_ocsp.due_complete(at=at), lambda i, at: crl_and_ocsp.publish_complete(i, at=at)),
        2,
    ),
    Duty(
        "renew OCSP answers",
        row_by_row(lambda at: crl_and_ocsp.due_answers(at=at), lambda i, at: crl_and_ocsp.renew_answers(i, at=at)),
        30,
    ),
    Duty(
        "look for revocations",
        in_lanes(
            lambda at: sighting.due_by_authority(at=at),
            lambda ids, at: sighting.look(ids, by=WORKER, at=at),
            batch=sighting.TOGETHER,
        ),
        1,
    ),
    Duty(
        "look who serves it",
        in_lanes(
            lambda at: {"names": in_use.due_looks(at=at)},
            singly(lambda i, at: in_use.look(i, at=at)),
            in_use.PLACES,
        ),
        1,
    ),
    Duty(
        "make receipts",
        at_once(lambda at: receipts.due_receipts(at=at), lambda ids, at: receipts.make(ids, by=WORKER, at=at)),
        1,
    ),
    Duty(
        "send mail",
        row_by_row(lambda at: mailing.due_mails(at=at), lambda i, at: mailing.send(i, at=at)),
        2,
    ),
    Duty(
        "send to webhooks",
        in_lanes(
            lambda at: webhook_delivery.due_by_customer(at=at),
            singly(lambda i, at: webhook_delivery.take_turn(i, by=WORKER, at=at)),
            webhook_delivery.WIDTH,
            webhook_delivery.LANES,
        ),
        1,
    ),
    Duty(
        "forget held letters",
        row_by_row(lambda at: letters.expired(at=at), lambda i, at: letters.forget_expired(i, at=at)),
        600,
    ),
    Duty("note places of publication", lambda now, stop: points.note_points(at=now()), 10),
    Duty(
        "compare with the world",
        in_lanes(
            lambda at: comparing.due_points(at=at), singly(lambda i, at: comparing.compare(i, by=WORKER, at=at)), 1
        ),
        30,
    ),
    Duty("sweep the letter store", lambda now, stop: len(letter_sweep.sweep(at=now()).objects), 6 * 3600),
)

FULL = 200
"""So many rows at once were a whole batch: more are due, and the next look is made without a pause."""


def run_once(duty: Duty, *, now: Now = database_clock, stop: threading.Event | None = None) -> int:
    """What is due of one duty; returns how many. Stops early when `stop` is set."""
    return duty.work(now, stop)


def run_all_once(*, now: Now = database_clock) -> int:
    """One pass over all duties in this thread: for tests, the demo and `manage.py worker --once`."""
    return sum(run_once(duty, now=now) for duty in DUTIES)


def run_until(stop: threading.Event) -> None:
    """A thread a duty, so that one that waits (a slow authority) holds up no other. Ends when `stop` is set, each
    thread after the row it is at."""
    threads = [threading.Thread(target=_keep_doing, args=(duty, stop), name=duty.name) for duty in DUTIES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def stop_on_signals(stop: threading.Event) -> None:
    """SIGTERM and SIGINT set `stop`, once: `Event.set()` is not re-entrant, and a second signal in the middle of it
    would lock the process up."""

    def handle(*_: object) -> None:
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        stop.set()

    for signum in SIGNALS:
        signal.signal(signum, handle)


def _keep_doing(duty: Duty, stop: threading.Event) -> None:
    while not stop.is_set():
        done = 0
        try:
            close_old_connections()
            done = run_once(duty, stop=stop)
        except Exception:
            log.exception("duty “%s” met an error; it goes on", duty.name)
        if done < FULL:
            stop.wait(duty.every)
