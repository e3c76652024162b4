"""Putting a batch of certificates into the inventory: one transaction, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from django.db import transaction

from certportal.accounts.models import Customer
from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.models import (
    Actor,
    BlockedKey,
    Brand,
    Certificate,
    CertificateBytes,
    EventKind,
    IssuerCertificate,
    ValidationMethod,
)
from revocation.pki.facts import CertificateFacts, Level
from revocation.pki.search import spellings
from revocation.services.core.chains import authority_for, keep_issuers
from revocation.services.core.events import Entry, record_all

BY_HAND = "by-hand"
"""The authority of a certificate that was issued through the service by a CA that no driver is set up for."""

FIRST_DAY, LAST_DAY = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class IssuanceFacts:
    """What only the purchase knows. `level` None: read it from the certificate."""

    brand: str = "other"
    level: Level | None = None
    term_years: int = 1
    validation_method: str = ValidationMethod.DNS
    to_be_renewed: bool = False
    reissued_from: str = ""
    uploaded: bool = False
    authority: str = ""


class Result(Enum):
    ADDED = "added"
    KNOWN = "known already"
    ISSUER = "issuer's certificate, kept for chains"
    REFUSED = "refused"


@dataclass(frozen=True)
class Imported:
    """What came of one certificate. `number` and `line`: where it stands in its file (`pki.bundle.Piece`)."""

    facts: CertificateFacts | None
    result: Result
    certificate: Certificate | None = None
    refused: Exception | None = None
    number: int = 0
    line: int = 0


MESSAGES = table(
    "import",
    {
        "no_level": gettext_noop(
            "Neither the purchase nor the certificate states DV, OV or EV. Enter the level with the purchase."
        ),
        "no_brand": gettext_noop(
            "There is no brand “%(slug)s”. Known brands: %(known)s. Staff can add one in the admin."
        ),
        "no_original": gettext_noop(
            "The certificate that this one was reissued from (fingerprint %(fingerprint)s) is not in the inventory."
        ),
        "not_stored": gettext_noop(
            "The database does not take this certificate. The others are not affected. Report it."
        ),
        "key_blocked": gettext_noop("The key of this signing request was proven to be compromised. Make a new key."),
    },
    status=422,
    lists=frozenset({"known"}),
)


class ImportRefused(Refused):
    """The facts do not fit: an unknown level, brand or original, a compromised key, or what the database refuses."""

    subject = "import"


@dataclass(frozen=True)
class Order:
    """What the certificates of a purchase have in common: `facts`, with its brand and original looked up."""

    facts: IssuanceFacts
    customer: Customer
    brand: Brand
    original: Certificate | None


def looked_up(facts: IssuanceFacts, customer: Customer) -> Order:
    """Look up the brand and the original. Raises `ImportRefused` for one that does not exist."""
    return Order(facts, customer, _brand(facts.brand), _original(facts.reissued_from, customer))


def add(
    facts: Sequence[CertificateFacts],
    *,
    order: Order,
    by: Actor,
    at: datetime,
    event: EventKind = EventKind.IMPORTED,
) -> list[Imported]:
    """Put certificates into the inventory in one transaction; return what came of each, in order.

    CA certificates are kept for chains. The same fingerprint twice changes nothing. One that does not fit is refused by
    itself. An error of the database is raised for the whole batch.
    """
    known = _known(facts)
    # Before the transaction: a signature may have to be checked, and others should not wait for that.
    leaves = [each for each in facts if not each.is_ca and each.fingerprint_sha256 not in known]
    rows = {each.fingerprint_sha256: _row(each, order, at) for each in leaves}
    fresh = {row.fingerprint: row for row in rows.values() if isinstance(row, Certificate)}
    issuers = _unknown_issuers(facts)
    if fresh or issuers:
        with transaction.atomic():
            keep_issuers(issuers)
            known |= _known([each for each in facts if each.fingerprint_sha256 in fresh])  # imported meanwhile
            added = {key: row for key, row in fresh.items() if key not in known}
            _write(added, facts, by=by, at=at, event=event)
    return _results(facts, rows, known)


def _known(facts: Iterable[CertificateFacts]) -> dict[str, Certificate]:
    found = Certificate.objects.filter(fingerprint__in=[each.fingerprint_sha256 for each in facts])
    return {certificate.fingerprint: certificate for certificate in found}


def _unknown_issuers(facts: Iterable[CertificateFacts]) -> list[CertificateFacts]:
    issuers = {each.fingerprint_sha256: each for each in facts if each.is_ca}
    known = IssuerCertificate.objects.filter(fingerprint__in=issuers).values_list("fingerprint", flat=True)
    return [issuers[fingerprint] for fingerprint in issuers.keys() - set(known)]


def _write(
    fresh: dict[str, Certificate], facts: Sequence[CertificateFacts], *, by: Actor, at: datetime, event: EventKind
) -> None:
    ders = {each.fingerprint_sha256: each.der for each in facts}
    rows = Certificate.objects.bulk_create(fresh.values())
    CertificateBytes.objects.bulk_create(CertificateBytes(certificate=row, der=ders[row.fingerprint]) for row in rows)
    digests = {row.key_digest for row in rows}
    blocked = set(BlockedKey.objects.filter(key_digest__in=digests).values_list("key_digest", flat=True))
    entries = []
    for row in rows:
        entries.append(Entry(event, row, after=row.state))
        if row.key_digest in blocked:
            entries.append(Entry(EventKind.KEY_KNOWN, row))
    record_all(entries, by=by, at=at)


def _results(
    facts: Sequence[CertificateFacts],
    rows: dict[str, Certificate | ImportRefused],
    known: dict[str, Certificate],
) -> list[Imported]:
    """Return what came of each. Of one that comes twice in the batch, the second counts as known."""
    results, seen = [], dict(known)
    for each in facts:
        fingerprint = each.fingerprint_sha256
        if each.is_ca:
            results.append(Imported(each, Result.ISSUER))
        elif fingerprint in seen:
            results.append(Imported(each, Result.KNOWN, seen[fingerprint]))
        elif isinstance(row := rows[fingerprint], ImportRefused):
            results.append(Imported(each, Result.REFUSED, refused=row))
        else:
            seen[fingerprint] = row
            results.append(Imported(each, Result.ADDED, row))
    return results


def _row(facts: CertificateFacts, order: Order, at: datetime) -> Certificate | ImportRefused:
    """Return the certificate as it will be stored, or why it is refused."""
    given = order.facts
    try:
        level, source = level_of(facts, given)
        authority = _authority(facts, given)
    except ImportRefused as refused:
        return refused
    row: Certificate = Certificate(
        customer=order.customer,
        serial_number=facts.serial_hex,
        fingerprint=facts.fingerprint_sha256,
        common_name=facts.common_name[:300],
        names=[*facts.dns_names, *facts.ip_addresses],
        organization=facts.organization[:300],
        subject=facts.subject,
        issuer=facts.issuer,
        issuer_name=(facts.issuer_common_name or facts.issuer_organization)[:300],
        not_before=_shown_everywhere(facts.not_before),
        not_after=_shown_everywhere(facts.not_after),
        key_algorithm=facts.key_algorithm[:60],
        key_digest=facts.spki_sha256,
        policy_oids=list(facts.policy_oids),
        standard=facts.standard,
        level=level,
        level_source=source,
        search_text=search_text(facts),
        uploaded=given.uploaded,
        authority=authority,
        brand=order.brand,
        term_years=given.term_years,
        validation_method=given.validation_method,
        to_be_renewed=given.to_be_renewed,
        reissued_from=order.original,
        added_at=at,
    )
    return row


def _shown_everywhere(moment: datetime) -> datetime:
    """Return the instant, moved to one that clocks of every zone can show.

    *No end* is written 99991231235959Z (RFC 5280 4.1.2.5), which is past the calendar's end in half of the world. The
    certificate's bytes keep it.
    """
    return min(max(moment, FIRST_DAY), LAST_DAY)


def _authority(facts: CertificateFacts, order: IssuanceFacts) -> str:
    """Return whom to ask for a revocation: nobody if uploaded, else as the purchase or the signature says."""
    if order.uploaded:
        return ""
    return order.authority or authority_for(facts) or BY_HAND


def search_text(facts: CertificateFacts) -> str:
    """What *My Certificates* searches in: names in each spelling, serial number, fingerprint; lower case."""
    names = (facts.common_name, *facts.dns_names, *facts.ip_addresses)
    parts = (
        *(spelling for name in names for spelling in spellings(name)),
        facts.serial_hex,
        facts.fingerprint_sha256,
    )
    return "\n".join(dict.fromkeys(part.lower() for part in parts if part))


def level_of(facts: CertificateFacts, order: IssuanceFacts) -> tuple[Level, str]:
    """Return the level and where it is from: the purchase first, then what the certificate says.

    Nothing is guessed silently. Raises `ImportRefused` where neither says it.
    """
    if order.level:
        return order.level, "order"
    if facts.level:
        return facts.level, facts.level_source
    raise ImportRefused("no_level")


def _brand(slug: str) -> Brand:
    try:
        return Brand.objects.get(pk=slug)
    except Brand.DoesNotExist:
        known = ", ".join(Brand.objects.values_list("pk", flat=True))
        raise ImportRefused("no_brand", slug=slug, known=known) from None


def _original(fingerprint: str, customer: Customer) -> Certificate | None:
    if not fingerprint:
        return None
    wanted = fingerprint.replace(":", "").upper()
    original: Certificate | None = Certificate.objects.filter(fingerprint=wanted, customer=customer).first()
    if original is None:
        raise ImportRefused("no_original", fingerprint=wanted)
    return original
