"""O1, O2: delegations to the portal. The customer adds and removes them; the portal looks daily and when asked.

A look claims its row by a lease, probes outside any transaction, and records what was seen. That decides what is waived
(F9, O3) and whether open proofs fall back (O2).
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.models import (
    Actor,
    DelegatedMethod,
    Delegation,
    EventKind,
    NameProof,
    RequestState,
    RevocationRequest,
)
from revocation.outbound.configured import dns_view, networks
from revocation.outbound.fetch import Fetcher
from revocation.ownership.challenge import Challenge, new_challenge
from revocation.ownership.delegation import INCONCLUSIVE, can_prove, check_delegated_record, is_set_up_for, target_name
from revocation.ownership.http import check_file, file_policy
from revocation.ownership.outcome import Outcome
from revocation.pki.names import NameRefused, canonical_dns_name, is_wildcard, registrable_domain
from revocation.services.core.backoff import Pauses
from revocation.services.core.errors import NotOwner
from revocation.services.core.events import record
from revocation.services.core.transitions import locked
from revocation.services.ownership.automation import fall_back
from revocation.services.ownership.waivers import renew_waivers

LEASE = timedelta(seconds=60)
PAUSES = Pauses.of_minutes(1, 2, 5, 10, 30, 60)
"""Between two looks that did not find it."""

DAILY = timedelta(days=1)
IN_USE = timedelta(minutes=10)
"""How often a delegation is looked at while an open proof relies on it."""

COALESCE = timedelta(seconds=3)
GIVEN_UP_AFTER = timedelta(days=7)
"""A delegation that was not there for so long is looked at once a day only."""

MOST = 1000
"""Delegations of one customer (threat 34)."""


MESSAGES = table(
    "delegation",
    {
        "no_method": gettext_noop("Select a delegation method."),
        "too_many": gettext_noop("You can have up to %(most)s delegations. Remove one first."),
        "no_domain": gettext_noop("“%(name)s” is not a domain. Write it such as example.com or www.example.com."),
        "wildcard": gettext_noop("Write the domain without “*.”: its delegation covers the wildcard name as well."),
        "public_suffix": gettext_noop(
            "%(name)s is a public suffix, under which everybody has domains. Write your own domain."
        ),
    },
    status=422,
)


class DelegationRefused(Refused):
    """The delegation cannot be added."""

    subject = "delegation"


def add(customer_id: int, domain: str, method: str, *, by: Actor, at: datetime) -> Delegation:
    """Begin a delegation, or return the one that is there. It counts from the first look that finds it."""
    if by.user is None or not by.belongs_to(customer_id):
        raise NotOwner
    name = _domain(domain)
    if method not in available_methods():
        raise DelegationRefused("no_method")
    own = Delegation.objects.filter(customer=customer_id)
    if own.count() >= MOST:
        raise DelegationRefused("too_many", most=MOST)
    try:
        with transaction.atomic():
            facts = {"token": secrets.token_hex(16), "added_at": at, "added_by": by.user, "next_check_at": at}
            made = Delegation.objects.create(customer_id=customer_id, domain=name, method=method, **facts)
            _note(EventKind.DELEGATION_ADDED, made, by, at)
            return made
    except IntegrityError:  # one_delegation_a_domain_and_method
        return own.get(domain=name, method=method)


def available_methods() -> list[DelegatedMethod]:
    """Return the methods to select from: by DNS only where the portal has a zone of its own for it."""
    return [m for m in DelegatedMethod if m is not DelegatedMethod.DNS_PROXY or settings.DELEGATION_ZONE]


def _domain(text: str) -> str:
    try:
        name = canonical_dns_name(text.strip())
    except NameRefused:
        raise DelegationRefused("no_domain", name=text[:80]) from None
    if is_wildcard(name):
        raise DelegationRefused("wildcard")
    if registrable_domain(name) is None:
        raise DelegationRefused("public_suffix", name=name)
    return name


def remove(delegation_id: int, *, by: Actor, at: datetime) -> None:
    """Remove a delegation, as its customer wants. Open proofs that relied on it fall back (O2)."""
    with transaction.atomic():
        delegation = _locked(delegation_id)
        if delegation is None or not by.belongs_to(delegation.customer_id):
            raise NotOwner
        _note(EventKind.DELEGATION_REMOVED, delegation, by, at)
        proofs = _relying(delegation)
        drafts = _drafts(delegation)
        delegation.delete()
        _fall_back(proofs, "delegation_removed", by, at)
        _renew(drafts, at)


def check_now(delegation_id: int, *, by: Actor, at: datetime) -> None:
    """Ask for a look on behalf of the customer; the worker makes it. Requests close together are one."""
    delegation = Delegation.objects.get(pk=delegation_id)
    if not by.belongs_to(delegation.customer_id):
        raise NotOwner
    recent = Q(checked_at__isnull=False, checked_at__gt=at - COALESCE)
    Delegation.objects.filter(pk=delegation_id, next_check_at__gt=at).exclude(recent).update(next_check_at=at)


# -- the look -------------------------------------------------------------------------------------------------------


def due_delegations(*, at: datetime, limit: int = 100) -> list[int]:
    """Return delegations whose look is due, longest waiting first."""
    return list(Delegation.to_check.due(at).order_by("next_check_at").values_list("pk", flat=True)[:limit])


def claim(delegation_id: int, *, at: datetime) -> bool:
    """Claim the row for this worker, with a fresh file to ask for, so that no cache answers instead of the portal."""
    fresh = new_challenge()
    return Delegation.to_check.claim_one(
        delegation_id, at=at, lease=LEASE, probe_file=fresh.file_name, probe_value=fresh.value
    )


def look(delegation_id: int, *, by: Actor, at: datetime) -> None:
    """Claim one delegation, look whether it is there, record what was seen."""
    if claim(delegation_id, at=at):
        delegation = Delegation.objects.filter(pk=delegation_id).first()
        if delegation is not None:
            saw(delegation_id, probe(delegation), by=by, at=at)


def probe(delegation: Delegation) -> Outcome:
    """Look whether the delegation is there: outside of any transaction, through the guard, bounded in time."""
    return PROBES[DelegatedMethod(delegation.method)](delegation)


def _probe_record(delegation: Delegation) -> Outcome:
    target = target_name(delegation.token, settings.DELEGATION_ZONE)
    view = dns_view(settings.DNS_RESOLVERS)
    return check_delegated_record(delegation.domain, target, view, settings.OWNERSHIP_RECORD_LABEL)


def _probe_path(delegation: Delegation) -> Outcome:
    policy = file_policy(networks(settings.OUTBOUND_TEST_NETWORKS), settings.OUTBOUND_TEST_PORTS)
    challenge = Challenge(delegation.probe_value, delegation.probe_file)
    return check_file(delegation.domain, challenge, Fetcher(policy, dns_view(settings.DNS_RESOLVERS)))


PROBES = {DelegatedMethod.DNS_PROXY: _probe_record, DelegatedMethod.FILE_PROXY: _probe_path}


def saw(delegation_id: int, outcome: Outcome, *, by: Actor, at: datetime) -> None:
    """Record a look; note whether the delegation holds, and let open proofs fall back if it does not.

    An outage breaks nothing at once: a delegation that was seen holds until that is too long ago.
    """
    with transaction.atomic():
        delegation = _locked(delegation_id)
        if delegation is None:
            return  # removed meanwhile
        held = delegation.holds(at)
        delegation.checked_at, delegation.lease_until, delegation.outcome = at, None, outcome.as_dict()
        if outcome.proven:
            delegation.seen_at, delegation.broken_at, delegation.attempts = at, None, 0
        else:
            delegation.attempts = F("attempts") + 1
            if outcome.code not in INCONCLUSIVE:
                delegation.broken_at = delegation.broken_at or at
        relying = _relying(delegation)
        delegation.save()
        delegation.refresh_from_db()
        delegation.next_check_at = at + _pause(delegation, at, in_use=bool(relying))
        delegation.save(update_fields=["next_check_at"])
        holds = delegation.holds(at)
        if held != holds:
            _note(EventKind.DELEGATION_SEEN if holds else EventKind.DELEGATION_BROKEN, delegation, by, at)
            _renew(_drafts(delegation), at)
        if not holds:
            _fall_back(relying, "delegation_not_seen", by, at)


def _pause(delegation: Delegation, at: datetime, *, in_use: bool) -> timedelta:
    if in_use:
        return IN_USE
    gone_since = delegation.broken_at or delegation.added_at
    if delegation.attempts == 0 or at - gone_since > GIVEN_UP_AFTER:
        return DAILY
    return PAUSES.after(delegation.attempts)


def _locked(delegation_id: int) -> Delegation | None:
    return Delegation.objects.select_for_update(of=("self",)).filter(pk=delegation_id).first()


def _relying(delegation: Delegation) -> list[NameProof]:
    """Return the open proofs that rely on the delegation."""
    rows = NameProof.objects.filter(
        request__certificate__customer=delegation.customer_id,
        request__state=RequestState.AWAITING_OWNERSHIP,
        automatic=delegation.method,
        proven_at__isnull=True,
    )
    return [p for p in rows.order_by("request", "pk") if can_prove(delegation.domain, delegation.method, p.name)]


def _fall_back(proofs: list[NameProof], code: str, by: Actor, at: datetime) -> None:
    for request_id in sorted({proof.request_id for proof in proofs}):
        request = locked(request_id)
        own = [p for p in proofs if p.request_id == request_id]
        fall_back(request, NameProof.objects.filter(pk__in=[p.pk for p in own]), code, by=by, at=at)


def _drafts(delegation: Delegation) -> list[int]:
    """Return the drafts whose waivers may follow from the delegation."""
    rows = RevocationRequest.objects.filter(
        certificate__customer=delegation.customer_id, state=RequestState.DRAFT, is_open=True
    )
    drafts = rows.values_list("pk", "certificate__names")
    domain, method = delegation.domain, delegation.method
    return [pk for pk, names in drafts if any(is_set_up_for(domain, method, name) for name in names)]


def _renew(drafts: list[int], at: datetime) -> None:
    for pk in drafts:
        renew_waivers(pk, at=at)


def _note(kind: EventKind, delegation: Delegation, by: Actor, at: datetime) -> None:
    data = {"domain": delegation.domain, "method": delegation.method, "outcome": delegation.outcome}
    record(kind, by=by, at=at, customer_id=delegation.customer_id, data=data)
