"""Reading a signing request (PKCS #10, RFC 2986): untrusted bytes -> what it asks, or CsrRefused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from asn1crypto import csr as asn1_csr
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.pki import openssl
from revocation.pki.signatures import SM2_WITH_SM3

MAX_BYTES = 64 * 1024
MAX_NAMES = 100
MIN_RSA_BITS = 2048
CURVES = ("secp256r1", "secp384r1")
ACCEPTED = gettext_noop("RSA from 2048 bits, secp256r1 and secp384r1")
DNS_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")

MESSAGES = table(
    "csr",
    {
        "csr_too_large": gettext_noop("The signing request has %(size)s bytes. At most %(limit)s are accepted."),
        "csr_unreadable": gettext_noop(
            "This is not a signing request in PEM form (-----BEGIN CERTIFICATE REQUEST-----)."
        ),
        "csr_signature_wrong": gettext_noop("The signing request is not signed by its own key. Make it again."),
        "key_weak": gettext_noop(
            "The key is RSA with %(bits)s bits. At least %(limit)s are needed. Make a larger one."
        ),
        "key_kind": gettext_noop("The key is of kind %(kind)s. Make a key of one of these kinds: %(accepted)s."),
        "no_names": gettext_noop("The signing request names no domain, and none was given. Give at least one."),
        "too_many_names": gettext_noop(
            "%(count)s names were given. At most %(limit)s are accepted in one certificate."
        ),
        "name_wrong": gettext_noop(
            "%(name)s is not a domain name that can be certified. Write it like www.example.com."
        ),
        "period_wrong": gettext_noop(
            "The certificate's validity would not lie within that of the CA's own certificate."
        ),
    },
    status=422,
    words=frozenset({"kind", "accepted"}),
)
"""`CsrRefused.code` -> sentence."""


class CsrRefused(Refused):
    """The request cannot be issued as it is; `code` is a key of MESSAGES."""

    subject = "csr"

    def __init__(self, code: str, params: Mapping[str, str] | None = None) -> None:
        super().__init__(code, **(params or {}))


@dataclass(frozen=True)
class SigningRequest:
    """What a checked request asks: its key (SubjectPublicKeyInfo, DER) and the names in it."""

    public_key: bytes
    is_sm2: bool
    names: tuple[str, ...] = field(default=())


def read_csr(csr_pem: bytes, *, sm2: bool) -> SigningRequest:
    """Read a request and check its signature, key kind and key strength for an authority that is `sm2` or not.

    Raises CsrRefused, openssl.OpensslMissing (SM2 only).
    """
    if len(csr_pem) > MAX_BYTES:
        raise CsrRefused("csr_too_large", {"size": str(len(csr_pem)), "limit": str(MAX_BYTES)})
    try:
        csr = x509.load_pem_x509_csr(csr_pem)
        public_key = asn1_csr.CertificationRequest.load(csr.public_bytes(Encoding.DER))["certification_request_info"][
            "subject_pk_info"
        ].dump()
        names = _names(csr)
        is_sm2 = csr.signature_algorithm_oid.dotted_string == SM2_WITH_SM3
    except (ValueError, x509.DuplicateExtension) as unreadable:
        raise CsrRefused("csr_unreadable") from unreadable
    (_check_sm2 if sm2 else _check_international)(csr, public_key)
    return SigningRequest(public_key, is_sm2, names)


def checked_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return DNS names in lower case and in order, none twice (A-labels, wildcard only as the whole first label).

    Raises CsrRefused.
    """
    unique = tuple(dict.fromkeys(name.lower() for name in names))
    if not unique:
        raise CsrRefused("no_names")
    if len(unique) > MAX_NAMES:
        raise CsrRefused("too_many_names", {"count": str(len(unique)), "limit": str(MAX_NAMES)})
    for name in unique:
        if not _is_domain(name):
            raise CsrRefused("name_wrong", {"name": name[:253]})
    return unique


def _is_domain(name: str) -> bool:
    labels = name.removeprefix("*.").split(".")
    return len(name) <= 253 and len(labels) > 1 and all(DNS_LABEL.fullmatch(label) for label in labels)


def _names(csr: x509.CertificateSigningRequest) -> tuple[str, ...]:
    try:
        alternative = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common_names = csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return tuple(str(attribute.value) for attribute in common_names)
    return tuple(alternative.get_values_for_type(x509.DNSName))


def _check_international(csr: x509.CertificateSigningRequest, public_key: bytes) -> None:
    try:
        key = csr.public_key()
        _check_key(key)
        if isinstance(key, ec.EllipticCurvePublicKey) and not _names_its_curve(public_key):
            raise CsrRefused("key_kind", _kinds(f"{key.curve.name}, spelt out by its parameters"))
        valid = csr.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as unsupported:
        raise CsrRefused("key_kind", _kinds(gettext_noop("unknown here"))) from unsupported
    if not valid:
        raise CsrRefused("csr_signature_wrong")


def _names_its_curve(public_key: bytes) -> bool:
    """Return whether the curve is given by its OID, as RFC 5480 2.1.1 and the Baseline Requirements 7.1.3.1.2 ask."""
    parameters = asn1_keys.PublicKeyInfo.load(public_key)["algorithm"]["parameters"]
    return str(parameters.name) == "named"


def _check_key(key: object) -> None:
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < MIN_RSA_BITS:
            raise CsrRefused("key_weak", {"bits": str(key.key_size), "limit": str(MIN_RSA_BITS)})
    elif not isinstance(key, ec.EllipticCurvePublicKey):
        raise CsrRefused("key_kind", _kinds(type(key).__name__.removesuffix("PublicKey")))
    elif key.curve.name not in CURVES:
        raise CsrRefused("key_kind", _kinds(key.curve.name))


def _kinds(found: str) -> dict[str, str]:
    return {"kind": found, "accepted": ACCEPTED}


def _check_sm2(csr: x509.CertificateSigningRequest, public_key: bytes) -> None:
    if csr.signature_algorithm_oid.dotted_string != SM2_WITH_SM3:
        raise CsrRefused("key_kind", {"kind": gettext_noop("not SM2"), "accepted": gettext_noop("SM2 keys")})
    if not openssl.sm2_signature_is_valid(public_key, csr.tbs_certrequest_bytes, csr.signature):
        raise CsrRefused("csr_signature_wrong")
