"""Answering OCSP requests (RFC 6960, in the profile of RFC 5019) for a local authority."""

from collections.abc import Mapping
from datetime import datetime

from revocation.authorities.local import ocsp_signer, ocsp_stock
from revocation.authorities.local.issue import serial_text
from revocation.authorities.local.models import IssuedCertificate, LocalAuthority
from revocation.authorities.local.ocsp_answer import Answer, Status, answer, refusal
from revocation.authorities.local.ocsp_issuer import HASHES, issuer_hashes
from revocation.authorities.local.ocsp_request import CertificateId, RequestMalformed, StatusRequest, read_request
from revocation.authorities.local.revoke import found_revocation


def respond(slug: str, request_der: bytes, *, at: datetime) -> Answer:
    """Answer as an authority to whatever was sent: from stock where possible, else signed now.

    Raises LocalAuthority.DoesNotExist, keys.KeyUnreadable, and for SM2 openssl.OpensslMissing, openssl.OpensslFailed.
    """
    try:
        request = read_request(request_der)
    except RequestMalformed:
        return refusal("malformed_request")
    try:
        if request.nonce is not None or len(request.cert_ids) > 1:
            return _anew(slug, request, at)
        return ocsp_stock.stored(slug, request.cert_ids[0], at=at) or _anew(slug, request, at)
    except ocsp_signer.AuthorityEnded:
        return refusal("unauthorized")  # not able to answer with authority: RFC 5019 section 2.2.3


def _anew(slug: str, request: StatusRequest, at: datetime) -> Answer:
    """Sign an answer now.

    The answer about a serial number that was never issued is not put into stock: there are too many of these.
    """
    authority = LocalAuthority.objects.get(slug=slug)
    if not all(_is_ours(authority, cert_id) for cert_id in request.cert_ids):
        return refusal("unauthorized")  # another issuer: RFC 5019 section 2.2.3
    issued = _issued(authority, request.cert_ids)
    if request.nonce is None and len(request.cert_ids) == len(issued) == 1:
        (row,) = issued.values()
        return ocsp_stock.sign(authority, [(request.cert_ids[0], row)], at=at)[0]
    found = [(cert_id, _status(issued.get(cert_id.serial_number))) for cert_id in request.cert_ids]
    return answer(ocsp_signer.responder(authority, at=at), found, request.nonce, at=at)


def _issued(authority: LocalAuthority, cert_ids: tuple[CertificateId, ...]) -> Mapping[int, IssuedCertificate]:
    serials = [serial_text(cert_id.serial_number) for cert_id in cert_ids]
    rows = authority.certificates.filter(serial_number__in=serials).defer("certificate_der")
    return {int(row.serial_number, 16): row for row in rows}


def _status(issued: IssuedCertificate | None) -> Status:
    """Return the status; unknown, never good, for what was not issued here."""
    return issued is not None and (found_revocation(issued) or True)


def _is_ours(authority: LocalAuthority, cert_id: CertificateId) -> bool:
    return cert_id.hash_name in HASHES and cert_id.issuer_hashes == issuer_hashes(
        bytes(authority.certificate_der), cert_id.hash_name
    )
