"""Answering OCSP requests (RFC 6960, in the profile of RFC 5019) for a local authority."""

from datetime import datetime

from revocation.authorities.local.ocsp import signer, stock
from revocation.authorities.local.ocsp.answer import Answer, answer, refusal
from revocation.authorities.local.ocsp.issuer import HASHES, issuer_hashes
from revocation.authorities.local.ocsp.lookup import standing
from revocation.authorities.local.ocsp.request import CertificateId, RequestMalformed, StatusRequest, read_request


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
        return stock.stored(slug, request.cert_ids[0], at=at) or _anew(slug, request, at)
    except signer.AuthorityEnded:
        return refusal("unauthorized")  # not able to answer with authority: RFC 5019 section 2.2.3


def _anew(slug: str, request: StatusRequest, at: datetime) -> Answer:
    """Sign an answer now.

    The answer about a serial number that was never issued is not put into stock: there are too many of these. Nor is
    one about several certificates.
    """
    found = standing(slug, request.cert_ids)
    if not all(_is_ours(found.issuer_der, cert_id) for cert_id in request.cert_ids):
        return refusal("unauthorized")  # another issuer: RFC 5019 section 2.2.3
    responder = signer.appointed(found, at=at)
    asked = [(cert_id, found.issued.get(cert_id.serial_number)) for cert_id in request.cert_ids]
    (cert_id, issued), *others = asked
    if issued is not None and request.nonce is None and not others:
        return stock.sign(responder, [(cert_id, issued)], at=at)[0]
    found_out = [(cert_id, issued is not None and issued.status) for cert_id, issued in asked]  # never good if unknown
    return answer(responder, found_out, request.nonce, at=at)


def _is_ours(issuer_der: bytes, cert_id: CertificateId) -> bool:
    return cert_id.hash_name in HASHES and cert_id.issuer_hashes == issuer_hashes(issuer_der, cert_id.hash_name)
