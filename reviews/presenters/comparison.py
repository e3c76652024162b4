"""R8: what a machine compared with what.

*Equal* is said only of what was read in the letter. What no machine read there is *not read*, beside the fact to
compare it with by eye. Whether our own records agree is another question, with other words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.presenters.subject import Subject
from revocation import joining
from revocation.models import Certificate, CertificateBytes, Letter, RevocationRequest
from revocation.pki.facts import CertificateFacts, UnreadableCertificate, read_certificate
from revocation.pki.levels import POLICIES

EQUAL, BY_EYE = "equal", "by-eye"
AGREES, DIFFERENT, UNREADABLE = "agrees", "different", "unreadable"
WORDS: dict[str, Promise | str] = {
    EQUAL: gettext_lazy("equal"),
    BY_EYE: gettext_lazy("not read, compare by eye"),
    AGREES: gettext_lazy("agrees"),
    DIFFERENT: gettext_lazy("differs"),
    UNREADABLE: gettext_lazy("not checked"),
}


@dataclass(frozen=True)
class Row:
    """`said`: what the request or the record says; `found`: what was read in the letter, or in the certificate."""

    label: str
    said: str
    found: str
    verdict: str

    @property
    def words(self) -> str:
        return str(WORDS[self.verdict])


# -- the letter against the request --------------------------------------------------------------------------------


def compare(subject: Subject) -> list[Row]:
    """Return what the letter must say, and what a machine has read in it: its QR code alone. Empty without a letter."""
    if subject.letter is None:
        return []
    return [*_code(subject), *_by_eye(subject.request)]


def _code(subject: Subject) -> Iterator[Row]:
    """Compare the letter's QR code with the request.

    A letter whose code names another request or certificate was refused at upload. So a code that was read is this
    request's, or that of the joint filing whose certificates it lists. Which of the two is not kept.
    """
    number, joint = subject.request.number, subject.request.filed_with
    fingerprint = _short(subject.request.certificate.fingerprint)
    said, found, certificate = number, number, fingerprint
    if joint:
        said = _("%(number)s, or %(joint)s for the joint filing") % {"number": number, "joint": joint.number}
        found, certificate = (
            _("request or joint filing number"),
            _("this certificate, or all certificates of the joint filing"),
        )
    was_read = _code_was_read(subject.request, subject.letter)
    unread = _("no QR code was read")
    verdict = EQUAL if was_read else BY_EYE
    yield Row(_("Letter's request number (QR code)"), said, found if was_read else unread, verdict)
    yield Row(_("Certificate's fingerprint (QR code)"), fingerprint, certificate if was_read else unread, verdict)


def _code_was_read(request: RevocationRequest, letter: Letter | None) -> bool:
    """Whether a QR code was read. Only letters of our own template have one, and only then its absence was noted."""
    hints = letter.hints if letter else []
    return request.needs.letter is not None and not any(hint["code"] == "no_code" for hint in hints)


def _by_eye(request: RevocationRequest) -> Iterator[Row]:
    """List what is printed, written and stamped on the letter, to be compared by eye."""
    certificate = request.certificate
    organisation = certificate.organization or str(certificate.customer)
    begun = _("on or after %(day)s") % {"day": f"{request.filed_at:%Y-%m-%d}"}
    facts = (
        (_("Organisation"), organisation),
        (_("Names"), _several(certificate.names)),
        (_("Serial number"), certificate.serial_number),
        (_("Reason"), request.reason_words or request.reason_name),
        (_("Signature and date"), begun),
        (_("Seal"), organisation),
    )
    yield from (Row(label, fact, _("not read by machine"), BY_EYE) for label, fact in facts)


# -- our own records -----------------------------------------------------------------------------------------------


def record_checks(request: RevocationRequest) -> list[Row]:
    """Compare our records with the certificate's bytes and with each other. The letter has no part in this."""
    certificate = request.certificate
    return [*_bytes(certificate), *_organisation(certificate), *_level(certificate), *_person(request)]


def _verdict(same: bool) -> str:
    return AGREES if same else DIFFERENT


def _bytes(certificate: Certificate) -> Iterator[Row]:
    """Compare the record in the inventory with the bytes that would be revoked: one line where all is well."""
    kept = CertificateBytes.objects.filter(certificate=certificate).first()
    if kept is None:
        return
    der = bytes(kept.der)
    digest = hashlib.sha256(der).hexdigest().upper()
    differing = [] if certificate.fingerprint.upper() == digest else [_fingerprint(certificate, digest)]
    try:
        differing += _read_again(certificate, read_certificate(der))
    except UnreadableCertificate:
        yield Row(_("Inventory record"), _short(certificate.fingerprint), _("cannot be read"), UNREADABLE)
    else:
        if not differing:
            fields = _("fingerprint, serial number, names")
            yield Row(_("Inventory record"), fields, _("the certificate's own bytes"), AGREES)
    yield from differing


def _fingerprint(certificate: Certificate, digest: str) -> Row:
    return Row(_("Fingerprint in the inventory"), _short(certificate.fingerprint), _short(digest), DIFFERENT)


def _read_again(certificate: Certificate, facts: CertificateFacts) -> list[Row]:
    names = (*facts.dns_names, *facts.ip_addresses)
    differing = []
    if int(certificate.serial_number, 16) != facts.serial_number:
        label = _("Serial number in the inventory")
        differing.append(Row(label, certificate.serial_number, facts.serial_hex, DIFFERENT))
    if set(certificate.names) != set(names):
        label = _("Names in the inventory")
        differing.append(Row(label, _several(certificate.names), _several(names), DIFFERENT))
    return differing


def _short(digest: str) -> str:
    return f"{digest[:16]}…"


def _several(names: Sequence[str]) -> str:
    return joining.items(names[:3]) + (f" …{joining.bracketed(len(names))}" if len(names) > 3 else "")


def _organisation(certificate: Certificate) -> Iterator[Row]:
    if certificate.organization:
        same = _plain(str(certificate.customer)) == _plain(certificate.organization)
        label = _("Customer, organisation in the certificate")
        yield Row(label, str(certificate.customer), certificate.organization, _verdict(same))


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace(",", " ").replace(".", " ").split())


def _level(certificate: Certificate) -> Iterator[Row]:
    """Compare the level of the purchase with the policy identifiers in the certificate, where it carries any."""
    told = [POLICIES[oid] for oid in certificate.policy_oids if oid in POLICIES]
    if told and certificate.level_source == "order":
        same = told[0].value == certificate.level
        label = _("Validation level (purchase, certificate)")
        yield Row(label, certificate.level.upper(), told[0].value.upper(), _verdict(same))


def _person(request: RevocationRequest) -> Iterator[Row]:
    """Does whoever submitted it still belong to the organisation?"""
    person = request.submitted_by
    if person is None:
        return
    member = person.is_active and person.memberships.filter(customer=request.certificate.customer_id).exists()
    found = str(request.certificate.customer) if member else _("no longer a member")
    yield Row(_("Submitted by, member of"), str(person), found, _verdict(member))
