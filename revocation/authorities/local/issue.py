"""The issuing of a certificate from a signing request."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from django.conf import settings

from revocation.authorities.local import keys
from revocation.authorities.local.assembly import Contents, Extension, certificate, key_identifier
from revocation.authorities.local.csr import CsrRefused, checked_names, read_csr
from revocation.authorities.local.models import Algorithm, CrlShard, IssuedCertificate, LocalAuthority

SERVER_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
MAX_COMMON_NAME = 64
"""ub-common-name, RFC 5280 appendix A.1; a longer first name stands in the SAN only."""


def issue(
    authority: LocalAuthority,
    csr_pem: bytes,
    *,
    names: Sequence[str] | None = None,
    days: int,
    organisation: str = "",
    policy_oids: Sequence[str] = (),
    not_before: datetime | None = None,
    at: datetime,
) -> bytes:
    """Issue a server certificate (DER) for the request's key, valid `days` from `not_before` (or `at`).

    Names come from `names`, else from the request's subjectAltName, else from its common name. `policy_oids`:
    certificate policies, dotted (the CA/Browser Forum's for DV, OV, EV). Raises CsrRefused,
    keys.KeyUnreadable, openssl.OpensslMissing and openssl.OpensslFailed (SM2 only).
    """
    request = read_csr(csr_pem, sm2=authority.algorithm == Algorithm.SM2)
    dns_names = checked_names(tuple(request.names if names is None else names))
    start = not_before or at
    issuer = x509.load_der_x509_certificate(bytes(authority.certificate_der))
    _check_period(issuer, start, start + timedelta(days=days))
    serial_number = new_serial_number()
    shard = serial_number % authority.shards
    contents = Contents(
        serial_number=serial_number,
        issuer=issuer.subject.public_bytes(),
        subject=_subject(dns_names, organisation),
        public_key=request.public_key,
        not_before=start,
        not_after=start + timedelta(days=days),
        extensions=_extensions(authority, shard, request.public_key, dns_names, policy_oids),
    )
    der = certificate(contents, keys.signer(authority))
    CrlShard.objects.get_or_create(authority=authority, number=shard)  # an authority from before the shards has none
    IssuedCertificate.objects.create(
        authority=authority,
        serial_number=serial_text(serial_number),
        certificate_der=der,
        not_after=contents.not_after,
        shard=shard,
    )
    return der


def new_serial_number() -> int:
    """Return a positive number of 20 octets with 157 random bits (RFC 5280 section 4.1.2.2, BR 7.1: at least 64)."""
    return secrets.randbits(157) | 1 << 158


def serial_text(serial_number: int) -> str:
    """How a serial number is written in `IssuedCertificate`.

    >>> serial_text(255)
    'ff'
    """
    return f"{serial_number:x}"


def address(authority: LocalAuthority, last: str) -> str:
    """Where the authority publishes `last`, for instance crl.der."""
    return f"{settings.PKI_BASE_URL}/pki/{authority.slug}/{last}"


def shard_address(authority: LocalAuthority, number: int) -> str:
    """Where the CRL of a shard is published. The address stands in certificates, so it never changes."""
    return address(authority, f"crl/{number}.der")


def _check_period(issuer: x509.Certificate, start: datetime, end: datetime) -> None:
    if not issuer.not_valid_before_utc <= start < end <= issuer.not_valid_after_utc:
        raise CsrRefused("period_wrong")


def _subject(names: Sequence[str], organisation: str) -> bytes:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    if len(names[0]) <= MAX_COMMON_NAME:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, names[0]))
    return x509.Name(attributes).public_bytes()


def _extensions(
    authority: LocalAuthority, shard: int, public_key: bytes, names: Sequence[str], policy_oids: Sequence[str]
) -> tuple[Extension, ...]:
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    fixed = (
        Extension(x509.BasicConstraints(ca=False, path_length=None), critical=True),
        Extension(SERVER_USAGE, critical=True),
        Extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])),
        Extension(alternative, critical=len(names[0]) > MAX_COMMON_NAME),
        Extension(x509.SubjectKeyIdentifier(key_identifier(public_key))),
        Extension(authority_key_identifier(authority)),
        Extension(_crl_address(authority, shard)),
        Extension(_access(authority)),
    )
    return fixed + _policies(policy_oids)


def authority_key_identifier(authority: LocalAuthority) -> x509.AuthorityKeyIdentifier:
    """Which key signed: the identifier of the authority's key (RFC 5280 section 4.2.1.1)."""
    return x509.AuthorityKeyIdentifier(bytes.fromhex(authority.key_identifier), None, None)


def _crl_address(authority: LocalAuthority, shard: int) -> x509.CRLDistributionPoints:
    where = x509.UniformResourceIdentifier(shard_address(authority, shard))
    return x509.CRLDistributionPoints([x509.DistributionPoint([where], None, None, None)])


def _access(authority: LocalAuthority) -> x509.AuthorityInformationAccess:
    methods = (
        (AuthorityInformationAccessOID.OCSP, "ocsp"),
        (AuthorityInformationAccessOID.CA_ISSUERS, "ca.crt"),
    )
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(method, x509.UniformResourceIdentifier(address(authority, last)))
            for method, last in methods
        ]
    )


def _policies(policy_oids: Sequence[str]) -> tuple[Extension, ...]:
    policies = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in policy_oids]
    return (Extension(x509.CertificatePolicies(policies)),) if policies else ()
