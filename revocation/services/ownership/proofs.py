"""Route F3: routine checks and checks on demand, the deadline, reminders (O4, O5, O7, L2).

Checks run outside any transaction, on names claimed by a lease (`sweep`). What they saw is recorded in a short one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest

from revocation import crash_points, policy
from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.models import Actor, Certificate, EventKind, ManualMethod, NameProof, RequestState, RevocationRequest
from revocation.ownership.outcome import Outcome
from revocation.ownership.plan import plan, proven_by
from revocation.services.core.events import record
from revocation.services.core.transitions import (
    ActorRefused,
    TransitionRefused,
    acting,
    lock_family,
    locked,
    release_family,
)
from revocation.services.ownership.claims import PAUSES, Claimed
from revocation.services.ownership.outcomes import Looked, write_down

COALESCE = timedelta(seconds=3)
"""*Check now* never checks a name more often than this (threat 34). Asked earlier, the check waits until then."""


MESSAGES = table(
    "ownership",
    {"method_unfit": gettext_noop("%(name)s cannot be proven by this method. Wildcard names are proven by DNS only.")},
    status=422,
)


class MethodRefused(Refused):
    """O5: this method cannot prove this name."""

    subject = "ownership"


Seen = tuple[Claimed, Outcome, datetime]
"""A name as it was claimed, what the check saw, and when it began."""


def record_outcomes(seen: Iterable[Seen], *, by: Actor, at: datetime) -> None:
    """Record what checks saw: all that failed in one short transaction, each proof in its own.

    An outcome counts only while its lease holds and the method is the one that was looked for.
    """
    ordered = sorted(seen, key=lambda one: one[0].pk)
    vain = [_looked(*one) for one in ordered if not one[1].proven]
    if vain:
        with transaction.atomic():
            write_down(vain)
    for proof, outcome, began_at in ordered:
        if outcome.proven:
            _record_proof(proof, outcome, began_at, by=by, at=at)


def _looked(proof: Claimed, outcome: Outcome, began_at: datetime) -> Looked:
    return Looked(proof, began_at, outcome.as_dict(), _next_check(proof, began_at, outcome.again_in))


def _next_check(proof: Claimed, began_at: datetime, again_in: int) -> datetime | None:
    """Return when to check next: after a growing pause, or as soon as a cached answer has expired.

    It is never past the deadline: the last check is made there (O4).
    """
    deadline = proof.deadline
    if deadline is None or began_at >= deadline:
        return None
    pause = PAUSES.step(proof.attempts + 1)
    if again_in:
        pause = min(pause, max(timedelta(seconds=again_in), PAUSES.step(1)))
    return min(began_at + PAUSES.spread_out(pause), deadline)


def _record_proof(proof: Claimed, outcome: Outcome, began_at: datetime, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        request = locked(proof.request_id)
        claimed = NameProof.objects.filter(pk=proof.pk, lease_until=proof.lease_until, method=proof.method)
        held = claimed.select_for_update().first() is not None
        write_down([_looked(proof, outcome, began_at)])
        if not held or request.state != RequestState.AWAITING_OWNERSHIP:
            return
        _mark_proven(request, proof, outcome, by=by, at=at)
    crash_points.reach(crash_points.AFTER_PROOF)
    _prove_if_complete(proof.request_id, by=by, at=at)


def _mark_proven(request: RevocationRequest, proof: Claimed, outcome: Outcome, *, by: Actor, at: datetime) -> None:
    """O5: mark the names that this proof proves. An apex file proves its `www.` too, a DNS record its wildcard."""
    names = proven_by(proof.name, proof.method, request.certificate.names)
    fresh = request.name_proofs.filter(name__in=names, proven_at__isnull=True)
    proven = list(fresh.values_list("name", flat=True))
    fresh.update(proven_at=at, proven_through=proof.name, next_check_at=None, asked_at=None, lease_until=None)
    data = {"names": proven, "through": proof.name, "method": proof.method, "outcome": outcome.as_dict()}
    record(EventKind.NAME_PROVEN, by=by, at=at, request=request, data=data)


def _prove_if_complete(request_id: int, *, by: Actor, at: datetime) -> None:
    """F3: approve the request, without a reviewer, when every name is proven."""
    try:
        affected: list[Certificate] = []
        with acting(RevocationRequest.prove, request_id, by=by, at=at, affected=affected) as request:
            affected += lock_family(request, at=at)
            request.prove(at=at)
    except TransitionRefused:
        return  # other names are still missing, or another worker was quicker


def to_be_completed(*, at: datetime, limit: int = 200) -> list[int]:
    """Return requests whose last name was proven by a worker that ended before it could say so."""
    missing = NameProof.objects.filter(request=OuterRef("pk"), proven_at__isnull=True)
    waiting = RevocationRequest.objects.filter(ownership_deadline__isnull=False, state=RequestState.AWAITING_OWNERSHIP)
    return list(waiting.exclude(Exists(missing)).order_by("ownership_deadline").values_list("pk", flat=True)[:limit])


def complete(request_id: int, *, by: Actor, at: datetime) -> None:
    """F3: approve the request, since every name is proven."""
    _prove_if_complete(request_id, by=by, at=at)


def check_now(request_id: int, *, by: Actor, at: datetime) -> int:
    """O7: ask for a check at once on behalf of the customer; the worker makes it.

    Returns how many names are to be checked.
    """
    with transaction.atomic():
        request = _locked_for_customer(request_id, "check_now", by)
        earliest = Greatest(Coalesce(F("checked_at"), Value(at)) + COALESCE, Value(at))
        open_names = request.name_proofs.filter(proven_at__isnull=True, next_check_at__gt=at + COALESCE)
        asked = open_names.update(next_check_at=earliest, asked_at=at)
        if asked:
            record(EventKind.CHECK_ASKED, by=by, at=at, request=request, data={"names": asked})
        return asked


def choose_method(request_id: int, name: str, method: str, *, by: Actor, at: datetime) -> None:
    """O1, O5: prove this name by the other manual method. Raises `MethodRefused` for a wildcard by file."""
    with transaction.atomic():
        request = _locked_for_customer(request_id, "choose_method", by)
        allowed = {n.name: n.methods for n in plan(request.certificate.names)}
        if method not in ManualMethod.values or method not in allowed.get(name, ()):
            raise MethodRefused("method_unfit", name=name)
        proof = request.name_proofs.get(name=name)
        if proof.method == method or proof.proven_at:
            return
        data = {"name": name, "from": proof.method, "to": method}
        proof.method, proof.next_check_at, proof.attempts, proof.outcome = method, at, 0, {}
        proof.asked_at, proof.automatic, proof.automatic_until = at, "", None
        proof.save()
        record(EventKind.METHOD_CHANGED, by=by, at=at, request=request, data=data)


def _locked_for_customer(request_id: int, verb: str, by: Actor) -> RevocationRequest:
    request = locked(request_id)
    if not by.belongs_to(request.certificate.customer_id):
        raise ActorRefused(verb, request, part=False)
    if request.state != RequestState.AWAITING_OWNERSHIP:
        raise TransitionRefused(verb, request)
    return request


def past_deadline(*, at: datetime, limit: int = 200) -> list[int]:
    """Return requests whose 72 hours are over and whose unproven names were all looked for once more since then.

    Where evidence was to take the proof's place (A1), nothing is looked for any more.
    """
    over = RevocationRequest.objects.filter(ownership_deadline__isnull=False, ownership_deadline__lte=at)
    to_look_for = _not_looked_for_since(OuterRef("ownership_deadline"), request=OuterRef("pk"))
    ready = over.filter(Q(state=RequestState.HANDED_BACK) | ~Exists(to_look_for))
    return list(ready.order_by("ownership_deadline").values_list("pk", flat=True)[:limit])


def close(request_id: int, *, by: Actor, at: datetime) -> None:
    """O4: fail the request if the last check of every unproven name, made at the deadline, did not find the proof.

    An assisted request that began as a proof and was not submitted by then fails too (A1).
    """
    try:
        with acting(RevocationRequest.fail, request_id, by=by, at=at) as request:
            if not _is_over(request, at):
                raise TransitionRefused("fail", request)
            request.fail(at=at)
            request.name_proofs.update(next_check_at=None, asked_at=None, lease_until=None)
            release_family(request)
    except TransitionRefused:
        return  # the last check is still to be made, or it found the proof


def _is_over(request: RevocationRequest, at: datetime) -> bool:
    deadline = request.ownership_deadline
    if deadline is None or at < deadline:
        return False
    if request.state == RequestState.HANDED_BACK:
        return True
    unproven = request.name_proofs.filter(proven_at__isnull=True)
    return unproven.exists() and not _not_looked_for_since(deadline, request=request).exists()


def _not_looked_for_since(instant: Any, *, request: Any) -> QuerySet[NameProof]:
    """Return unproven names of a request whose last check began before `instant`, or that were never checked."""
    unproven = NameProof.objects.filter(request=request, proven_at__isnull=True)
    return unproven.filter(Q(checked_at__isnull=True) | Q(checked_at__lt=instant))


def to_be_reminded(*, at: datetime, limit: int = 200) -> list[int]:
    """Return requests that have passed a reminder's mark since the last reminder (L2)."""
    due = Q()
    for number, left in enumerate(policy.REMINDERS):
        due |= Q(reminded__lte=number, ownership_deadline__lte=at + left)
    waiting = RevocationRequest.objects.filter(due, ownership_deadline__isnull=False, ownership_deadline__gt=at)
    return list(waiting.values_list("pk", flat=True)[:limit])


def remind(request_id: int, *, by: Actor, at: datetime) -> None:
    """Send one reminder for the latest mark passed, even when the worker slept over an earlier one."""
    with transaction.atomic():
        request = locked(request_id)
        deadline = request.ownership_deadline
        if deadline is None:
            return
        passed = sum(deadline - at <= left for left in policy.REMINDERS)
        if passed <= request.reminded:
            return
        request.reminded = passed
        request.save()
        hours = int((deadline - at).total_seconds() // 3600)
        record(EventKind.OWNERSHIP_REMINDER, by=by, at=at, request=request, data={"hours_left": hours})
