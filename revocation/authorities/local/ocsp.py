"""Answering OCSP requests (RFC 6960) for a local authority, signed by the authority's own key.

The same structures for RSA, ECDSA and SM2; an SM2 response is signed under `LocalAuthority.status_distid`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import core, keys, ocsp
from asn1crypto import x509 as asn1

from revocation.authorities.local.assembly import signed
from revocation.authorities.local.issue import serial_text
from revocation.authorities.local.keys import status_signer
from revocation.authorities.local.models import IssuedCertificate, LocalAuthority
from revocation.authorities.local.revoke import found_revocation

MAX_REQUEST_BYTES = 8 * 1024
MAX_CERTIFICATES = 20
MAX_NONCE_BYTES = 128
"""RFC 9654 section 2.1."""

VALID_FOR = timedelta(hours=12)
HASHES = ("sha1", "sha256", "sha384", "sha512")


class RequestMalformed(Exception):
    """Not an OCSP request that can be read (OCSPResponseStatus malformedRequest)."""


class RequestUnauthorized(Exception):
    """It asks about another issuer (OCSPResponseStatus unauthorized, RFC 5019 section 2.2.3)."""


@dataclass(frozen=True)
class StatusRequest:
    """`cert_ids`: what is asked. `nonce`: to be echoed (RFC 9654), DER of the extension's value."""

    cert_ids: tuple[ocsp.CertId, ...]
    nonce: bytes | None


def respond(authority: LocalAuthority, request_der: bytes, *, at: datetime) -> tuple[bytes, StatusRequest | None]:
    """DER of the OCSPResponse, and what was asked if it could be answered.

    Raises keys.KeyUnreadable, and for SM2 openssl.OpensslMissing, openssl.OpensslFailed.
    """
    try:
        request = read_request(request_der)
        _check_issuer(authority, request)
    except RequestMalformed:
        return _refusal("malformed_request"), None
    except RequestUnauthorized:
        return _refusal("unauthorized"), None
    return _response(authority, request, at), request


def try_later() -> bytes:
    """DER of the answer when the authority cannot sign just now."""
    return _refusal("try_later")


def read_request(request_der: bytes) -> StatusRequest:
    """The request, read completely. Raises RequestMalformed."""
    if len(request_der) > MAX_REQUEST_BYTES:
        raise RequestMalformed(f"More than {MAX_REQUEST_BYTES} bytes.")
    try:
        tbs = ocsp.OCSPRequest.load(request_der, strict=True)["tbs_request"]
        cert_ids = tuple(_cert_id(single["req_cert"]) for single in tbs["request_list"])
        nonce = _nonce(tbs)
    except (ValueError, TypeError, KeyError) as unreadable:
        raise RequestMalformed("Not an OCSP request.") from unreadable
    if not 1 <= len(cert_ids) <= MAX_CERTIFICATES:
        raise RequestMalformed(f"It asks about {len(cert_ids)} certificates.")
    return StatusRequest(cert_ids, nonce)


def _cert_id(found: ocsp.CertId) -> ocsp.CertId:
    for name in ("hash_algorithm", "issuer_name_hash", "issuer_key_hash", "serial_number"):
        found[name].native  # noqa: B018 asn1crypto reads lazily: what is malformed must show here
    return found


def _nonce(tbs: ocsp.TBSRequest) -> bytes | None:
    extensions = tbs["request_extensions"]
    for extension in [] if isinstance(extensions, core.Void) else extensions:
        if extension["extn_id"].native == "nonce":
            value = bytes(extension["extn_value"].parsed.native)
            if not 1 <= len(value) <= MAX_NONCE_BYTES:
                raise RequestMalformed(f"A nonce has 1 to {MAX_NONCE_BYTES} bytes.")
            return value
    return None


def _check_issuer(authority: LocalAuthority, request: StatusRequest) -> None:
    certificate = asn1.Certificate.load(bytes(authority.certificate_der))
    for cert_id in request.cert_ids:
        name = cert_id["hash_algorithm"]["algorithm"].native
        if name not in HASHES:
            raise RequestUnauthorized(f"The hash {name} is not supported.")
        found = (cert_id["issuer_name_hash"].native, cert_id["issuer_key_hash"].native)
        if found != _issuer_hashes(certificate, name):
            raise RequestUnauthorized("Another issuer.")


def _issuer_hashes(certificate: asn1.Certificate, algorithm: str) -> tuple[bytes, bytes]:
    key: keys.PublicKeyInfo = certificate.public_key
    return (
        hashlib.new(algorithm, certificate.subject.dump()).digest(),
        hashlib.new(algorithm, key["public_key"].contents[1:]).digest(),
    )


def _response(authority: LocalAuthority, request: StatusRequest, at: datetime) -> bytes:
    at = at.astimezone(UTC).replace(microsecond=0)
    data = ocsp.ResponseData(
        {
            "responder_id": ocsp.ResponderId("by_key", bytes.fromhex(authority.key_identifier)),
            "produced_at": at,
            "responses": [_single(authority, cert_id, at) for cert_id in request.cert_ids],
            **({"response_extensions": list(_echo(request.nonce))} if request.nonce else {}),
        }
    )
    basic = signed(data.dump(), status_signer(authority))
    return _whole("successful", basic)


def _echo(nonce: bytes) -> Iterator[dict[str, object]]:
    value = core.ParsableOctetString(core.OctetString(nonce).dump())
    yield {"extn_id": "nonce", "critical": False, "extn_value": value}


def _single(authority: LocalAuthority, cert_id: ocsp.CertId, at: datetime) -> dict[str, object]:
    return {
        "cert_id": cert_id,
        "cert_status": _cert_status(authority, cert_id["serial_number"].native),
        "this_update": at,
        "next_update": at + VALID_FOR,
    }


def _cert_status(authority: LocalAuthority, serial_number: int) -> ocsp.CertStatus:
    issued = IssuedCertificate.objects.filter(authority=authority, serial_number=serial_text(serial_number)).first()
    if issued is None:
        return ocsp.CertStatus({"unknown": core.Null()})
    revocation = found_revocation(issued)
    if revocation is None:
        return ocsp.CertStatus({"good": core.Null()})
    info: dict[str, object] = {"revocation_time": revocation.revoked_at.astimezone(UTC)}
    if revocation.reason:  # unspecified is left out, as in the CRL
        info["revocation_reason"] = revocation.reason
    return ocsp.CertStatus({"revoked": ocsp.RevokedInfo(info)})


def _whole(status: str, basic: bytes) -> bytes:
    body = {"response_type": "basic_ocsp_response", "response": core.ParsableOctetString(basic)}
    return bytes(ocsp.OCSPResponse({"response_status": status, "response_bytes": body}).dump())


def _refusal(status: str) -> bytes:
    return bytes(ocsp.OCSPResponse({"response_status": status}).dump())
