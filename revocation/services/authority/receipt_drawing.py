"""The PDF of a receipt: drawn from the signed JSON when somebody first asks, signed, and kept for ever as it is.

Most receipts are read by machines or never, and drawing one costs as much as revoking some. Whoever asks first waits
for it, a few hundredths of a second.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.models import Receipt, ReceiptPaper
from revocation.services.authority.receipt_facts import Facts
from revocation.services.authority.receipt_paper import rows_of
from revocation.services.authority.receipt_signing import SigningKeyUnreadable, sign, verifies
from revocation.services.authority.warrants import unwarranted
from revocation.services.core.unavailable import SigningUnavailable

log = logging.getLogger(__name__)

MESSAGES = table(
    "receipt",
    {
        "doubtful": gettext_noop(
            "The record of this receipt was changed after it was signed. Do not rely on the receipt. Contact the "
            "operators of the portal."
        )
    },
    status=409,
)


class ReceiptDoubtful(Refused):
    """L6: the record does not bear out the receipt, so the portal signs no PDF of it."""

    subject = "receipt"


@dataclass(frozen=True)
class Paper:
    """`signature`: detached, ECDSA with SHA-256 in DER, by the receipt's key."""

    pdf: bytes
    signature: bytes


def paper_of(receipt: Receipt, *, at: datetime) -> Paper:
    """Return the PDF of a receipt. It is drawn at the first call; every later one returns the same bytes.

    Raises `ReceiptDoubtful`, `SigningUnavailable`.
    """
    paper = _kept(receipt)
    if paper is None:
        return _drawn(receipt, at=at)
    if not verifies(paper.pdf, paper.signature, receipt.key):
        raise _doubt(receipt, "its PDF is not what was signed")
    return paper


def _kept(receipt: Receipt) -> Paper | None:
    """Return the PDF that was kept: in its own row, or in the receipt's, as earlier releases did."""
    if receipt.pdf is not None and receipt.pdf_signature is not None:
        return Paper(bytes(receipt.pdf), bytes(receipt.pdf_signature))
    found = ReceiptPaper.objects.filter(receipt=receipt).first()
    return Paper(bytes(found.pdf), bytes(found.signature)) if found else None


def _drawn(receipt: Receipt, *, at: datetime) -> Paper:
    """Draw and keep the PDF. If several people ask at once, the first one's is kept and all get that."""
    from revocation.letters.receipt import receipt_pdf  # drawing loads typefaces that other pages do not need

    facts = _borne_out(receipt)
    pdf = receipt_pdf(facts["request"]["number"], facts["certificate"]["fingerprint_sha256"], rows_of(facts))
    try:
        paper = Paper(pdf, sign(pdf, receipt.key))
    except SigningKeyUnreadable:
        log.exception("the PDF of receipt %s cannot be signed", receipt.pk)
        raise SigningUnavailable from None
    if not verifies(pdf, paper.signature, receipt.key):  # a row that joins one key's name to another's private half
        raise _doubt(receipt, "the key that it names is not the one that signs")
    try:
        with transaction.atomic():
            ReceiptPaper.objects.create(receipt=receipt, drawn_at=at, pdf=paper.pdf, signature=paper.signature)
    except IntegrityError:
        first = _kept(receipt)
        if first is None:
            raise
        return first
    return paper


def _borne_out(receipt: Receipt) -> Facts:
    """Return what the receipt says. Raises `ReceiptDoubtful`.

    A row that got past the guards must not become a PDF with the portal's signature: the JSON must be as it was signed,
    be about the certificate of its order, and that order must be warranted (L6).
    """
    order, text = receipt.revocation, bytes(receipt.json)
    if not verifies(text, bytes(receipt.json_signature), receipt.key):
        raise _doubt(receipt, "its JSON is not what was signed")
    facts: Facts = json.loads(text)
    if facts["certificate"]["fingerprint_sha256"] != order.certificate.fingerprint:
        raise _doubt(receipt, "it is about another certificate")
    if why := unwarranted([order]).get(order.pk):
        raise _doubt(receipt, why.in_english)
    return facts


def _doubt(receipt: Receipt, why: str) -> ReceiptDoubtful:
    log.error("no PDF of receipt %s is signed: %s", receipt.pk, why)
    return ReceiptDoubtful("doubtful")
