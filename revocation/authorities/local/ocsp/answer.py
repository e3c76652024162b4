"""OCSP responses (RFC 6960 section 4.2) put together from their parts and signed.

The same structures for RSA, ECDSA and SM2; an SM2 response is signed under `LocalAuthority.status_distid`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import core

from revocation.authorities.local.assembly import sequence, signed
from revocation.authorities.local.ocsp.lookup import Status
from revocation.authorities.local.ocsp.request import CertificateId, nonce_value
from revocation.authorities.local.ocsp.signer import Responder
from revocation.pki.strict_der import ENUMERATED, GENERALIZED_TIME, OCTET_STRING, encoded

VALID_FOR = timedelta(hours=12)

BY_KEY, EXPLICIT_0, EXPLICIT_1 = 0xA2, 0xA0, 0xA1
"""Tags [2], [0] and [1] (X.690 section 8.1.2)."""

GOOD = b"\x80\x00"
UNKNOWN = b"\x82\x00"
BASIC = core.ObjectIdentifier("1.3.6.1.5.5.7.48.1.1").dump()
NONCE = core.ObjectIdentifier("1.3.6.1.5.5.7.48.1.2").dump()
REFUSALS = {"malformed_request": 1, "internal_error": 2, "try_later": 3, "unauthorized": 6}
"""OCSPResponseStatus (section 4.2.1)."""


@dataclass(frozen=True)
class Answer:
    """`der`: the OCSPResponse. The two times are None where it must not be given to others."""

    der: bytes
    this_update: datetime | None = None
    next_update: datetime | None = None


def answer(
    responder: Responder, found: Sequence[tuple[CertificateId, Status]], nonce: bytes | None, *, at: datetime
) -> Answer:
    """Sign an answer, good for `VALID_FOR`. May raise openssl.OpensslMissing, openssl.OpensslFailed (SM2 only)."""
    at = whole_second(at)
    parts = (
        encoded(BY_KEY, encoded(OCTET_STRING, responder.key_identifier)),
        _time(at),
        sequence(b"".join(_single(cert_id, status, at) for cert_id, status in found)),
        b"" if nonce is None else encoded(EXPLICIT_1, sequence(sequence(NONCE + nonce_value(nonce)))),
    )
    basic = signed(sequence(b"".join(parts)), responder.signer, responder.certificates)
    body = sequence(BASIC + encoded(OCTET_STRING, basic))
    whole = sequence(_enumerated(0) + encoded(EXPLICIT_0, body))
    return Answer(whole) if nonce is not None else Answer(whole, at, at + VALID_FOR)


def whole_second(moment: datetime) -> datetime:
    """Cut `moment` to a whole second, as GeneralizedTime has it (RFC 5280 section 4.1.2.5.2)."""
    return moment.astimezone(UTC).replace(microsecond=0)


def refusal(status: str) -> Answer:
    """Return an answer without a signature. `status` is a key of `REFUSALS`."""
    return Answer(sequence(_enumerated(REFUSALS[status])))


def _single(cert_id: CertificateId, status: Status, at: datetime) -> bytes:
    times = _time(at) + encoded(EXPLICIT_0, _time(at + VALID_FOR))
    return sequence(cert_id.der + _status(status) + times)


def _status(status: Status) -> bytes:
    if isinstance(status, bool):
        return GOOD if status else UNKNOWN
    info = _time(status.revoked_at)
    if status.reason:  # unspecified is left out, as in the CRL
        info += encoded(EXPLICIT_0, _enumerated(status.reason))
    return encoded(EXPLICIT_1, info)


def _enumerated(value: int) -> bytes:
    return encoded(ENUMERATED, bytes((value,)))


def _time(moment: datetime) -> bytes:
    return encoded(GENERALIZED_TIME, f"{moment.astimezone(UTC):%Y%m%d%H%M%SZ}".encode())
