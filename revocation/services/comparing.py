"""Do the portal and the world say the same (threats 30 and 36)? Place by place, each CRL fetched once a round.

A round of a place walks its certificates by key, a batch in memory at a time; what it has compared is in the row, so
that one that is cut off goes on from there. Only what the issuer signed and what is fresh is believed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from revocation.authorities.looking import Unreachable, ask_responder, is_final
from revocation.authorities.outside import fetch_publication
from revocation.authorities.publishing import publishes_within
from revocation.models import (
    Actor,
    Certificate,
    CertificateBytes,
    CertificateState,
    Difference,
    DifferenceKind,
    EventKind,
    PointKind,
    StatusPoint,
)
from revocation.pki.facts import UnreadableCertificate, read_certificate
from revocation.pki.openssl import OpensslMissing
from revocation.pki.status import CrlSighting, OcspSighting, StatusUnreadable, read_crl
from revocation.services import elsewhere
from revocation.services.chains import issuer_of
from revocation.services.elsewhere import Said
from revocation.services.pauses import growing, seconds
from revocation.services.recording import record

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""Longer than a stretch of work and one batch more; a worker that died meanwhile is replaced after it."""

STRETCH = 60.0
"""Seconds after which a long round gives the place back, to go on at the next look."""

BATCH = {PointKind.CRL: 5000, PointKind.OCSP: 25}
"""Certificates in memory at once. A CRL is walked once a batch; a responder is asked once a certificate."""

PAUSES = seconds(60, 300, 900, 3600, 3 * 3600)
STATES = (CertificateState.ISSUED, CertificateState.REVOKING, CertificateState.REVOKED)

Answer = CrlSighting | OcspSighting
Ask = Callable[[Collection["Row"]], Mapping[int, Answer]]
"""Certificates -> what the world says about each of them, by key."""


class CannotCompare(Exception):
    """Nothing can be learnt at this place now. The message says why."""


@dataclass(frozen=True)
class Row:
    """What is compared of one certificate."""

    pk: int
    serial_number: int
    state: str


@dataclass(frozen=True)
class Verdict:
    """One difference: `kind` None where both agree again."""

    certificate_id: int
    kind: DifferenceKind | None
    said: Answer


def due_points(*, at: datetime, limit: int = 100) -> dict[str, list[int]]:
    """Places whose round is due or was cut off, by issuer, longest waiting first: one that hangs holds up no other."""
    found: dict[str, list[int]] = {}
    for pk, issuer in _due(at).order_by("next_round_at").values_list("pk", "issuer")[:limit]:
        found.setdefault(issuer, []).append(pk)
    return found


def _due(at: datetime) -> QuerySet[StatusPoint]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    return StatusPoint.objects.filter(free, next_round_at__isnull=False, next_round_at__lte=at)


def ask_all_anew(*, at: datetime) -> int:
    """Every place is due now, from its first certificate on: after a backup was restored. Returns how many."""
    places = StatusPoint.objects.exclude(kind=PointKind.NONE)
    return places.update(next_round_at=at, lease_until=None, after=0, failures=0)


def compare(point_id: int, *, by: Actor, at: datetime) -> bool:
    """A stretch of a place's round; returns whether it came to its end."""
    if not _due(at).filter(pk=point_id).update(lease_until=at + LEASE):
        return False
    point = StatusPoint.objects.get(pk=point_id)
    if point.after == 0:
        StatusPoint.objects.filter(pk=point_id).update(compared=0, found=0)
    try:
        done = _walk(point, by=by, at=at)
    except CannotCompare as problem:
        _put_off(point, str(problem), at=at)
        return False
    if done:
        _finish(point, by=by, at=at)
    else:
        StatusPoint.objects.filter(pk=point_id).update(lease_until=None)
    return done


def differences(point: StatusPoint, *, at: datetime) -> Iterator[Verdict]:
    """What a round would find, changing nothing. Raises CannotCompare."""
    ask = _ask(point, at)
    for rows in _batches(point, 0, at):
        yield from _judge(rows, ask(rows), at)


def _walk(point: StatusPoint, *, by: Actor, at: datetime) -> bool:
    started = time.monotonic()
    ask = _ask(point, at)
    for rows in _batches(point, point.after, at):
        found = sum(_settle(point, verdict, by=by, at=at) for verdict in _judge(rows, ask(rows), at))
        StatusPoint.objects.filter(pk=point.pk).update(
            after=rows[-1].pk, compared=F("compared") + len(rows), found=F("found") + found
        )
        if time.monotonic() - started > STRETCH:
            return False
    return True


def _batches(point: StatusPoint, after: int, at: datetime) -> Iterator[list[Row]]:
    size = BATCH[PointKind(point.kind)]
    living = Certificate.objects.filter(status_point=point, state__in=STATES, not_after__gte=at).order_by("pk")
    while True:
        found = living.filter(pk__gt=after).values_list("pk", "serial_number", "state")[:size]
        rows = [Row(pk, int(serial, 16), state) for pk, serial, state in found]
        if not rows:
            return
        yield rows
        after = rows[-1].pk


def _ask(point: StatusPoint, at: datetime) -> Ask:
    """The CRL is fetched here, before the first certificate is looked at; a responder with each."""
    sample = CertificateBytes.objects.filter(certificate__status_point=point).order_by("-certificate").first()
    if sample is None:
        return lambda rows: {}
    try:
        der = bytes(sample.der)
        issuer = issuer_of(der)
        if issuer is None:
            raise CannotCompare("The issuer's certificate is not known, so nothing that it signs can be believed.")
        return _ask_crl(point, der, issuer) if point.kind == PointKind.CRL else _ask_responder(point, issuer)
    except (Unreachable, StatusUnreadable, UnreadableCertificate, OpensslMissing) as problem:
        raise CannotCompare(str(problem)) from problem


def _ask_crl(point: StatusPoint, der: bytes, issuer: bytes) -> Ask:
    named = read_certificate(der).crl_urls
    crl = read_crl(fetch_publication(point.url), issuer, timezone.now(), named)
    point.crl_number = "" if crl.number is None else str(crl.number)

    def ask(rows: Collection[Row]) -> dict[int, Answer]:
        said = crl.say_of({row.serial_number for row in rows})
        return {row.pk: said[row.serial_number] for row in rows}

    return ask


def _ask_responder(point: StatusPoint, issuer: bytes) -> Ask:
    def ask(rows: Collection[Row]) -> dict[int, Answer]:
        """An answer that is of no use leaves one certificate out; no useful one at all ends the stretch."""
        said: dict[int, Answer] = {}
        problem = ""
        kept = CertificateBytes.objects.filter(certificate__in=[row.pk for row in rows])
        for pk, der in kept.values_list("certificate_id", "der"):
            try:
                said[pk] = ask_responder(point.url, bytes(der), issuer, fetch_publication, at=timezone.now())
            except StatusUnreadable as unreadable:
                problem = str(unreadable)
            except (Unreachable, OpensslMissing) as nobody:
                raise CannotCompare(str(nobody)) from nobody
        if problem and not said:
            raise CannotCompare(problem)
        return {pk: answer for pk, answer in said.items() if isinstance(answer, CrlSighting) or answer.known}

    return ask


def _judge(rows: Collection[Row], said: Mapping[int, Answer], at: datetime) -> Iterator[Verdict]:
    """Where portal and world differ, and where they agree again. A few queries a batch, however many certificates."""
    told = [(row, said[row.pk]) for row in rows if row.pk in said]
    open_ones = set(
        Difference.objects.filter(certificate__in=[row.pk for row in rows], over_at__isnull=True).values_list(
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


def _difference(row: Row, answer: Answer, settled: Mapping[int, datetime]) -> DifferenceKind | None:
    if row.state == CertificateState.REVOKED:
        since = settled.get(row.pk)
        is_missing = not answer.revoked and since is not None and answer.this_update >= since
        return DifferenceKind.NOT_REVOKED if is_missing else None
    if is_final(answer):
        return DifferenceKind.REVOKED_ELSEWHERE
    return DifferenceKind.ON_HOLD if answer.revoked else None


def _settled(certificates: Collection[int], at: datetime) -> dict[int, datetime]:
    """From when on each revoked certificate must be in what is published: a CRL that is a little older is merely late,
    which the sighting of its order looks after."""
    rows = Certificate.objects.filter(pk__in=certificates)
    found = rows.values_list("pk", "authority", "revoked_at", "revocation__proven_at")
    return {pk: (proven or revoked or at) + publishes_within(slug) for pk, slug, revoked, proven in found}


def _settle(point: StatusPoint, verdict: Verdict, *, by: Actor, at: datetime) -> bool:
    """Returns whether it is a difference that was not known."""
    seen = Said(point, verdict.said)
    if verdict.kind is None:
        elsewhere.over(verdict.certificate_id, seen, by=by, at=at)
        return False
    if verdict.kind is DifferenceKind.REVOKED_ELSEWHERE:
        return elsewhere.take_over(verdict.certificate_id, seen, by=by, at=at)
    return elsewhere.note(verdict.certificate_id, verdict.kind, seen, by=by, at=at)


def _put_off(point: StatusPoint, problem: str, *, at: datetime) -> None:
    log.warning("nothing to compare with at %s: %s", point.url, problem)
    StatusPoint.objects.filter(pk=point.pk).update(
        lease_until=None,
        failures=F("failures") + 1,
        problem=problem,
        next_round_at=at + growing(PAUSES, point.failures + 1),
    )


def _finish(point: StatusPoint, *, by: Actor, at: datetime) -> None:
    """Staff are told once a round, however many differences there were."""
    StatusPoint.objects.filter(pk=point.pk).update(
        lease_until=None,
        after=0,
        failures=0,
        problem="",
        compared_at=at,
        crl_number=point.crl_number,
        next_round_at=at + timedelta(hours=settings.COMPARE_EVERY_HOURS),
    )
    point.refresh_from_db()
    if point.found:
        data = {"url": point.url, "compared": point.compared, "found": point.found}
        record(EventKind.DIFFERENCES_FOUND, by=by, at=at, data=data)
