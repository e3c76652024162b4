"""Keys that an authority appoints to sign its OCSP responses (RFC 6960 section 4.2.2.2), each for two weeks.

The authority's own key then signs certificates and CRLs alone, and could be kept offline between them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.db import transaction

from revocation.authorities.local import keys
from revocation.authorities.local.assembly import Contents, Extension, certificate, key_identifier, sequence
from revocation.authorities.local.issue import SERVER_USAGE, authority_key_identifier, new_serial_number
from revocation.authorities.local.models import LocalAuthority, OcspSigner
from revocation.authorities.local.ocsp.issuer import issuer_ends
from revocation.authorities.local.ocsp.lookup import Appointed, Standing
from revocation.authorities.local.signing import Signer
from revocation.pki.strict_der import encoded

CERTS = 0xA0
"""Tag of the field `certs` of a BasicOCSPResponse (section 4.2.1)."""

LIFE = timedelta(days=14)
SPARE = timedelta(days=1)
"""Longer than any response is good. A key with less time left signs no more."""


class AuthorityEnded(Exception):
    """The authority's own certificate has ended, so nobody would believe what it signs now."""


@dataclass(frozen=True)
class Responder:
    """`key_identifier`: the responder's id by key. `certificates`: the optional field `certs` of the response, DER."""

    signer: Signer
    key_identifier: bytes
    certificates: bytes


def appointed(found: Standing, *, at: datetime) -> Responder:
    """Return the newest appointed key, without another query where it has time left. Raises what `responder` raises."""
    newest, end = found.newest, issuer_ends(found.issuer_der)
    if newest is not None and at < end and _has_time_left(newest.not_after, at, SPARE, end):
        return _responder(newest)
    return responder(LocalAuthority.objects.get(pk=found.authority_pk), at=at)


def responder(authority: LocalAuthority, *, at: datetime) -> Responder:
    """Return the newest appointed key. Where none has time left, because no worker runs, appoint one.

    Raises AuthorityEnded, keys.KeyUnreadable, and for SM2 openssl.OpensslMissing, openssl.OpensslFailed.
    """
    if at >= ends(authority):
        raise AuthorityEnded(f"The certificate of {authority.name} ended on {ends(authority):%Y-%m-%d}.")
    newest = _with_time_left(authority, at, SPARE) or _appoint(authority, at, SPARE)
    der, key = bytes(newest.certificate_der), bytes(newest.encrypted_key)
    return _responder(Appointed(der, key, newest.not_after, authority.algorithm, authority.status_distid))


def _responder(newest: Appointed) -> Responder:
    signer = keys.status_key(newest.algorithm, newest.encrypted_key, newest.distid)
    return Responder(signer, *_shown(newest.certificate_der))


@lru_cache(maxsize=64)
def _shown(certificate_der: bytes) -> tuple[bytes, bytes]:
    """Return what answers show of an appointed key: its identifier, and the field `certs`."""
    return asn1.Certificate.load(certificate_der).key_identifier, encoded(CERTS, sequence(certificate_der))


def is_due(authority: LocalAuthority, *, at: datetime) -> bool:
    """Return whether `renew` has work to do.

    It has when there is no key, or the newest is at half its life and a new one would last longer. It also has when the
    authority has ended and still has keys.
    """
    if at >= ends(authority):
        return authority.ocsp_signers.exists()
    return _with_time_left(authority, at, LIFE / 2) is None


def renew(authority: LocalAuthority, *, at: datetime) -> None:
    """Appoint a new key if it is time, and delete those that have ended. Raises what `responder` raises."""
    if at < ends(authority) and is_due(authority, at=at):
        _appoint(authority, at, LIFE / 2)
    authority.ocsp_signers.filter(not_after__lte=at).delete()


def ends(authority: LocalAuthority) -> datetime:
    """Return when the authority's certificate ends, and with it every key that it appoints."""
    return issuer_ends(bytes(authority.certificate_der))


def _with_time_left(authority: LocalAuthority, at: datetime, spare: timedelta) -> OcspSigner | None:
    """Return the newest key if it lasts for `spare`, or as long as the authority: no other could last longer."""
    newest = authority.ocsp_signers.order_by("-not_after", "pk").first()
    return newest if newest and _has_time_left(newest.not_after, at, spare, ends(authority)) else None


def _has_time_left(not_after: datetime, at: datetime, spare: timedelta, end: datetime) -> bool:
    return not_after >= min(at + spare, end)


def _appoint(authority: LocalAuthority, at: datetime, spare: timedelta) -> OcspSigner:
    """Appoint a new key, unless another process has just done so: of several at once, the first stands.

    The key is made before the lock is taken, since that may take a second. Raises what `responder` raises.
    """
    made = _new_signer(authority, at)
    with transaction.atomic():
        LocalAuthority.objects.select_for_update().only("pk").get(pk=authority.pk)
        others = _with_time_left(authority, at, spare)
        if others is None:
            made.save(force_insert=True)
        return others or made


def _new_signer(authority: LocalAuthority, at: datetime) -> OcspSigner:
    """Make a key of the authority's kind: who can check its certificates can check its answers. It is not saved.

    The key's certificate asks not to be checked itself (id-pkix-ocsp-nocheck). It is short-lived instead. Raises what
    `responder` raises.
    """
    key = keys.new_key(authority.algorithm)
    issuer = x509.load_der_x509_certificate(bytes(authority.certificate_der))
    end = min(at + LIFE, issuer.not_valid_after_utc)
    name = x509.NameAttribute(NameOID.COMMON_NAME, f"OCSP responder of {authority.name}"[:64])
    contents = Contents(
        serial_number=new_serial_number(),
        issuer=issuer.subject.public_bytes(),
        subject=x509.Name([name]).public_bytes(),
        public_key=key.public_der,
        not_before=max(at - timedelta(minutes=5), issuer.not_valid_before_utc),
        not_after=end,
        extensions=(
            Extension(x509.BasicConstraints(ca=False, path_length=None), critical=True),
            Extension(SERVER_USAGE, critical=True),
            Extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])),
            Extension(x509.OCSPNoCheck()),
            Extension(x509.SubjectKeyIdentifier(key_identifier(key.public_der))),
            Extension(authority_key_identifier(authority)),
        ),
    )
    der = certificate(contents, keys.status_signer(authority))
    return OcspSigner(authority=authority, certificate_der=der, encrypted_key=key.encrypted_pem, not_after=end)
