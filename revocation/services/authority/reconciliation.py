"""Comparison of the portal's certificates with what is published (threats 30 and 36), place by place.

A round of a place goes through its certificates by key, with one batch in memory at a time. The row of the place says
how far the round has come, so that one that is cut off goes on from there. A CRL is fetched once for each stretch of a
round. Only what is fresh and signed by the issuer is believed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from revocation.authorities.looking import is_final
from revocation.authorities.outside import fetch_publication
from revocation.authorities.publishing import publishes_within
from revocation.messages import Message, Words, in_english, kept
from revocation.models import (
    COMPARED,
    Actor,
    Certificate,
    CertificateState,
    Discrepancy,
    DiscrepancyKind,
    EventKind,
    PointKind,
    StatusPoint,
)
from revocation.services.authority import external_revocation
from revocation.services.authority.external_revocation import Said
from revocation.services.authority.status_reading import MESSAGES, Answer, CannotCompare, Row, asking
from revocation.services.core.backoff import Pauses
from revocation.services.core.events import record

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""Longer than a stretch of work plus one more batch. After it another worker takes over from one that died."""

STRETCH = 60.0
"""Seconds after which a long round releases the place, to go on at the next look."""

BATCH = {PointKind.CRL: 5000, PointKind.OCSP: 25}
"""Certificates in memory at once. A CRL is walked once a batch; a responder is asked once a certificate."""

PAUSES = Pauses.of_seconds(60, 300, 900, 3600, 3 * 3600)
STATES = (CertificateState.ISSUED, CertificateState.REVOKING, CertificateState.REVOKED)

TELL_AFTER = 4
"""Rounds in a row that came to nothing. Then staff are notified, once until the place can be compared again."""
NAMED = 20
"""Odd certificates that an event names."""


@dataclass(frozen=True)
class Verdict:
    """One discrepancy. `kind` is None where both agree again."""

    certificate_id: int
    kind: DiscrepancyKind | None
    said: Answer


def due_points(*, at: datetime, limit: int = 100) -> dict[str, list[int]]:
    """Return places whose round is due or was cut off, by issuer, longest waiting first.

    An issuer whose place hangs holds up no other.
    """
    found: dict[str, list[int]] = {}
    for pk, issuer in StatusPoint.to_compare.due(at).order_by("next_round_at").values_list("pk", "issuer")[:limit]:
        found.setdefault(issuer, []).append(pk)
    return found


def ask_all_anew(*, at: datetime) -> int:
    """Make every place due now, from its first certificate on, after a backup was restored. Return how many."""
    places = StatusPoint.objects.filter(kind__in=COMPARED)
    return places.update(next_round_at=at, lease_until=None, after=0, failures=0)


def compare(point_id: int, *, by: Actor, at: datetime) -> bool:
    """Do one stretch of a place's round; return whether the round came to its end."""
    if not StatusPoint.to_compare.claim_one(point_id, at=at, lease=LEASE):
        return False
    point = StatusPoint.objects.get(pk=point_id)
    if point.after == 0:
        StatusPoint.objects.filter(pk=point_id).update(compared=0, found=0, odd=0)
    try:
        done = _walk(point, by=by, at=at)
    except CannotCompare as problem:
        _put_off(point, problem.message, by=by, at=at)
        return False
    except Exception as odd:
        log.exception("place %s cannot be compared", point.url)
        _put_off(point, MESSAGES.message("failed", {"error": type(odd).__name__}), by=by, at=at)
        return False
    if done:
        _finish(point, by=by, at=at)
    else:
        StatusPoint.to_compare.release([point_id], at=at, lease=LEASE)
    return done


def discrepancies(point: StatusPoint, *, at: datetime) -> Iterator[Verdict]:
    """Yield what a round would find, changing nothing. Raises CannotCompare."""
    ask = asking(point, fetch_publication)
    for rows in _batches(point, 0, at):
        yield from _judge(rows, ask(rows).said, at)


def _walk(point: StatusPoint, *, by: Actor, at: datetime) -> bool:
    started = time.monotonic()
    ask = asking(point, fetch_publication)
    for rows in _batches(point, point.after, at):
        answers = ask(rows)
        odd, found = dict(answers.odd), 0
        for verdict in _judge(rows, answers.said, at):
            try:
                found += _settle(point, verdict, by=by, at=at)
            except Exception as failure:
                log.exception("what was found of certificate %s cannot be noted", verdict.certificate_id)
                odd[verdict.certificate_id] = MESSAGES.message("not_noted", {"error": type(failure).__name__})
        _note_batch(point, rows, found, odd)
        if time.monotonic() - started > STRETCH:
            return False
    return True


def _note_batch(point: StatusPoint, rows: Collection[Row], found: int, odd: Mapping[int, Message]) -> None:
    """Note how far the round has come. The place's problem names a few odd certificates of the latest batch."""
    named = StatusPoint.columns_of(_not_compared(odd)) if odd else {}
    StatusPoint.objects.filter(pk=point.pk).update(
        after=max(row.pk for row in rows),
        compared=F("compared") + len(rows) - len(odd),
        found=F("found") + found,
        odd=F("odd") + len(odd),
        **named,
    )


def _not_compared(odd: Mapping[int, Message]) -> Message:
    named = list(odd.items())[:NAMED]
    listed = [MESSAGES.message("certificate", {"number": pk, "why": why}) for pk, why in named]
    return MESSAGES.message("some", {"certificates": listed})


def _batches(point: StatusPoint, after: int, at: datetime) -> Iterator[list[Row]]:
    size = BATCH[PointKind(point.kind)]
    living = Certificate.objects.filter(status_point=point, state__in=STATES, not_after__gte=at).order_by("pk")
    while True:
        found = living.filter(pk__gt=after).values_list("pk", "serial_number", "state")[:size]
        rows = [Row(*each) for each in found]
        if not rows:
            return
        yield rows
        after = rows[-1].pk


def _judge(rows: Collection[Row], said: Mapping[int, Answer], at: datetime) -> Iterator[Verdict]:
    """Yield where portal and place differ, and where they agree again. It takes a few queries for a whole batch."""
    told = [(row, said[row.pk]) for row in rows if row.pk in said]
    open_ones = set(
        Discrepancy.objects.filter(certificate__in=[row.pk for row in rows], over_at__isnull=True).values_list(
            "certificate_id", flat=True
        )
    )
    missing = [row.pk for row, answer in told if row.state == CertificateState.REVOKED and not answer.revoked]
    settled = _settled(missing, at) if missing else {}
    for row, answer in told:
        kind = _difference(row, answer, settled)
        if kind is not None or (row.pk in open_ones and _agree(row, answer)):
            yield Verdict(row.pk, kind, answer)


def _agree(row: Row, answer: Answer) -> bool:
    return (row.state == CertificateState.REVOKED) == answer.revoked


def _difference(row: Row, answer: Answer, settled: Mapping[int, datetime]) -> DiscrepancyKind | None:
    if row.state == CertificateState.REVOKED:
        since = settled.get(row.pk)
        is_missing = not answer.revoked and since is not None and answer.this_update >= since
        return DiscrepancyKind.NOT_REVOKED if is_missing else None
    if is_final(answer):
        return DiscrepancyKind.REVOKED_ELSEWHERE
    return DiscrepancyKind.ON_HOLD if answer.revoked else None


def _settled(certificates: Collection[int], at: datetime) -> dict[int, datetime]:
    """Return from when on each revoked certificate must be in what is published.

    A CRL that is a little older is merely late, and the publication checks of its order take care of that.
    """
    rows = Certificate.objects.filter(pk__in=certificates)
    found = rows.values_list("pk", "authority", "revoked_at", "revocation__proven_at")
    return {pk: (proven or revoked or at) + publishes_within(slug) for pk, slug, revoked, proven in found}


def _settle(point: StatusPoint, verdict: Verdict, *, by: Actor, at: datetime) -> bool:
    """Act on a verdict; return whether it is a discrepancy that was not known."""
    seen = Said(point, verdict.said)
    if verdict.kind is None:
        external_revocation.over(verdict.certificate_id, seen, by=by, at=at)
        return False
    if verdict.kind is DiscrepancyKind.REVOKED_ELSEWHERE:
        return external_revocation.overtake(verdict.certificate_id, seen, by=by, at=at)
    return external_revocation.note(verdict.certificate_id, verdict.kind, seen, by=by, at=at)


def _put_off(point: StatusPoint, problem: Words, *, by: Actor, at: datetime) -> None:
    log.warning("nothing to compare with at %s: %s", point.url, in_english(problem))
    StatusPoint.objects.filter(pk=point.pk).update(
        lease_until=None,
        failures=F("failures") + 1,
        next_round_at=at + PAUSES.after(point.failures + 1),
        **StatusPoint.columns_of(problem),
    )
    if point.failures + 1 >= TELL_AFTER:
        _tell(point, problem, by=by, at=at)


def _tell(point: StatusPoint, problem: Words, *, by: Actor, at: datetime) -> None:
    """Notify staff, once until the place is compared without a problem again."""
    if StatusPoint.objects.filter(pk=point.pk, told_at__isnull=True).update(told_at=at):
        data = {"url": point.url, "odd": point.odd, **kept(problem)}
        record(EventKind.NOT_COMPARED, by=by, at=at, why=in_english(problem), data=data)


def _finish(point: StatusPoint, *, by: Actor, at: datetime) -> None:
    """End the round, and notify staff once, however many discrepancies there were.

    A round in which nothing could be compared is tried again soon. One with some odd certificates is over.
    """
    crl_number, url = point.crl_number, point.url
    point.refresh_from_db()
    if point.odd and not point.compared:
        StatusPoint.objects.filter(pk=point.pk).update(after=0)
        _put_off(point, point.problem_words, by=by, at=at)
        return
    clean = {} if point.odd else {"told_at": None, **StatusPoint.columns_of("")}
    StatusPoint.objects.filter(pk=point.pk).update(
        lease_until=None,
        after=0,
        failures=0,
        compared_at=at,
        crl_number=crl_number,
        next_round_at=at + timedelta(hours=settings.COMPARE_EVERY_HOURS),
        **clean,
    )
    if point.odd:
        _tell(point, point.problem_words, by=by, at=at)
    if point.found:
        data = {"url": url, "compared": point.compared, "found": point.found}
        record(EventKind.DIFFERENCES_FOUND, by=by, at=at, data=data)
