"""Reading OCSP requests (RFC 6960 section 4.1): untrusted bytes -> what is asked, or RequestMalformed."""

from dataclasses import dataclass

from asn1crypto import core, ocsp

MAX_REQUEST_BYTES = 8 * 1024
MAX_CERTIFICATES = 20
MAX_NONCE_BYTES = 128
"""RFC 9654 section 2.1: a responder takes 1 to 128."""

UNREADABLE = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError)
"""What asn1crypto raises on malformed bytes; each means that it is not a request."""


class RequestMalformed(Exception):
    """Not an OCSP request that can be read (OCSPResponseStatus malformedRequest)."""


@dataclass(frozen=True)
class CertificateId:
    """Which certificate is meant (CertID). `issuer_hashes`: of the issuer's name and of its key."""

    hash_name: str
    issuer_hashes: tuple[bytes, bytes]
    serial_number: int

    @property
    def der(self) -> bytes:
        """Its DER in an answer. It is always written in the same way, however the request wrote it."""
        name, key = self.issuer_hashes
        fields = {"hash_algorithm": {"algorithm": self.hash_name}, "issuer_name_hash": name, "issuer_key_hash": key}
        return bytes(ocsp.CertId({**fields, "serial_number": self.serial_number}).dump())


@dataclass(frozen=True)
class StatusRequest:
    """`cert_ids`: what is asked, at least one. `nonce`: to be repeated in the answer (RFC 9654)."""

    cert_ids: tuple[CertificateId, ...]
    nonce: bytes | None


def read_request(request_der: bytes) -> StatusRequest:
    """Read a request completely. Its signature, if it has one, is not checked. Raises RequestMalformed."""
    if len(request_der) > MAX_REQUEST_BYTES:
        raise RequestMalformed(f"More than {MAX_REQUEST_BYTES} bytes.")
    try:
        tbs = ocsp.OCSPRequest.load(request_der, strict=True)["tbs_request"]
        cert_ids = tuple(_cert_id(single["req_cert"]) for single in tbs["request_list"])
        nonce = _nonce(tbs)
    except UNREADABLE as unreadable:
        raise RequestMalformed("Not an OCSP request.") from unreadable
    if not 1 <= len(cert_ids) <= MAX_CERTIFICATES:
        raise RequestMalformed(f"It asks about {len(cert_ids)} certificates.")
    return StatusRequest(cert_ids, nonce)


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
            value = bytes(extension["extn_value"].parsed.native)
            if not 1 <= len(value) <= MAX_NONCE_BYTES:
                raise RequestMalformed(f"A nonce has 1 to {MAX_NONCE_BYTES} bytes.")
            return value
    return None
