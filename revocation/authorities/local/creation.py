"""Making an embedded authority: its key, its self-signed certificate, its row."""

import hashlib
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from revocation.authorities.local import keys
from revocation.authorities.local.assembly import Contents, Extension, certificate, key_identifier
from revocation.authorities.local.models import SHARDS, Algorithm, CrlShard, LocalAuthority
from revocation.pki.openssl import SM2_EMPTY_ID

CA_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def create_authority(
    slug: str,
    name: str,
    algorithm: str = Algorithm.ECDSA,
    *,
    at: datetime,
    not_before: datetime | None = None,
    days: int = 3650,
    shards: int = SHARDS,
    status_distid: str = SM2_EMPTY_ID,
) -> LocalAuthority:
    """Create an authority whose certificate's subject is CN=`name`, valid for `days` from `not_before` or `at`.

    `shards`: the number of CRLs among which its certificates are shared.
    `status_distid`: the SM2 identity under which CRLs and OCSP responses are signed. The default is the one
    that `openssl verify -crl_check` and `openssl ocsp` of OpenSSL 3 can check (they have no option to name
    another); for clients that follow GM/T 0009, give `SM2_STANDARD_ID`. Certificates always carry the
    standard one. Raises openssl.OpensslMissing (SM2 only), and IntegrityError when the slug is taken.
    """
    key = keys.new_key(algorithm)
    authority = LocalAuthority(
        slug=slug,
        name=name,
        algorithm=algorithm,
        shards=shards,
        encrypted_key=key.encrypted_pem,
        status_distid=status_distid,
        key_identifier=key_identifier(key.public_der).hex(),
    )
    contents = _contents(name, key.public_der, not_before or at, timedelta(days=days))
    authority.certificate_der = certificate(contents, keys.signer(authority))
    authority.subject_sha256 = hashlib.sha256(contents.subject).hexdigest()
    authority.save(force_insert=True)
    CrlShard.objects.bulk_create(CrlShard(authority=authority, number=number) for number in range(shards))
    return authority


def _contents(name: str, public_key: bytes, not_before: datetime, life: timedelta) -> Contents:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]).public_bytes()
    return Contents(
        serial_number=x509.random_serial_number(),
        issuer=subject,
        subject=subject,
        public_key=public_key,
        not_before=not_before,
        not_after=not_before + life,
        extensions=(
            Extension(x509.BasicConstraints(ca=True, path_length=0), critical=True),
            Extension(CA_USAGE, critical=True),
            Extension(x509.SubjectKeyIdentifier(key_identifier(public_key))),
        ),
    )
