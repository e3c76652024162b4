"""Route F3: checks by themselves and on demand, the deadline, reminders (O4, O5, O7, L2).

Probes run outside any transaction, on names claimed by a lease; what they saw is recorded in a short one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from revocation import policy
from revocation.models import Actor, EventKind, ManualMethod, NameProof, RequestState, RevocationRequest
from revocation.ownership.outcome import Outcome
from revocation.ownership.pauses import next_pause
from revocation.ownership.plan import plan, proven_by
from revocation.services.filing import order_revocations
from revocation.services.probing import probe
from revocation.services.recording import record
from revocation.services.transitions import (
    ActorRefused,
    TransitionRefused,
    acting,
    lock_family,
    locked,
    release_family,
)

LEASE = timedelta(seconds=60)
"""Longer than a probe may take."""

COALESCE = timedelta(seconds=3)
"""*Check now* never checks a name more often than this (threat 34): a press so soon after a check is made then."""


class MethodRefused(Exception):
    """O5: this method cannot prove this name."""


def due_proofs(*, at: datetime, limit: int = 200) -> list[int]:
    """Names whose check is due and not claimed by a living worker."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    due = NameProof.objects.filter(free, next_check_at__isnull=False, next_check_at__lte=at)
    return list(due.order_by("next_check_at").values_list("pk", flat=True)[:limit])


def claim(proof_id: int, *, at: datetime) -> bool:
    """One conditional UPDATE: each name is checked by one worker at a time."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    taken = NameProof.objects.filter(free, pk=proof_id, next_check_at__lte=at)
    return taken.update(lease_until=at + LEASE) == 1


def check(proof_id: int, *, by: Actor, at: datetime) -> None:
    """Claim one name, look for its proof, record what was seen."""
    if not claim(proof_id, at=at):
        return
    proof = NameProof.objects.select_related("request__certificate__brand").get(pk=proof_id)
    outcome = probe(proof)
    _record_outcome(proof_id, outcome, by=by, at=at)


def _record_outcome(proof_id: int, outcome: Outcome, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        request_id = NameProof.objects.values_list("request", flat=True).get(pk=proof_id)
        request = locked(request_id)
        proof = NameProof.objects.get(pk=proof_id)
        proof.attempts += 1
        proof.checked_at, proof.lease_until, proof.outcome = at, None, outcome.as_dict()
        proof.next_check_at = _next_check(request, proof, at)
        proof.save()
        if request.state != RequestState.AWAITING_OWNERSHIP:
            return
        if outcome.proven:
            _mark_proven(request, proof, by=by, at=at)
    if outcome.proven:
        _prove_if_complete(request_id, by=by, at=at)


def _next_check(request: RevocationRequest, proof: NameProof, at: datetime) -> datetime | None:
    """Growing pauses, but never past the deadline: the last check is made there (O4)."""
    deadline = request.ownership_deadline
    if deadline is None or at >= deadline:
        return None
    return min(at + next_pause(proof.attempts), deadline)


def _mark_proven(request: RevocationRequest, proof: NameProof, *, by: Actor, at: datetime) -> None:
    """O5: one proof may prove several names (an apex file its `www.`, a DNS record its wildcard)."""
    names = proven_by(proof.name, proof.method, request.certificate.names)
    fresh = request.name_proofs.filter(name__in=names, proven_at__isnull=True)
    proven = list(fresh.values_list("name", flat=True))
    fresh.update(proven_at=at, proven_through=proof.name, next_check_at=None, lease_until=None)
    data = {"names": proven, "through": proof.name, "method": proof.method, "outcome": proof.outcome}
    record(EventKind.NAME_PROVEN, by=by, at=at, request=request, data=data)


def _prove_if_complete(request_id: int, *, by: Actor, at: datetime) -> None:
    """F3: every name proven means approved, without a reviewer."""
    try:
        with acting(request_id, "prove", by=by, at=at, event=EventKind.PROVEN) as request:
            doomed = lock_family(request, at=at)
            request.prove(at=at)
            order_revocations(request, doomed, at=at)
    except TransitionRefused:
        return  # other names are still missing, or another worker was quicker


def check_now(request_id: int, *, by: Actor, at: datetime) -> int:
    """O7: the customer asks for a check at once; the worker makes it. Returns how many names are to be checked."""
    with transaction.atomic():
        request = _locked_for_customer(request_id, "check_now", by)
        earliest = Greatest(Coalesce(F("checked_at"), Value(at)) + COALESCE, Value(at))
        open_names = request.name_proofs.filter(proven_at__isnull=True, next_check_at__gt=at + COALESCE)
        asked = open_names.update(next_check_at=earliest)
        if asked:
            record(EventKind.CHECK_ASKED, by=by, at=at, request=request, data={"names": asked})
        return asked


def choose_method(request_id: int, name: str, method: str, *, by: Actor, at: datetime) -> None:
    """O1, O5: prove this name by the other manual method. Raises `MethodRefused` for a wildcard by file."""
    with transaction.atomic():
        request = _locked_for_customer(request_id, "choose_method", by)
        allowed = {n.name: n.methods for n in plan(request.certificate.names)}
        if method not in ManualMethod.values or method not in allowed.get(name, ()):
            raise MethodRefused(
                _("%(name)s cannot be proven by this method. Wildcard names are proven by DNS only.") % {"name": name}
            )
        proof = request.name_proofs.get(name=name)
        if proof.method == method or proof.proven_at:
            return
        data = {"name": name, "from": proof.method, "to": method}
        proof.method, proof.next_check_at, proof.attempts, proof.outcome = method, at, 0, {}
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
    """Requests whose 72 hours are over."""
    over = RevocationRequest.objects.filter(ownership_deadline__isnull=False, ownership_deadline__lte=at)
    return list(over.order_by("ownership_deadline").values_list("pk", flat=True)[:limit])


def close(request_id: int, *, by: Actor, at: datetime) -> None:
    """O4: at the deadline one last check of every unproven name; when all were made in vain, the request fails."""
    unproven = NameProof.objects.filter(request=request_id, proven_at__isnull=True)
    deadline = RevocationRequest.objects.values_list("ownership_deadline", flat=True).get(pk=request_id)
    if deadline is None:
        return
    unchecked = unproven.filter(Q(checked_at__isnull=True) | Q(checked_at__lt=deadline))
    if unchecked.exists():
        unchecked.filter(next_check_at__isnull=True).update(next_check_at=at)
        return
    try:
        with acting(request_id, "fail", by=by, at=at, event=EventKind.FAILED) as request:
            if not request.name_proofs.filter(proven_at__isnull=True).exists():
                raise TransitionRefused("fail", request)
            request.fail(at=at)
            request.name_proofs.update(next_check_at=None, lease_until=None)
            release_family(request)
    except TransitionRefused:
        return  # proven in the meantime


def to_be_reminded(*, at: datetime, limit: int = 200) -> list[int]:
    """Requests that have passed a reminder's mark since the last reminder (L2)."""
    due = Q()
    for number, left in enumerate(policy.REMINDERS):
        due |= Q(reminded__lte=number, ownership_deadline__lte=at + left)
    waiting = RevocationRequest.objects.filter(due, ownership_deadline__isnull=False, ownership_deadline__gt=at)
    return list(waiting.values_list("pk", flat=True)[:limit])


def remind(request_id: int, *, by: Actor, at: datetime) -> None:
    """One reminder for the latest mark passed, even when the worker slept over an earlier one."""
    with transaction.atomic():
        request = locked(request_id)
        deadline = request.ownership_deadline
        if request.state != RequestState.AWAITING_OWNERSHIP or deadline is None:
            return
        passed = sum(deadline - at <= left for left in policy.REMINDERS)
        if passed <= request.reminded:
            return
        request.reminded = passed
        request.save()
        hours = int((deadline - at).total_seconds() // 3600)
        record(EventKind.OWNERSHIP_REMINDER, by=by, at=at, request=request, data={"hours_left": hours})
