"""The frame of every verb: lock, is it available in this state?, may this actor?, do it, save, record.

One transaction. Nothing in it touches the outside world; follow-up work is left in the rows for the worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import ConcurrentTransition, can_proceed, has_transition_perm

from revocation.models import (
    Actor,
    Certificate,
    CertificateState,
    EventKind,
    RequestState,
    Revocation,
    RevocationRequest,
)
from revocation.models import family as family_of
from revocation.models.chain import all_descendants
from revocation.models.who_may import takes_part
from revocation.services.recording import record


class TransitionRefused(Exception):
    """The state does not allow the verb: the world moved meanwhile (HTTP 409). `str()` is a sentence."""

    def __init__(self, verb: str, request: RevocationRequest, sentence: str = "") -> None:
        self.verb, self.request = verb, request
        super().__init__(sentence or moved_on(request))


class ActorRefused(Exception):
    """This actor may not (HTTP 404 for strangers, 403 for staff). `str()` is a sentence."""

    def __init__(self, verb: str, request: RevocationRequest, *, part: bool) -> None:
        self.verb, self.request, self.takes_part = verb, request, part
        super().__init__(why_not_you(part=part))


def why_not_you(*, part: bool) -> str:
    """R3, in the reader's language."""
    own = _("You have a part in this request or belong to its organisation. Someone else must decide.")
    return own if part else _("You may not do this.")


def moved_on(request: RevocationRequest) -> str:
    """R4: what happened meanwhile, and by whom."""
    facts = {"number": request.number, "state": request.get_state_display(), "who": request.decided_by}
    if request.decided_by:
        return _("Request %(number)s is now “%(state)s”: %(who)s decided on it meanwhile.") % facts
    return _("Request %(number)s is now “%(state)s”; this is not possible in that state.") % facts


def locked(request_id: int) -> RevocationRequest:
    """The request, its row locked until the transaction ends (SQLite: the whole database is)."""
    rows = RevocationRequest.objects.select_for_update(of=("self",)).select_related("certificate")
    request: RevocationRequest = rows.get(pk=request_id)
    return request


def locked_requests(request_ids: Iterable[int]) -> list[RevocationRequest]:
    """Several, in the order of their keys."""
    rows = RevocationRequest.objects.select_for_update(of=("self",)).select_related("certificate")
    return list(rows.filter(pk__in=list(request_ids)).order_by("pk"))


def locked_certificates(certificate_ids: Iterable[int]) -> list[Certificate]:
    """Several at once, in one query and always in the same order, so that two that lock do not wait for each other."""
    rows = Certificate.objects.select_for_update(of=("self",)).filter(pk__in=list(certificate_ids))
    return list(rows.order_by("pk"))


def explain_circle() -> str:
    """N2: nobody can say what would die."""
    return _("The record of reissues goes round in a circle. Nothing was decided; correct the record first.")


def locked_certificate(certificate_id: int) -> Certificate:
    certificate: Certificate = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate_id)
    return certificate


def refuse_unless_possible(request: RevocationRequest, verb: str, by: Actor) -> None:
    """First what the state allows, then who may; raises `TransitionRefused` or `ActorRefused`."""
    method = getattr(request, verb)
    if not can_proceed(method):
        raise TransitionRefused(verb, request)
    if not has_transition_perm(method, by):  # type: ignore[arg-type]
        raise ActorRefused(verb, request, part=takes_part(request, by))


@contextmanager
def acting(
    request_id: int,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    event: EventKind,
    why: str = "",
    data: dict[str, Any] | None = None,
) -> Iterator[RevocationRequest]:
    """Lock the request, check that the verb is possible, let the body call the transition, save and record.

    The body receives the locked request and must call the transition. A lost race surfaces as `TransitionRefused`
    on both databases.
    """
    try:
        with transaction.atomic():
            request = locked(request_id)
            refuse_unless_possible(request, verb, by)
            before = request.state
            yield request
            request.save()
            record(event, by=by, at=at, request=request, before=before, after=request.state, why=why, data=data)
    except ConcurrentTransition:
        raise TransitionRefused(verb, RevocationRequest.objects.get(pk=request_id)) from None


def lock_family(request: RevocationRequest, *, at: datetime) -> list[Certificate]:
    """M4, N2: put the certificate and every living reissue into *revoking*; returns them, the subject first."""
    subject = locked_certificate(request.certificate_id)
    kin = family_of(subject, at)
    if kin.circular:
        raise TransitionRefused("lock", request, explain_circle())
    doomed = [subject, *locked_certificates(c.pk for c in kin.descendants)]
    for certificate in doomed:
        if certificate.state == CertificateState.ISSUED:
            certificate.enter_revocation()
            certificate.save()
    return doomed


def release_family(request: RevocationRequest, *, spare: int | None = None) -> None:
    """M4: a request ended without a revocation: what it had locked is *issued* again, but for `spare`."""
    for certificate in held_by(request):
        if certificate.pk != spare and certificate.state == CertificateState.REVOKING:
            certificate.release()
            certificate.save()


def held_by(request: RevocationRequest) -> list[Certificate]:
    """The subject and all its reissues, without those that another submitted request holds or an order is given for."""
    subject = locked_certificate(request.certificate_id)
    kin = [subject, *locked_certificates(c.pk for c in all_descendants(subject))]
    others = RevocationRequest.objects.filter(is_open=True, certificate__in=[c.pk for c in kin])
    submitted = others.exclude(pk=request.pk).exclude(state=RequestState.DRAFT)
    taken = set(submitted.values_list("certificate", flat=True))
    taken |= set(Revocation.objects.filter(certificate__in=[c.pk for c in kin]).values_list("certificate", flat=True))
    return [certificate for certificate in kin if certificate.pk not in taken]
