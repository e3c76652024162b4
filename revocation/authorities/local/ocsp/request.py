"""Reading OCSP requests (RFC 6960 section 4.1): untrusted bytes -> what is asked, or RequestMalformed."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from asn1crypto import algos, core, ocsp
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import DuplicateExtension, OCSPNonce, UnsupportedGeneralNameType
from cryptography.x509 import ocsp as quick

from revocation.pki import strict_der as der

MAX_REQUEST_BYTES = 8 * 1024
MAX_CERTIFICATES = 20
MAX_NONCE_BYTES = 128
"""RFC 9654 section 2.1: a responder takes 1 to 128."""

NOT_QUICKLY = (
    *(ValueError, TypeError, NotImplementedError),
    *(UnsupportedAlgorithm, DuplicateExtension, UnsupportedGeneralNameType),
)
"""What cryptography raises on questions about several certificates, and on what it does not know."""

UNREADABLE = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError)
"""What asn1crypto raises on malformed bytes; each means that it is not a request."""


class RequestMalformed(Exception):
    """Not an OCSP request that can be read (OCSPResponseStatus malformedRequest)."""


class CertificateId(NamedTuple):
    """Which certificate is meant (CertID). `issuer_hashes`: of the issuer's name and of its key."""

    hash_name: str
    issuer_hashes: tuple[bytes, bytes]
    serial_number: int

    @property
    def der(self) -> bytes:
        """Its DER in an answer. It is always written in the same way, however the request wrote it."""
        name, key = self.issuer_hashes
        return der.encoded(
            der.SEQUENCE,
            _algorithm(self.hash_name),
            der.encoded(der.OCTET_STRING, name),
            der.encoded(der.OCTET_STRING, key),
            der.encoded(der.INTEGER, der.integer_content(self.serial_number)),
        )


@dataclass(frozen=True)
class StatusRequest:
    """`cert_ids`: what is asked, at least one. `nonce`: to be repeated in the answer (RFC 9654)."""

    cert_ids: tuple[CertificateId, ...]
    nonce: bytes | None


def read_request(request_der: bytes) -> StatusRequest:
    """Read a request completely. Its signature, if it has one, is not checked. Raises RequestMalformed."""
    if len(request_der) > MAX_REQUEST_BYTES:
        raise RequestMalformed(f"More than {MAX_REQUEST_BYTES} bytes.")
    request = _read_quickly(request_der) or _read_thoroughly(request_der)
    if not 1 <= len(request.cert_ids) <= MAX_CERTIFICATES:
        raise RequestMalformed(f"It asks about {len(request.cert_ids)} certificates.")
    if request.nonce is not None and not 1 <= len(request.nonce) <= MAX_NONCE_BYTES:
        raise RequestMalformed(f"A nonce has 1 to {MAX_NONCE_BYTES} bytes.")
    return request


def _read_quickly(request_der: bytes) -> StatusRequest | None:
    """Read the usual request, about one certificate, in a thirtieth of the time. None: it may be an unusual one."""
    try:
        found = quick.load_der_ocsp_request(request_der)
        hashes = (found.issuer_name_hash, found.issuer_key_hash)
        cert_id = CertificateId(found.hash_algorithm.name, hashes, found.serial_number)
        nonces = [each.value.nonce for each in found.extensions if isinstance(each.value, OCSPNonce)]
    except NOT_QUICKLY:
        return None
    if any(nonce_value(nonce) not in request_der for nonce in nonces):
        return None  # cryptography lets pass a nonce that is not an OCTET STRING
    return StatusRequest((cert_id,), nonces[0] if nonces else None)


def nonce_value(nonce: bytes) -> bytes:
    """Return the DER of the extension's value: an OCTET STRING (RFC 5280 section 4.1) with another (RFC 9654)."""
    return der.encoded(der.OCTET_STRING, der.encoded(der.OCTET_STRING, nonce))


def _read_thoroughly(request_der: bytes) -> StatusRequest:
    try:
        tbs = ocsp.OCSPRequest.load(request_der, strict=True)["tbs_request"]
        cert_ids = tuple(_cert_id(single["req_cert"]) for single in tbs["request_list"])
        return StatusRequest(cert_ids, _nonce(tbs))
    except UNREADABLE as unreadable:
        raise RequestMalformed("Not an OCSP request.") from unreadable


def _cert_id(found: ocsp.CertId) -> CertificateId:
    return CertificateId(
        hash_name=found["hash_algorithm"]["algorithm"].native,
        issuer_hashes=(found["issuer_name_hash"].native, found["issuer_key_hash"].native),
        serial_number=found["serial_number"].native,
    )


def _nonce(tbs: ocsp.TBSRequest) -> bytes | None:
    extensions = tbs["request_extensions"]
    for extension in [] if isinstance(extensions, core.Void) else extensions:
        if extension["extn_id"].native == "nonce":
            return bytes(extension["extn_value"].parsed.native)
    return None


@lru_cache(maxsize=16)
def _algorithm(hash_name: str) -> bytes:
    """Return the DER of the AlgorithmIdentifier of one of `issuer.HASHES`."""
    return bytes(algos.DigestAlgorithm({"algorithm": hash_name}).dump())
