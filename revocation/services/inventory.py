"""Certificates come in: imported from bytes, or issued by an embedded authority."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db import transaction
from django.utils.translation import gettext as _

from certportal.accounts.models import Customer
from revocation.authorities.issuers import IssuersUnreadable
from revocation.authorities.local.csr import read_csr
from revocation.authorities.local.issue import issue
from revocation.authorities.local.models import Algorithm, LocalAuthority
from revocation.models import Actor, BlockedKey, Brand, Certificate, CertificateBytes, EventKind, ValidationMethod
from revocation.pki.bundle import PrivateKeyPresented, read_bundle
from revocation.pki.facts import CertificateFacts, Level, UnreadableCertificate, read_certificate
from revocation.services.chains import authority_for, keep_issuers
from revocation.services.recording import record
from revocation.services.transitions import locked_certificate

BY_HAND = "by-hand"
"""The authority of a certificate that was issued through the service by a CA that no driver is set up for."""

IMPORT_PERMISSION = "revocation.import_certificates"


@dataclass(frozen=True)
class OrderFacts:
    """What only the order knows. `level` None: read it from the certificate."""

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


@dataclass(frozen=True)
class Imported:
    facts: CertificateFacts
    result: Result
    certificate: Certificate | None = None


class ImportRefused(Exception):
    """The facts do not fit: no level to be had, an unknown brand, an unknown original. `str()` is a sentence."""


def import_bundle(data: bytes, *, customer: Customer, order: OrderFacts, by: Actor, at: datetime) -> list[Imported]:
    """Read a file's bytes and take in all that is in it, or nothing.

    CA certificates are kept for chains; the others become the customer's. What is known by fingerprint changes
    nothing. Raises `UnreadableCertificate` (also for a private key: nothing of it is kept) or `ImportRefused`.
    """
    try:
        found = read_bundle(data)
    except UnreadableCertificate as refused:
        key = isinstance(refused, PrivateKeyPresented)
        record(EventKind.IMPORT_REFUSED, by=by, at=at, data={"code": refused.code, "private_key": key})
        raise
    with transaction.atomic():
        issuers = [facts for facts in found if facts.is_ca]
        keep_issuers(issuers)
        results = [Imported(facts, Result.ISSUER) for facts in issuers]
        leaves = [facts for facts in found if not facts.is_ca]
        return results + [add(facts, customer=customer, order=order, by=by, at=at) for facts in leaves]


def add(
    facts: CertificateFacts,
    *,
    customer: Customer,
    order: OrderFacts,
    by: Actor,
    at: datetime,
    event: EventKind = EventKind.IMPORTED,
) -> Imported:
    """Put one certificate into the inventory. The same fingerprint twice changes nothing."""
    known = Certificate.objects.filter(fingerprint=facts.fingerprint_sha256).first()
    if known:
        return Imported(facts, Result.KNOWN, known)
    level, source = level_of(facts, order)
    certificate = Certificate.objects.create(
        customer=customer,
        serial_number=facts.serial_hex,
        fingerprint=facts.fingerprint_sha256,
        common_name=facts.common_name[:300],
        names=[*facts.dns_names, *facts.ip_addresses],
        organization=facts.organization[:300],
        subject=facts.subject,
        issuer=facts.issuer,
        issuer_name=(facts.issuer_common_name or facts.issuer_organization)[:300],
        not_before=facts.not_before,
        not_after=facts.not_after,
        key_algorithm=facts.key_algorithm,
        key_digest=facts.spki_sha256,
        policy_oids=list(facts.policy_oids),
        standard=facts.standard,
        level=level,
        level_source=source,
        search_text=search_text(facts),
        uploaded=order.uploaded,
        authority=_authority(facts, order),
        brand=_brand(order.brand),
        term_years=order.term_years,
        validation_method=order.validation_method,
        to_be_renewed=order.to_be_renewed,
        reissued_from=_original(order.reissued_from, customer),
        added_at=at,
    )
    CertificateBytes.objects.create(certificate=certificate, der=facts.der)
    record(event, by=by, at=at, certificate=certificate, after=certificate.state)
    if BlockedKey.objects.filter(key_digest=facts.spki_sha256).exists():
        record(EventKind.KEY_KNOWN, by=by, at=at, certificate=certificate)
    return Imported(facts, Result.ADDED, certificate)


def _authority(facts: CertificateFacts, order: OrderFacts) -> str:
    """Whom to ask for a revocation: nobody for an uploaded certificate, else as the order or the signature says."""
    if order.uploaded:
        return ""
    try:
        return order.authority or authority_for(facts) or BY_HAND
    except IssuersUnreadable as unreadable:
        raise ImportRefused(str(unreadable)) from None


def search_text(facts: CertificateFacts) -> str:
    """What *My Certificates* searches in: names, serial number, fingerprint; lower case."""
    parts = (
        facts.common_name,
        *facts.dns_names,
        *facts.ip_addresses,
        facts.serial_hex,
        facts.fingerprint_sha256,
    )
    return "\n".join(dict.fromkeys(part.lower() for part in parts if part))


def level_of(facts: CertificateFacts, order: OrderFacts) -> tuple[Level, str]:
    """The order first, then what the certificate says; which one is recorded, nothing is guessed silently."""
    if order.level:
        return order.level, "order"
    if facts.level:
        return facts.level, facts.level_source
    raise ImportRefused(
        _("Neither the order nor the certificate says whether it is DV, OV or EV. Give the level with the order.")
    )


def _brand(slug: str) -> Brand:
    try:
        return Brand.objects.get(pk=slug)
    except Brand.DoesNotExist:
        known = ", ".join(Brand.objects.values_list("pk", flat=True))
        raise ImportRefused(
            _("There is no brand “%(slug)s”. Known brands: %(known)s. Staff can add one in the admin.")
            % {"slug": slug, "known": known}
        ) from None


def _original(fingerprint: str, customer: Customer) -> Certificate | None:
    if not fingerprint:
        return None
    wanted = fingerprint.replace(":", "").upper()
    original: Certificate | None = Certificate.objects.filter(fingerprint=wanted, customer=customer).first()
    if original is None:
        raise ImportRefused(
            _("The certificate that this one was reissued from (fingerprint %(fingerprint)s) is not in the inventory.")
            % {"fingerprint": wanted}
        )
    return original


OIDS = {Level.DV: "2.23.140.1.2.1", Level.OV: "2.23.140.1.2.2", Level.EV: "2.23.140.1.1"}
"""CA/Browser Forum policy identifiers by validation level."""


def issue_certificate(
    csr_pem: bytes,
    *,
    authority: LocalAuthority,
    customer: Customer,
    order: OrderFacts,
    by: Actor,
    at: datetime,
    days: int = 90,
    names: Sequence[str] | None = None,
    not_before: datetime | None = None,
) -> Certificate:
    """Let an embedded authority issue from a CSR, and put the certificate into the inventory.

    Raises `CsrRefused` or `ImportRefused` (also for a blocked key). The authority's own record is written first, as
    with any authority.
    """
    level = order.level or Level.DV
    _brand(order.brand)
    _original(order.reissued_from, customer)
    _refuse_blocked_key(csr_pem, authority)
    der = issue(
        authority,
        csr_pem,
        names=names,
        days=days,
        organisation="" if level is Level.DV else customer.name,
        policy_oids=(OIDS[level],),
        not_before=not_before,
        at=at,
    )
    with transaction.atomic():
        keep_issuers([read_certificate(bytes(authority.certificate_der))])
        facts = read_certificate(der)
        added = add(facts, customer=customer, order=order, by=by, at=at, event=EventKind.ISSUED)
    assert added.certificate is not None  # noqa: S101 - a fresh serial number is never known
    return added.certificate


def _refuse_blocked_key(csr_pem: bytes, authority: LocalAuthority) -> None:
    asked = read_csr(csr_pem, sm2=authority.algorithm == Algorithm.SM2)
    if BlockedKey.objects.filter(key_digest=hashlib.sha256(asked.public_key).hexdigest().upper()).exists():
        raise ImportRefused(_("The key of this signing request was proven to be compromised. Make a new key."))


class MarkRefused(Exception):
    """The actor may not say what the order says. `str()` is a sentence."""


def mark_to_be_renewed(certificate_id: int, wanted: bool, *, by: Actor, at: datetime) -> bool:
    """N1: whether the order is to be renewed. Returns False when it said so already. Raises `MarkRefused`."""
    if not by.may(IMPORT_PERMISSION):
        raise MarkRefused(_("You may not change what the order says."))
    with transaction.atomic():
        certificate = locked_certificate(certificate_id)
        if certificate.to_be_renewed == wanted:
            return False
        certificate.to_be_renewed = wanted
        certificate.save(update_fields=["to_be_renewed"])
        kind = EventKind.RENEWAL_MARKED if wanted else EventKind.RENEWAL_UNMARKED
        record(kind, by=by, at=at, certificate=certificate)
        return True
