"""The background work: the table of duties, and the threads that carry them out (`revocation.duties` defines a duty).

There is no queue beside the database: `next_attempt_at`, deadlines and leases in the rows say what is due. So a killed
worker loses nothing, and any number of workers may run (docs/decisions.md).
"""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import suppress
from datetime import datetime

from django.db import close_old_connections, connections

from certportal.database.outages import DATABASE, is_outage
from certportal.limits import counting
from revocation import triggers
from revocation.duties import WORKER, BatchDuty, Duty, Now, Stop, Sweep, always, leaving_no_event
from revocation.pools import KeyedPool
from revocation.services.authority import (
    bulk_dispatch,
    embedded_publication,
    publication_check,
    receipts,
    reconciliation,
    status_points,
)
from revocation.services.core import clock, heartbeat
from revocation.services.inventory import deployment_probe, deployments
from revocation.services.letters import sweep as letter_sweep
from revocation.services.letters import upload
from revocation.services.notifications import mail, webhook_delivery
from revocation.services.ownership import automation, delegations, dns_records, proofs
from revocation.services.ownership import sweep as ownership_sweep
from revocation.services.review import overdue

log = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
HOUR = 3600.0

PER_AUTHORITY = 4
"""Calls that one worker makes to one authority at the same time."""

AnyDuty = Duty | BatchDuty | Sweep


def database_clock() -> datetime:
    """Return the time of the database's clock, on which all workers agree."""
    return clock.now()


def check_ownership(now: Now, stop: Stop) -> int:
    return ownership_sweep.sweep(by=WORKER, now=now, stop=stop)


def note_points(now: Now, stop: Stop) -> int:
    return status_points.note_points(at=now())


def forget_limits(now: Now, stop: Stop) -> int:
    return counting.sweep(now())


def sweep_letters(now: Now, stop: Stop) -> int:
    return len(letter_sweep.sweep(at=now()).objects)


def check_guards(now: Now, stop: Stop) -> int:
    """L5: log an error while guards are missing in the database. (`manage.py worker` does not start without them.)"""
    if problem := triggers.why_not_ready():
        log.error("%s", problem)
    return 0


DUTIES: tuple[AnyDuty, ...] = (
    BatchDuty(
        "dispatch orders",
        due=bulk_dispatch.due_by_authority,
        work=bulk_dispatch.tell_all,
        every=1,
        together=bulk_dispatch.together,
        pool=KeyedPool(per_key=PER_AUTHORITY),
    ),
    Sweep("check ownership", work=check_ownership, every=1),
    Duty("complete proofs", due=proofs.to_be_completed, work=proofs.complete, every=30),
    Duty("publish DNS records", due=dns_records.due_publications, work=dns_records.carry_out, every=1),
    Duty("withdraw DNS records", due=dns_records.unwanted, work=leaving_no_event(dns_records.withdraw), every=5),
    Duty("fall back to manual methods", due=automation.impatient, work=automation.give_up, every=30),
    Duty("check delegations", due=delegations.due_delegations, work=delegations.look, every=2),
    Duty("close unproven requests", due=proofs.past_deadline, work=proofs.close, every=1),
    Duty("send reminders", due=proofs.to_be_reminded, work=proofs.remind, every=30),
    Duty("report overdue requests", due=overdue.newly_overdue, work=overdue.tell_overdue, every=30),
    Duty("carry out deployments", due=deployments.due_deployments, work=deployments.carry_out, every=1),
    Duty(
        "publish CRL shards",
        due=embedded_publication.due_shards,
        work=leaving_no_event(embedded_publication.publish_shard),
        every=1,
    ),
    Duty(
        "publish complete CRLs",
        due=embedded_publication.due_complete,
        work=leaving_no_event(embedded_publication.publish_complete),
        every=2,
    ),
    Duty(
        "renew OCSP answers",
        due=embedded_publication.due_answers,
        work=leaving_no_event(embedded_publication.renew_answers),
        every=30,
    ),
    BatchDuty(
        "check publication",
        due=publication_check.due_by_authority,
        work=publication_check.look,
        every=1,
        together=always(publication_check.TOGETHER),
        pool=KeyedPool(per_key=PER_AUTHORITY),
    ),
    Duty(
        "probe deployments",
        due=deployment_probe.due_looks,
        work=leaving_no_event(deployment_probe.look),
        every=1,
        pool=KeyedPool(per_key=deployment_probe.PLACES),
    ),
    BatchDuty(
        "make receipts", due=receipts.due_receipts, work=receipts.make, every=1, together=always(receipts.TOGETHER)
    ),
    Duty("send mail", due=mail.due_mails, work=leaving_no_event(mail.send), every=2),
    Duty(
        "deliver webhook messages",
        due=webhook_delivery.due_by_customer,
        work=webhook_delivery.take_turn,
        every=1,
        pool=KeyedPool(per_key=webhook_delivery.WEBHOOKS_AT_ONCE, max_keys=webhook_delivery.CUSTOMERS_AT_ONCE),
    ),
    Duty("discard held letters", due=upload.expired, work=leaving_no_event(upload.forget_expired), every=600),
    Sweep("note status addresses", work=note_points, every=10),
    Duty(
        "compare published statuses",
        due=reconciliation.due_points,
        work=reconciliation.compare,
        every=30,
        pool=KeyedPool(per_key=1),
    ),
    Sweep("delete ended limits", work=forget_limits, every=60),
    Sweep("check guards", work=check_guards, every=60),
    Sweep("sweep the letter store", work=sweep_letters, every=6 * HOUR),
)

WATCH_SECONDS = 1.0
LONGEST_PAUSE = 30.0
"""Most seconds between two runs of a duty while the database does not answer."""

SELDOM = 10.0
"""Seconds between two runs from which a connection to SQLite, of 1 MB, is not worth keeping."""


def run_once(duty: AnyDuty, *, now: Now = database_clock, stop: Stop = None) -> int:
    """Do what is due of one duty; return how much that was. Stops early when `stop` is set."""
    return duty.run(now, stop)


def run_all_once(*, now: Now = database_clock) -> int:
    """Make one pass over all duties in this thread: for tests, the demo and `manage.py worker --once`."""
    return sum(run_once(duty, now=now) for duty in DUTIES)


def run_until(stop: threading.Event) -> bool:
    """Run each duty in a thread of its own, so that a duty that waits (for a slow authority) delays no other.

    When `stop` is set, each thread ends after the row that it works on. Returns whether all threads ran until then.
    A thread that ends before would go unnoticed. So the others end too, and a supervisor starts the process again.
    """
    threads = [threading.Thread(target=_keep_doing, args=(duty, stop), name=duty.name) for duty in DUTIES]
    threads.append(threading.Thread(target=_keep_beating, args=(heartbeat.new_name(), stop), name="heartbeat"))
    for thread in threads:
        thread.start()
    while not stop.wait(WATCH_SECONDS):
        if dead := [thread.name for thread in threads if not thread.is_alive()]:
            log.critical("%s ended by itself: this worker ends", " and ".join(dead))
            stop.set()
            break
    else:
        dead = []
    for thread in threads:
        thread.join()
    return not dead


def stop_on_signals(stop: threading.Event) -> None:
    """Make the first SIGTERM or SIGINT set `stop`; ignore all later ones.

    `Event.set()` is not re-entrant: a second signal in the middle of it would block the process for ever.
    """

    def handle(*_: object) -> None:
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        stop.set()

    for signum in SIGNALS:
        signal.signal(signum, handle)


def _keep_doing(duty: AnyDuty, stop: threading.Event) -> None:
    pause = duty.every
    while not stop.is_set():
        done = 0
        try:
            close_old_connections()
            done = run_once(duty, stop=stop)
        except Exception as error:
            log.exception("duty “%s” met an error; it goes on", duty.name)
            # While the database does not answer, every duty tries less and less often.
            pause = min(pause * 2, LONGEST_PAUSE) if is_outage(error) else duty.every
        else:
            pause = duty.every
            DATABASE.over()
        if duty.every >= SELDOM:
            connections.close_all()
        duty.rest(stop, max(pause, duty.every), done=done)


def _keep_beating(name: str, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            close_old_connections()
            heartbeat.beat(name, at=clock.now())
        except Exception:
            log.exception("the heartbeat met an error; it goes on")
        stop.wait(heartbeat.BEAT_SECONDS)
    with suppress(Exception):
        heartbeat.leave(name)
    connections.close_all()
