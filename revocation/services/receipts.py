"""The receipt: what was revoked, who asked, why, on what evidence, who decided, what the authority said, who saw it.

Made once by the worker after *revoked*, as JSON and PDF, each signed by the portal; byte for byte the same for ever.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from certportal.accounts.models import User
from revocation import faults
from revocation.letters.receipt import Row, receipt_pdf
from revocation.models import (
    Actor,
    Event,
    EventKind,
    OrderState,
    ProvenThrough,
    Receipt,
    Revocation,
    RevocationRequest,
    SigningKey,
)
from revocation.reasons import BY_CODE
from revocation.services import clock
from revocation.services.recording import Entry, record_all
from revocation.services.signing import current_key, sign

log = logging.getLogger(__name__)

VERSION = 2
"""2: digests of assisted requests' files, the first of two approvals, what was shown to whoever decided."""
PROVEN_THROUGH = {
    ProvenThrough.SIGHTING: ("已在证书指明的公开位置看到", "seen where the certificate says that everybody looks"),
    ProvenThrough.STATUS: (
        "颁发机构自己的登记簿如此记载；证书没有指明可供核查的位置，外界看不到",
        "the authority's own register says so; not visible to others: the certificate names no place to look",
    ),
    ProvenThrough.WORD: (
        "仅有颁发机构的确认；证书没有指明可供核查的位置，外界看不到",
        "the authority's confirmation alone; not visible to others: the certificate names no place to look",
    ),
}

Facts = dict[str, Any]

DUE = Q(state=OrderState.PROVEN, receipt_due_at__isnull=False)
WRITTEN_TOGETHER = 10
"""Receipts in one transaction, and in memory."""

PUT_OFF = timedelta(hours=1)

READ_WITH_IT = (
    "certificate__customer",
    *(
        f"request__{name}"
        for name in ("certificate", "filed_by", "submitted_by", "decided_by", "vouched_by", "first_approved_by")
    ),
)
"""What a receipt speaks of, read with its order."""


def due_receipts(*, at: datetime, limit: int = 100) -> list[int]:
    """Proven orders whose receipt is to be made now."""
    due = Revocation.objects.filter(receipt_due_at__isnull=False, receipt_due_at__lte=at)
    return list(due.order_by("receipt_due_at").values_list("pk", flat=True)[:limit])


def make(order_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Make the receipts of those that have none yet, some at a time. Raises `SigningKeyUnreadable`."""
    if not order_ids:
        return
    begun, key = time.monotonic(), current_key()
    for start in range(0, len(order_ids), WRITTEN_TOGETHER):
        rows = Revocation.objects.select_related(*READ_WITH_IT).filter(
            pk__in=order_ids[start : start + WRITTEN_TOGETHER]
        )
        dated = at + clock.passed(begun)
        wanting = rows.filter(DUE).order_by("pk")
        made = [receipt for order in wanting if (receipt := _made_or_put_off(order, key, at=dated))]
        faults.point(faults.BEFORE_RECEIPT)
        _keep(made, by=by, at=dated)
        faults.point(faults.AFTER_RECEIPT)


def _made_or_put_off(order: Revocation, key: SigningKey, *, at: datetime) -> Receipt | None:
    """One that cannot be made holds up no other."""
    try:
        return _made(order, key, at=at)
    except Exception:
        log.exception("the receipt of order %s cannot be made; it is tried again later", order.pk)
        Revocation.objects.filter(DUE, pk=order.pk).update(receipt_due_at=at + PUT_OFF)
        return None


def _made(order: Revocation, key: SigningKey, *, at: datetime) -> Receipt:
    """Outside of any transaction: drawing takes longer than all that is written."""
    facts = facts_of(order, at=at, key_id=key.key_id)
    text = json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
    pdf = receipt_pdf(facts["request"]["number"], facts["certificate"]["fingerprint_sha256"], rows_of(facts))
    signatures = {"json_signature": sign(text, key), "pdf_signature": sign(pdf, key)}
    return Receipt(revocation=order, made_at=at, json=text, pdf=pdf, key=key, **signatures)


def _keep(made: Sequence[Receipt], *, by: Actor, at: datetime) -> None:
    """Of any number of workers that made one the first keeps it."""
    papers = {receipt.revocation_id: receipt for receipt in made}
    with transaction.atomic():
        orders = Revocation.objects.select_for_update(of=("self",)).select_related("request", "certificate")
        wanting = list(orders.filter(DUE, pk__in=papers).order_by("pk"))
        Receipt.objects.bulk_create(papers[order.pk] for order in wanting)
        Revocation.objects.filter(pk__in=[order.pk for order in wanting]).update(receipt_due_at=None)
        entries = [Entry(EventKind.RECEIPT_MADE, order.certificate, order.request) for order in wanting]
        record_all(entries, by=by, at=at)
        faults.point(faults.IN_RECEIPT)


def facts_of(order: Revocation, *, at: datetime, key_id: str) -> Facts:
    """The receipt as data. Times are ISO 8601 in UTC."""
    return {
        "receipt": "certportal revocation receipt",
        "version": VERSION,
        "made_at": _time(at),
        "portal": settings.PORTAL_URL,
        "signing_key": key_id,
        "certificate": _certificate(order),
        "request": _request(order.request),
        "evidence": _evidence(order.request),
        "review": _review(order.request),
        "authority": {
            "name": order.certificate.authority,
            "reason_sent": _reason(order.reason_sent),
            "confirmed_at": _time(order.confirmed_at),
            "revoked_at": _time(order.revoked_at),
            "reason": _reason(order.reason_confirmed),
            "answer": order.receipt,
        },
        "sightings": [
            {
                "place": row.place,
                "address": row.url,
                "seen_at": _time(row.seen_at),
                "crl_number": row.crl_number or None,
                "published_at": _time(row.this_update),
                "revoked_at": _time(row.revoked_at) if row.seen_at else None,
                "reason": _reason(row.reason) if row.seen_at else None,
            }
            for row in order.sightings.order_by("pk")
        ],
        "proven": {
            "at": _time(order.proven_at),
            "through": order.proven_through,
            "in_words": PROVEN_THROUGH[ProvenThrough(order.proven_through)][1],
        },
        "revoked": {
            "at": _time(order.certificate.revoked_at),
            "reason": _reason(order.certificate.revocation_reason),
        },
    }


def _certificate(order: Revocation) -> Facts:
    certificate = order.certificate
    return {
        "names": certificate.names,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial_number": certificate.serial_number,
        "fingerprint_sha256": certificate.fingerprint,
        "public_key_sha256": certificate.key_digest,
        "valid_from": _time(certificate.not_before),
        "valid_until": _time(certificate.not_after),
        "organisation": certificate.customer.name,
    }


def _request(request: RevocationRequest) -> Facts:
    return {
        "number": request.number,
        "route": request.route,
        "certificate": request.certificate.fingerprint,
        "reason": _reason(request.reason),
        "in_the_requesters_words": request.reason_text,
        "begun_at": _time(request.filed_at),
        "begun_by": _person(request.filed_by),
        "submitted_at": _time(request.submitted_at),
        "submitted_by": _person(request.submitted_by),
    }


def _evidence(request: RevocationRequest) -> Facts:
    proofs = request.name_proofs.filter(proven_at__isnull=False).order_by("pk")
    return {
        "letters_sha256": [letter.sha256 for letter in request.letters.filter(superseded_at__isnull=True)],
        "files_sha256": [file.sha256 for file in request.evidence.all()],
        "key_proof": _key_proof(request),
        "letter_waived": request.letter_waived,
        "proof_waived": request.proof_waived,
        "proven_at": _time(request.proven_at),
        "names_proven": [
            {"name": row.name, "method": row.method, "proven_at": _time(row.proven_at), "through": row.proven_through}
            for row in proofs
        ],
    }


def _key_proof(request: RevocationRequest) -> Facts | None:
    """K1: what was signed, and the signature; anybody can check it with the certificate."""
    proven = Event.objects.filter(request_id=request.pk, kind=EventKind.KEY_PROVEN).order_by("-pk").first()
    return {name: proven.data[name] for name in ("signed", "signature")} if proven else None


def _review(request: RevocationRequest) -> Facts | None:
    if request.decided_by is None:
        return None
    return {
        "decided_at": _time(request.decided_at),
        "decided_by": str(request.decided_by),
        "vouched_at": _time(request.vouched_at),
        "vouched_by": str(request.vouched_by) if request.vouched_by else None,
        "first_approved_at": _time(request.first_approved_at),
        "first_approved_by": str(request.first_approved_by) if request.first_approved_by else None,
        "shown": _shown(request),
    }


def _shown(request: RevocationRequest) -> list[Facts]:
    """Threat 6: the digests of the files and pictures that the decision was made on, as its event keeps them."""
    decided = Event.objects.filter(request_id=request.pk, kind=EventKind.APPROVED).order_by("-pk").first()
    shown: list[Facts] = decided.data.get("shown", []) if decided else []
    return shown


def _person(user: User | None) -> Facts | None:
    return {"name": str(user), "mail": user.email} if user else None


def _reason(code: int | None) -> Facts | None:
    return None if code is None else {"code": code, "name": BY_CODE[code].name}


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


# -- the same, as rows of the PDF ---------------------------------------------------------------------------------


def rows_of(facts: Facts) -> list[Row]:
    """Everything that the JSON says, for people."""
    certificate, request, authority = facts["certificate"], facts["request"], facts["authority"]
    through = PROVEN_THROUGH[ProvenThrough(facts["proven"]["through"])]
    return [
        Row("证书域名", "Names", [", ".join(certificate["names"]) or certificate["subject"]]),
        Row("单位", "Organisation", [certificate["organisation"]]),
        Row("颁发者", "Issuer", [certificate["issuer"]]),
        Row("序列号", "Serial number", [certificate["serial_number"]]),
        Row("指纹", "Fingerprint (SHA-256)", [certificate["fingerprint_sha256"]]),
        Row("有效期", "Validity", [f"{certificate['valid_from']} – {certificate['valid_until']}"]),
        Row("吊销", "Revoked", [f"{facts['revoked']['at']}   {_named(facts['revoked']['reason'])}"]),
        Row("申请", "Request", [f"{request['number']}   {request['route']}   {_named(request['reason'])}"]),
        Row("申请人的说明", "Requester's words", [request["in_the_requesters_words"]]),
        Row("申请人", "Requester", _requesters(request)),
        Row("依据", "Evidence", _evidence_lines(facts["evidence"])),
        Row("审核", "Review", _review_lines(facts["review"])),
        Row("颁发机构", "Authority", _authority_lines(authority)),
        Row("公开可见", "Seen by others", _sighting_lines(facts["sightings"])),
        Row("证实", "Proven", [facts["proven"]["at"], *through]),
        Row("回执", "Receipt", [f"{facts['made_at']}   {facts['portal']}", f"key {facts['signing_key']}"]),
    ]


def _named(reason: Facts | None) -> str:
    return f"{reason['name']} ({reason['code']})" if reason else ""


def _requesters(request: Facts) -> Sequence[str]:
    people = ((request["begun_by"], request["begun_at"]), (request["submitted_by"], request["submitted_at"]))
    return [f"{person['name']} <{person['mail']}>   {at}" for person, at in people if person]


def _evidence_lines(evidence: Facts) -> Sequence[str]:
    letters = [f"letter SHA-256 {digest}" for digest in evidence["letters_sha256"]]
    files = [f"evidence SHA-256 {digest}" for digest in evidence["files_sha256"]]
    names = [f"{row['name']}   {row['method']}   {row['proven_at']}" for row in evidence["names_proven"]]
    waived = ["letter waived (F9)"] * evidence["letter_waived"] + ["proof waived (O3)"] * evidence["proof_waived"]
    key = evidence["key_proof"]
    signed = [f"signed: {key['signed']}", f"signature: {key['signature']}"] if key else []
    return [*letters, *files, *names, *waived, *signed]


def _review_lines(review: Facts | None) -> Sequence[str]:
    if review is None:
        return []
    vouched = [f"{review['vouched_by']} (vouched)   {review['vouched_at']}"] if review["vouched_by"] else []
    first = f"{review['first_approved_by']} (first of two)   {review['first_approved_at']}"
    decided = f"{review['decided_by']}   {review['decided_at']}"
    shown = [f"shown: {file['what']} SHA-256 {file['sha256']}" for file in review["shown"]]
    pictures = [
        f"as picture {number}: SHA-256 {digest}"
        for file in review["shown"]
        for number, digest in enumerate(file["pictures"], 1)
    ]
    return [*vouched, *[first] * bool(review["first_approved_by"]), decided, *shown, *pictures]


def _authority_lines(authority: Facts) -> Sequence[str]:
    answer = json.dumps(authority["answer"], ensure_ascii=False, sort_keys=True)
    return [f"{authority['name']}   {authority['confirmed_at']}   {_named(authority['reason'])}", answer]


def _sighting_lines(sightings: Sequence[Facts]) -> Sequence[str]:
    return [
        f"{row['place'].upper()}{' ' + row['crl_number'] if row['crl_number'] else ''}   {row['seen_at']}   "
        f"{row['address']}"
        for row in sightings
        if row["seen_at"]
    ]
