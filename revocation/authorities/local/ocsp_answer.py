"""OCSP responses (RFC 6960 section 4.2) put together from their parts and signed.

The same structures for RSA, ECDSA and SM2; an SM2 response is signed under `LocalAuthority.status_distid`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import core
from asn1crypto.parser import emit

from revocation.authorities.local.assembly import sequence, signed
from revocation.authorities.local.ocsp_request import CertificateId
from revocation.authorities.local.ocsp_signer import Responder
from revocation.authorities.local.revoke import RevokedEntry

VALID_FOR = timedelta(hours=12)

CONTEXT = 2
"""Class of the tags [0], [1], [2] (X.690 section 8.1.2)."""

GOOD = emit(CONTEXT, 0, 0, b"")
UNKNOWN = emit(CONTEXT, 0, 2, b"")
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


Status = RevokedEntry | bool
"""Revoked since when and why, True for good, False for unknown."""


def answer(
    responder: Responder, found: Sequence[tuple[CertificateId, Status]], nonce: bytes | None, *, at: datetime
) -> Answer:
    """Sign an answer, good for `VALID_FOR`. May raise openssl.OpensslMissing, openssl.OpensslFailed (SM2 only)."""
    at = whole_second(at)
    parts = (
        emit(CONTEXT, 1, 2, core.OctetString(responder.key_identifier).dump()),
        _time(at),
        sequence(b"".join(_single(cert_id, status, at) for cert_id, status in found)),
        b"" if nonce is None else emit(CONTEXT, 1, 1, sequence(_nonce(nonce))),
    )
    basic = signed(sequence(b"".join(parts)), responder.signer, responder.certificates)
    body = sequence(BASIC + core.OctetString(basic).dump())
    whole = sequence(_enumerated(0) + emit(CONTEXT, 1, 0, body))
    return Answer(whole) if nonce is not None else Answer(whole, at, at + VALID_FOR)


def whole_second(moment: datetime) -> datetime:
    """Cut `moment` to a whole second, as GeneralizedTime has it (RFC 5280 section 4.1.2.5.2)."""
    return moment.astimezone(UTC).replace(microsecond=0)


def refusal(status: str) -> Answer:
    """Return an answer without a signature. `status` is a key of `REFUSALS`."""
    return Answer(sequence(_enumerated(REFUSALS[status])))


def _single(cert_id: CertificateId, status: Status, at: datetime) -> bytes:
    times = _time(at) + emit(CONTEXT, 1, 0, _time(at + VALID_FOR))
    return sequence(cert_id.der + _status(status) + times)


def _status(status: Status) -> bytes:
    if isinstance(status, bool):
        return bytes(GOOD if status else UNKNOWN)
    info = _time(status.revoked_at)
    if status.reason:  # unspecified is left out, as in the CRL
        info += emit(CONTEXT, 1, 0, _enumerated(status.reason))
    return bytes(emit(CONTEXT, 1, 1, info))


def _nonce(nonce: bytes) -> bytes:
    value = core.OctetString(core.OctetString(nonce).dump()).dump()
    return sequence(NONCE + value)


def _enumerated(value: int) -> bytes:
    return bytes(emit(0, 0, 10, bytes((value,))))


def _time(moment: datetime) -> bytes:
    return bytes(core.GeneralizedTime(moment.astimezone(UTC)).dump())
