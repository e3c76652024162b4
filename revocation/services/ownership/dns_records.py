"""O1: records that the portal writes at a DNS provider and removes again. The rows say what is due.

A worker claims a row by a lease, asks the provider outside any transaction, and records the result. If it is killed
anywhere, nothing is lost: publishing and removing are idempotent and are done again when the lease has run out.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from revocation import crash_points
from revocation.models import (
    Actor,
    EventKind,
    NameProof,
    Publication,
    PublicationState,
    RequestState,
    RevocationRequest,
)
from revocation.ownership.providers.interface import NeedsAttention, ProviderFailed, Record, TryAgain
from revocation.services.core.backoff import Pauses
from revocation.services.core.events import record
from revocation.services.core.transitions import locked
from revocation.services.ownership.automation import fall_back
from revocation.services.ownership.providers import provider

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than a driver may take for all its messages."""

PAUSES = Pauses.of_seconds(5, 15, 60, 300, 900, 3600)
"""Between attempts at a provider that does not answer."""


def due_publications(*, at: datetime, limit: int = 100) -> list[int]:
    """Return records to be published or removed that no living worker has claimed, longest waiting first."""
    return list(Publication.to_carry_out.due(at).order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def unwanted(*, at: datetime, limit: int = 200) -> list[int]:
    """Return records that no open proof looks for any more: all are proven, or the request has ended in any way."""
    looking = NameProof.objects.filter(
        publication=OuterRef("pk"), proven_at__isnull=True, request__state=RequestState.AWAITING_OWNERSHIP
    )
    kept = [PublicationState.TO_PUBLISH, PublicationState.PUBLISHED]
    rows = Publication.objects.filter(~Exists(looking), withdrawn_at__isnull=True, state__in=kept)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def withdraw(publication_id: int, *, at: datetime) -> None:
    """Mark the record as one to be removed."""
    with transaction.atomic():
        _, publication = _locked(publication_id)
        if publication.state in (PublicationState.TO_PUBLISH, PublicationState.PUBLISHED):
            publication.withdraw(at=at)
            publication.save()


def claim(publication_id: int, *, at: datetime) -> bool:
    """Take the row for this worker."""
    taken: bool = Publication.to_carry_out.claim_one(publication_id, at=at, lease=LEASE)
    return taken


def carry_out(publication_id: int, *, by: Actor, at: datetime) -> None:
    """Claim one record, publish or remove it, record what the provider said."""
    if not claim(publication_id, at=at):
        return
    publication = Publication.objects.get(pk=publication_id)
    removing = publication.state == PublicationState.TO_REMOVE
    wanted = Record(publication.name, publication.kind, publication.value)
    try:
        host = provider(publication.provider, publication.name)
        if removing:
            host.remove(wanted)
        else:
            host.publish(wanted)
    except TryAgain as outage:
        _postpone(publication_id, outage, at=at)
        return
    except NeedsAttention as refusal:
        _refused(publication_id, refusal, removing, by=by, at=at)
        return
    crash_points.reach(crash_points.AFTER_REMOVING if removing else crash_points.AFTER_PUBLISHING)
    _done(publication_id, removing, by=by, at=at)


def _locked(publication_id: int) -> tuple[RevocationRequest, Publication]:
    """Lock the request first, as everywhere, then the publication, so that nobody waits in a circle."""
    request = locked(Publication.objects.values_list("request", flat=True).get(pk=publication_id))
    rows = Publication.objects.select_for_update(of=("self",))
    publication: Publication = rows.get(pk=publication_id)
    return request, publication


def _done(publication_id: int, removing: bool, *, by: Actor, at: datetime) -> None:
    """Note that the DNS record was published or removed.

    The wish may have changed meanwhile: a record written after its withdrawal is removed again.
    """
    with transaction.atomic():
        request, publication = _locked(publication_id)
        if removing and publication.state == PublicationState.TO_REMOVE:
            publication.remove(at=at)
            _note(EventKind.RECORD_REMOVED, request, publication, by, at)
        elif not removing and publication.state == PublicationState.TO_PUBLISH:
            publication.publish(at=at)
            _note(EventKind.RECORD_PUBLISHED, request, publication, by, at)
            publication.proofs.filter(proven_at__isnull=True).update(next_check_at=at, attempts=0)
        elif not removing and publication.state == PublicationState.REMOVED:
            publication.withdraw(at=at)
        publication.lease_until = None
        publication.save()


def _postpone(publication_id: int, outage: TryAgain, *, at: datetime) -> None:
    """Try again later after an outage. The customer is notified when it lasts (`automation.give_up`)."""
    log.warning("publication %s: %s", publication_id, outage)
    with transaction.atomic():
        _, publication = _locked(publication_id)
        if publication.next_attempt_at is not None:
            publication.next_attempt_at = at + PAUSES.after(publication.attempts)
        publication.problem, publication.lease_until = _problem(outage), None
        publication.save()


def _refused(publication_id: int, refusal: NeedsAttention, removing: bool, *, by: Actor, at: datetime) -> None:
    """O2: record that the provider refused: it does not host the zone any more, or refuses the credentials.

    Staff are told what the server said, and the customer what to do by hand.
    """
    log.error("publication %s: %s", publication_id, refusal)
    with transaction.atomic():
        request, publication = _locked(publication_id)
        expected = PublicationState.TO_REMOVE if removing else PublicationState.TO_PUBLISH
        if publication.state != expected:
            publication.lease_until = None
            publication.save()
            return
        publication.fail(problem=_problem(refusal))
        publication.save()
        _note(EventKind.RECORD_REFUSED, request, publication, by, at, {"problem": str(refusal), **_problem(refusal)})
        if not removing:
            automatic = publication.proofs.exclude(automatic="")
            fall_back(request, automatic, "provider_refused", by=by, at=at)


def _problem(failure: ProviderFailed) -> dict[str, object]:
    return {"code": failure.code, "params": failure.params}


def _note(
    kind: EventKind,
    request: RevocationRequest,
    publication: Publication,
    by: Actor,
    at: datetime,
    more: dict[str, object] | None = None,
) -> None:
    data = {"name": publication.name, "kind": publication.kind, "provider": publication.provider}
    record(kind, by=by, at=at, request=request, data=data | (more or {}))
