"""What can honestly be compared by a machine: what the customer, the order and the letter say against the
certificate itself. What only eyes can read is on the checklist."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.subject import Subject
from revocation.models import Certificate, CertificateBytes, RevocationRequest
from revocation.pki.facts import CertificateFacts, UnreadableCertificate, read_certificate
from revocation.pki.levels import POLICIES

EQUAL, DIFFERENT, BY_EYE = "equal", "different", "by-eye"
WORDS: dict[str, Promise | str] = {
    EQUAL: gettext_lazy("equal"),
    DIFFERENT: gettext_lazy("different"),
    BY_EYE: gettext_lazy("compare by eye"),
}


@dataclass(frozen=True)
class Row:
    """`said`: what the request, the order or the record says; `found`: what the certificate or the letter shows."""

    label: str
    said: str
    found: str
    verdict: str

    @property
    def words(self) -> str:
        return str(WORDS[self.verdict])


def compare(subject: Subject) -> list[Row]:
    certificate = subject.request.certificate
    return [
        *_bytes(certificate),
        *_organisation(certificate),
        *_level(certificate),
        *_letter(subject),
        *_person(subject.request),
    ]


def _verdict(same: bool) -> str:
    return EQUAL if same else DIFFERENT


def _bytes(certificate: Certificate) -> Iterator[Row]:
    """The record in the inventory against the bytes that would be revoked."""
    kept = CertificateBytes.objects.filter(certificate=certificate).first()
    if kept is None:
        return
    der = bytes(kept.der)
    digest = hashlib.sha256(der).hexdigest().upper()
    short = certificate.fingerprint[:16] + "…", digest[:16] + "…"
    yield Row(_("Fingerprint"), *short, _verdict(certificate.fingerprint.upper() == digest))
    try:
        facts = read_certificate(der)
    except UnreadableCertificate:
        return
    yield from _read_again(certificate, facts)


def _read_again(certificate: Certificate, facts: CertificateFacts) -> Iterator[Row]:
    same = int(certificate.serial_number, 16) == facts.serial_number
    yield Row(_("Serial number"), certificate.serial_number, f"{facts.serial_number:X}", _verdict(same))
    names = (*facts.dns_names, *facts.ip_addresses)
    yield Row(_("Names"), _several(certificate.names), _several(names), _verdict(set(certificate.names) == set(names)))


def _several(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names[:3]) + (f" … ({len(names)})" if len(names) > 3 else "")


def _organisation(certificate: Certificate) -> Iterator[Row]:
    if certificate.organization:
        same = _plain(str(certificate.customer)) == _plain(certificate.organization)
        yield Row(_("Organisation"), str(certificate.customer), certificate.organization, _verdict(same))


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace(",", " ").replace(".", " ").split())


def _level(certificate: Certificate) -> Iterator[Row]:
    """The level of the order against the policy identifiers in the certificate, where it carries any."""
    told = [POLICIES[oid] for oid in certificate.policy_oids if oid in POLICIES]
    if told and certificate.level_source == "order":
        same = told[0].value == certificate.level
        yield Row(_("Validation level"), certificate.level.upper(), told[0].value.upper(), _verdict(same))


def _letter(subject: Subject) -> Iterator[Row]:
    """The QR code: a letter of another request was refused at upload, so a code that was read is this request's, or
    that of the filing whose certificates it lists. Which of the two is not kept."""
    if subject.letter is None:
        return
    number, joint = subject.request.number, subject.request.filed_with
    said, found = number, number
    if joint:
        said = _("%(number)s, or %(joint)s for those filed together") % {"number": number, "joint": joint.number}
        found = _("one of the two")
    unread = any(hint["code"] == "no_code" for hint in subject.letter.hints)
    found = _("no QR code was read") if unread else found
    yield Row(_("Letter's request number"), said, found, BY_EYE if unread else EQUAL)


def _person(request: RevocationRequest) -> Iterator[Row]:
    """Does whoever submitted it still belong to the organisation?"""
    person = request.submitted_by
    if person is None:
        return
    member = person.is_active and person.memberships.filter(customer=request.certificate.customer_id).exists()
    found = str(request.certificate.customer) if member else _("no member any more")
    yield Row(_("Submitted by"), str(person), found, _verdict(member))
