"""O1, O2, O3: how each proof begins, what the portal proves by itself, and the fallback to manual methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction

from revocation import policy
from revocation.models import (
    Actor,
    Brand,
    Certificate,
    Delegation,
    EventKind,
    ManualMethod,
    NameProof,
    ProofRecord,
    Publication,
    RequestState,
    RevocationRequest,
    ValidationMethod,
)
from revocation.ownership.challenge import expected_cname, record_name
from revocation.ownership.delegation import can_prove, target_name
from revocation.ownership.plan import Method, NameToProve, plan
from revocation.services.core.events import record
from revocation.services.core.transitions import locked
from revocation.services.ownership.providers import hosting

SETTLE = timedelta(seconds=10)
"""How long the first look for a record that the portal publishes waits. Its publication brings it forward."""


class ConditionsGone(Exception):
    """O2: the automatic method cannot be used for this name. `code`: a key of `ownership.fallback.MESSAGES`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Place:
    """Where the portal publishes for a name: a record of this kind, at this provider."""

    provider: str
    name: str
    kind: str


@dataclass(frozen=True)
class Way:
    """How a name is proven. `automatic`: by which automatic method; `place`: where the portal publishes for it."""

    method: ManualMethod
    automatic: str = ""
    place: Place | None = None


def begin_proofs(request: RevocationRequest, *, by: Actor, at: datetime) -> None:
    """Begin a proof for each name, by the method that the certificate was issued with (O1).

    Where an automatic method cannot be used, it is the manual one that it falls back to (O2).
    """
    wanted = ValidationMethod(request.certificate.validation_method)
    fallen: list[tuple[str, str]] = []
    for name in plan(request.certificate.names):
        try:
            way = (
                AUTOMATIC[wanted](request.certificate, name, at) if wanted in AUTOMATIC else Way(_manual(wanted, name))
            )
        except ConditionsGone as gone:
            way = Way(_manual(wanted, name))
            fallen.append((gone.code, name.name))
        _create_proof(request, name, way, at)
    for code, names in groupby(sorted(fallen), key=lambda pair: pair[0]):
        _record_fallback(request, wanted, [name for _, name in names], code, by, at)


def _create_proof(request: RevocationRequest, name: NameToProve, way: Way, at: datetime) -> None:
    NameProof.objects.create(
        request=request,
        name=name.name,
        method=way.method,
        automatic=way.automatic,
        automatic_until=at + policy.AUTOMATIC_FOR if way.automatic else None,
        publication=_publication(request, way.place, at) if way.place else None,
        next_check_at=at + SETTLE if way.place else at,
    )


def _publication(request: RevocationRequest, place: Place, at: datetime) -> Publication:
    value = request.challenge_value
    if place.kind == ProofRecord.CNAME:
        value = expected_cname(value, settings.OWNERSHIP_CNAME_ZONE)
    facts = {"provider": place.provider, "kind": place.kind, "value": value, "next_attempt_at": at}
    publication: Publication = Publication.objects.get_or_create(request=request, name=place.name, defaults=facts)[0]
    return publication


def _manual(method: ValidationMethod, name: NameToProve) -> ManualMethod:
    """O2, O5: return the manual method for a name: an automatic method has its fallback, wildcards need DNS."""
    manual = Method(policy.FALLBACKS.get(method, method))
    return ManualMethod(manual) if manual in name.methods else ManualMethod.DNS


# -- the automatic methods ------------------------------------------------------------------------------------------


def _by_provider(certificate: Certificate, name: NameToProve, at: datetime) -> Way:
    """`dns_auto`: a provider of the settings hosts the zone of the name (the longest match)."""
    where = record_name(name.name, settings.OWNERSHIP_RECORD_LABEL)
    host = hosting(where)
    if host is None:
        raise ConditionsGone("zone_not_hosted")
    kind = Brand.objects.get(pk=certificate.brand_id).proof_record
    return Way(ManualMethod.DNS, ValidationMethod.DNS_AUTO, Place(host.slug, where, kind))


def _by_delegated_record(certificate: Certificate, name: NameToProve, at: datetime) -> Way:
    """`dns_proxy`: the portal publishes in its own zone, behind the customer's CNAME."""
    delegation = _delegation(certificate, ValidationMethod.DNS_PROXY, name.name, at)
    where = target_name(delegation.token, settings.DELEGATION_ZONE)
    host = hosting(where) if settings.DELEGATION_ZONE else None
    if host is None:
        raise ConditionsGone("zone_not_hosted")
    return Way(ManualMethod.DNS, ValidationMethod.DNS_PROXY, Place(host.slug, where, ProofRecord.TXT))


def _by_delegated_file(certificate: Certificate, name: NameToProve, at: datetime) -> Way:
    """`file_proxy`: the portal answers at the path that the customer's server passes on."""
    if Method.FILE not in name.methods:
        raise ConditionsGone("wildcard")
    _delegation(certificate, ValidationMethod.FILE_PROXY, name.name, at)
    return Way(ManualMethod.FILE, ValidationMethod.FILE_PROXY)


def _delegation(certificate: Certificate, method: ValidationMethod, name: str, at: datetime) -> Delegation:
    for delegation in Delegation.objects.filter(customer=certificate.customer_id, method=method):
        if can_prove(delegation.domain, method, name) and delegation.holds(at):
            return delegation
    raise ConditionsGone("delegation_not_seen")


AUTOMATIC: dict[ValidationMethod, Callable[[Certificate, NameToProve, datetime], Way]] = {
    ValidationMethod.DNS_AUTO: _by_provider,
    ValidationMethod.DNS_PROXY: _by_delegated_record,
    ValidationMethod.FILE_PROXY: _by_delegated_file,
}

# -- the fallback ---------------------------------------------------------------------------------------------------


def impatient(*, at: datetime, limit: int = 200) -> list[int]:
    """Return requests with names whose automatic proof is late."""
    late = NameProof.objects.filter(automatic_until__isnull=False, automatic_until__lte=at)
    return list(late.values_list("request", flat=True).distinct()[:limit])


def give_up(request_id: int, *, by: Actor, at: datetime) -> None:
    """O2: fall back for the names where what the portal published was not seen in time.

    The customer is notified to do it by hand. What the portal published stays there.
    """
    with transaction.atomic():
        request = locked(request_id)
        late = request.name_proofs.filter(automatic_until__isnull=False, automatic_until__lte=at)
        fall_back(request, late, "not_proven_in_time", by=by, at=at)


def fall_back(request: RevocationRequest, proofs: Iterable[NameProof], code: str, *, by: Actor, at: datetime) -> None:
    """O2: make these proofs of a locked request manual from now on, and notify the customer, once."""
    fallen: dict[str, list[str]] = {}
    for proof in proofs:
        if not proof.proven_at and request.state == RequestState.AWAITING_OWNERSHIP:
            fallen.setdefault(proof.automatic, []).append(proof.name)
            proof.next_check_at = at
        proof.automatic, proof.automatic_until = "", None
        proof.save(update_fields=["automatic", "automatic_until", "next_check_at"])
    for method, names in fallen.items():
        _record_fallback(request, ValidationMethod(method), names, code, by, at)


def _record_fallback(
    request: RevocationRequest, method: ValidationMethod, names: list[str], code: str, by: Actor, at: datetime
) -> None:
    data = {"from": method.value, "to": policy.FALLBACKS[method], "names": names, "code": code}
    record(EventKind.METHOD_FELL_BACK, by=by, at=at, request=request, data=data)
