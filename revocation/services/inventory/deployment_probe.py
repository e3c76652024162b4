"""Where the certificate is in use.

Before a revocation is confirmed the worker looks, as a browser would, which of the certificate's names serve it now.
This is a warning and blocks nothing. Only what the portal itself deployed blocks a revocation (M7).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from revocation.models import Actor, Certificate, RevocationRequest, Served, ServedCertificate
from revocation.outbound.configured import fetcher
from revocation.outbound.failure import FetchFailed
from revocation.outbound.fetch import Fetcher, FetchPolicy
from revocation.outbound.served import served_certificate
from revocation.pki.facts import UnreadableCertificate, read_certificate
from revocation.pki.in_use import MOST_NAMES, Subject, hosts, judged
from revocation.services.core.transitions import ActorRefused

FRESH = timedelta(minutes=10)
"""How long after asking no new look is made."""

LEASE = timedelta(minutes=1)
"""Longer than one look may take."""

PLACES = 32
"""Looks at the same time, by one worker. One that hangs holds its place for as long as the policy allows."""

POLICY = FetchPolicy(seconds=6, verify_tls=False)


def ask(certificate: Certificate, *, at: datetime) -> bool:
    """Have the names looked at, unless that was asked a short while ago. Returns whether it is asked now."""
    if certificate.served_certificates.filter(asked_at__gt=at - FRESH).exists():
        return False
    names = hosts(certificate.names)[:MOST_NAMES]
    rows = [ServedCertificate(certificate=certificate, name=name, asked_at=at, look_at=at) for name in names]
    ServedCertificate.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["certificate", "name"], update_fields=["asked_at", "look_at"]
    )
    return True


def ask_again(case: RevocationRequest, *, by: Actor, at: datetime) -> bool:
    """Do as `ask`, for a person of the certificate's organisation. Raises `ActorRefused`."""
    if not by.belongs_to(case.certificate.customer_id):
        raise ActorRefused("look_again", case, part=False)
    return ask(case.certificate, at=at)


def due_looks(*, at: datetime, limit: int = 200) -> list[int]:
    """Return names to look at, the organisations in turn: one with hundreds of dead names holds up no other."""
    turn = Window(RowNumber(), partition_by=F("certificate__customer"), order_by=["look_at", "pk"])
    due = ServedCertificate.to_look_at.due(at).annotate(turn=turn)
    return list(due.order_by("turn", "look_at", "pk").values_list("pk", flat=True)[:limit])


def look(look_id: int, *, at: datetime) -> None:
    """Claim one look, make it outside any transaction, write down what was seen.

    If the worker dies, the look is due again when its lease has run out.
    """
    if not ServedCertificate.to_look_at.claim_one(look_id, at=at, lease=LEASE):
        return
    row = ServedCertificate.objects.select_related("certificate").get(pk=look_id)
    ServedCertificate.objects.filter(pk=look_id).update(look_at=None, looked_at=at, **_seen(row))


def _seen(row: ServedCertificate) -> dict[str, object]:
    """Look at the name; return the columns of the outcome."""
    nothing: dict[str, object] = {"same_key": False, "shown_not_before": None, "address": "", "code": "", "params": {}}
    try:
        shown = served_certificate(row.name, _fetcher())
    except FetchFailed as failed:
        return nothing | {"outcome": Served.NOTHING, "code": failed.code, "params": failed.params}
    try:
        facts = read_certificate(shown.der)
    except UnreadableCertificate:
        return nothing | {"outcome": Served.OTHER, "address": shown.address}
    ours = row.certificate
    subject = Subject(ours.fingerprint, ours.key_digest, ours.not_before)
    serves, same_key = judged(subject, row.name, facts)
    found: dict[str, object] = {"outcome": Served(serves), "same_key": same_key, "shown_not_before": facts.not_before}
    return nothing | found | {"address": shown.address}


def _fetcher() -> Fetcher:
    return fetcher(POLICY, settings.DNS_RESOLVERS, settings.OUTBOUND_TEST_NETWORKS, settings.OUTBOUND_TEST_PORTS)
