"""OCSP answers kept in stock: signed when first asked for, given again, and signed anew at half their life.

An answer is given only while it says what the certificate's row says, so a revocation shows at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from revocation.authorities.local.crl import AHEAD
from revocation.authorities.local.models import LocalAuthority, StoredAnswer
from revocation.authorities.local.ocsp import signer
from revocation.authorities.local.ocsp.answer import VALID_FOR, Answer, answer, whole_second
from revocation.authorities.local.ocsp.issuer import issuer_ends, issuer_hashes
from revocation.authorities.local.ocsp.lookup import Issued, in_stock
from revocation.authorities.local.ocsp.request import CertificateId
from revocation.authorities.local.ocsp.signer import Responder
from revocation.authorities.local.revoke import found_revocation

BATCH = 500
"""Answers signed anew in one call of `renew`."""

KEEP_AFTER_EXPIRY = timedelta(days=14)
"""How long after its end a certificate's answers are still signed anew."""

CONTENT = ("response_der", "says_revoked", "this_update", "next_update", "renew_at")


def stored(slug: str, cert_id: CertificateId, *, at: datetime) -> Answer | None:
    """Return the answer in stock if it is true, has a quarter of its life left, and the authority lives. One query."""
    found = in_stock(slug, cert_id)
    if found is None or found.says_revoked != found.is_revoked:
        return None
    if found.next_update <= at + VALID_FOR / 4 or found.this_update > at + AHEAD:
        return None
    is_ours = cert_id.issuer_hashes == issuer_hashes(found.issuer_der, cert_id.hash_name)
    if not is_ours or at >= issuer_ends(found.issuer_der):
        return None
    return Answer(found.response_der, found.this_update, found.next_update)


def sign(responder: Responder, asked: Sequence[tuple[CertificateId, Issued]], *, at: datetime) -> list[Answer]:
    """Sign one answer for each certificate and put it into stock. For SM2 it raises what `answer` raises."""
    at = whole_second(at)
    answers = [answer(responder, [(cert_id, issued.status)], None, at=at) for cert_id, issued in asked]
    rows = [
        StoredAnswer(
            issued_id=issued.pk,
            hash_name=cert_id.hash_name,
            response_der=signed.der,
            says_revoked=issued.revocation is not None,
            this_update=at,
            next_update=at + VALID_FOR,
            renew_at=at + VALID_FOR / 2,
        )
        for (cert_id, issued), signed in zip(asked, answers, strict=True)
    ]
    keys = ("issued", "hash_name")
    StoredAnswer.objects.bulk_create(rows, update_conflicts=True, unique_fields=keys, update_fields=CONTENT)
    return answers


def due(at: datetime) -> list[int]:
    """Return the primary keys of authorities whose appointed key or answers are due (`renew`)."""
    answers = StoredAnswer.objects.filter(renew_at__lte=at).values_list("issued__authority", flat=True)
    keys = (authority.pk for authority in LocalAuthority.objects.all() if signer.is_due(authority, at=at))
    return sorted({*answers.distinct(), *keys})


def renew(authority: LocalAuthority, *, at: datetime) -> None:
    """Renew the appointed key if it is time, then one batch of answers.

    The answers about certificates that ended long ago are deleted, and all of them when the authority itself has ended.
    Raises what `signer.responder` raises.
    """
    signer.renew(authority, at=at)
    if at >= signer.ends(authority):
        StoredAnswer.objects.filter(issued__authority=authority).delete()
        return
    mine = StoredAnswer.objects.filter(issued__authority=authority, renew_at__lte=at)
    mine.filter(issued__not_after__lt=at - KEEP_AFTER_EXPIRY).delete()
    batch = mine.defer("response_der").select_related("issued").defer("issued__certificate_der")[:BATCH]
    asked = [(_cert_id(authority, row), Issued(row.issued_id, found_revocation(row.issued))) for row in batch]
    sign(signer.responder(authority, at=at), asked, at=at)


def _cert_id(authority: LocalAuthority, row: StoredAnswer) -> CertificateId:
    hashes = issuer_hashes(bytes(authority.certificate_der), row.hash_name)
    return CertificateId(row.hash_name, hashes, int(row.issued.serial_number, 16))
