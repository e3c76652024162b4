"""Reader of any certificate, by asn1crypto, which takes what is odd too. It reads every field: none fails later."""

from __future__ import annotations

import hashlib
import warnings
from datetime import UTC, datetime

from asn1crypto import x509 as asn1
from cryptography import x509

from revocation.pki.levels import level_by_content
from revocation.pki.names import NameRefused, canonical_dns_name
from revocation.pki.reading.algorithms import key_algorithm, signature_algorithm
from revocation.pki.reading.as_written import as_written
from revocation.pki.reading.certificate_facts import MALFORMED, CertificateFacts, standard_of, visible
from revocation.pki.reading.extensions import meanings
from revocation.pki.unreadable import UnreadableCertificate

LONGEST_SERIAL = 64
"""Bytes. RFC 5280 section 4.1.2.2 allows 20; some old CAs wrote more."""


def read_thoroughly(der: bytes, parsed: asn1.Certificate | None = None) -> CertificateFacts:
    """Read the facts of one certificate in DER. Raises `UnreadableCertificate`, never anything else.

    `parsed`: the same bytes, when the caller has loaded them already.
    """
    try:
        parsed = asn1.Certificate.load(der, strict=False) if parsed is None else parsed
        length = len(as_written(parsed))
    except MALFORMED:
        raise UnreadableCertificate("not_a_certificate") from None
    if length < len(der):
        raise UnreadableCertificate("trailing_bytes", count=len(der) - length)
    try:
        return _facts(der, parsed)
    except MALFORMED:
        raise UnreadableCertificate("field_unreadable") from None


def _facts(der: bytes, parsed: asn1.Certificate) -> CertificateFacts:
    tbs = parsed["tbs_certificate"]
    _check_serial(len(tbs["serial_number"].contents))
    subject, issuer = tbs["subject"], tbs["issuer"]
    said = meanings(parsed)
    policies = said.get("certificate_policies", ())
    level, source = level_by_content(policies, _attribute_oids(subject))
    key = key_algorithm(tbs["subject_public_key_info"])
    signature, sm2 = signature_algorithm(parsed["signature_algorithm"])
    subject_text, issuer_text = _rfc4514(der, subject, issuer)
    common_name = _attribute(subject, "common_name")
    dns_names, ip_addresses = said.get("subject_alt_name") or (named_by_subject(common_name), ())
    ocsp_urls, ca_issuers_urls = said.get("authority_information_access", ((), ()))
    return CertificateFacts(
        der=der,
        serial_number=tbs["serial_number"].native,
        fingerprint_sha256=hashlib.sha256(der).hexdigest().upper(),
        subject=subject_text,
        issuer=issuer_text,
        subject_der=as_written(subject.chosen),
        issuer_der=as_written(issuer.chosen),
        common_name=common_name,
        organization=_attribute(subject, "organization_name"),
        issuer_common_name=_attribute(issuer, "common_name"),
        issuer_organization=_attribute(issuer, "organization_name"),
        dns_names=dns_names,
        ip_addresses=ip_addresses,
        not_before=_instant(tbs["validity"]["not_before"]),
        not_after=_instant(tbs["validity"]["not_after"]),
        key_algorithm=key,
        signature_algorithm=signature,
        standard=standard_of(key, signed_with_sm2=sm2),
        policy_oids=policies,
        level=level,
        level_source=source,
        is_ca=said.get("basic_constraints", False),
        spki_sha256=hashlib.sha256(as_written(tbs["subject_public_key_info"])).hexdigest().upper(),
        crl_urls=said.get("crl_distribution_points", ()),
        ocsp_urls=ocsp_urls,
        ca_issuers_urls=ca_issuers_urls,
        authority_key_identifier=said.get("authority_key_identifier", ""),
        subject_key_identifier=said.get("key_identifier", ""),
    )


def _check_serial(length: int) -> None:
    if length > LONGEST_SERIAL:
        raise UnreadableCertificate("serial_too_long", found=length, accepted=LONGEST_SERIAL)


def _attribute_oids(name: asn1.Name) -> frozenset[str]:
    return frozenset(pair["type"].dotted for rdn in name.chosen for pair in rdn)


def _attribute(name: asn1.Name, wanted: str) -> str:
    """Return the last attribute of this kind, which is the most specific one, in printable form; '' without any."""
    values = [pair["value"].native for rdn in name.chosen for pair in rdn if pair["type"].native == wanted]
    return visible(str(values[-1])) if values else ""


def _rfc4514(der: bytes, subject: asn1.Name, issuer: asn1.Name) -> tuple[str, str]:
    """Return both names as RFC 4514 text, or in a simpler form if the stricter library refuses the certificate."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd encodings are warned of; the facts are read all the same
            certificate = x509.load_der_x509_certificate(der)
            return visible(certificate.subject.rfc4514_string()), visible(certificate.issuer.rfc4514_string())
    except (*MALFORMED, x509.InvalidVersion):
        return visible(subject.human_friendly), visible(issuer.human_friendly)


def named_by_subject(common_name: str) -> tuple[str, ...]:
    """Return the name of a certificate without a SAN: its common name, if that is a host name (RFC 6125 6.4.4)."""
    try:
        return (canonical_dns_name(common_name),)
    except NameRefused:
        return ()


def _instant(field: asn1.Time) -> datetime:
    moment = field.native
    if not isinstance(moment, datetime):
        raise UnreadableCertificate("dates_unreadable")
    return moment.astimezone(UTC)
