"""What a receipt says, as data: read from the order, its request, their events and what was seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from certportal.accounts.models import User
from revocation.authorities.messages import ALREADY_REVOKED
from revocation.models import Event, EventKind, ProvenThrough, RevocationOrder, RevocationRequest
from revocation.reasons import BY_CODE

VERSION = 3
"""2 adds digests of assisted requests' files, the first of two approvals, and what was shown to whoever decided. 3
makes null what the authority did not state, and says so."""

PROVEN_THROUGH = {
    ProvenThrough.SIGHTING: ("已在证书指明的地址公布", "published at the addresses in the certificate"),
    ProvenThrough.STATUS: (
        "颁发机构自己的登记簿如此记载；证书没有指明可供检查的状态地址，未公开",
        "CA's register only, not public: the certificate names no status address",
    ),
    ProvenThrough.WORD: (
        "仅有颁发机构的确认；证书没有指明可供检查的状态地址，未公开",
        "CA's confirmation only, not public: the certificate names no status address",
    ),
    ProvenThrough.HAND: (
        "由两名工作人员人工记录颁发机构的说明；没有公开状态：证书没有指明可供检查的状态地址，未公开",
        "CA's statement recorded by hand by two members of staff, not public: the certificate names no status address",
    ),
}

Facts = dict[str, Any]


class NobodyDecided(Exception):
    """L6: a receipt cannot be made of a revocation that nobody decided."""


def facts_of(order: RevocationOrder, *, at: datetime, key_id: str) -> Facts:
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
            "stated": not order.unstated,
            "in_words": order.message if order.message_code in ALREADY_REVOKED else None,
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
            for row in order.observations.order_by("pk")
        ],
        "proven": {
            "at": _time(order.proven_at),
            "through": order.proven_through,
            "in_words": PROVEN_THROUGH[ProvenThrough(order.proven_through)][1],
        },
        "revoked": {
            "at": _time(order.certificate.revoked_at),
            "reason": _reason(order.certificate.revocation_reason),
            "stated": not order.certificate.revocation_unstated,
        },
    }


def _certificate(order: RevocationOrder) -> Facts:
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
    """Return what the receipt says of the review; None where the route needs no reviewer.

    Raises `NobodyDecided` where the route needs one and there was none.
    """
    if request.decided_by is None:
        if request.needs.review:
            raise NobodyDecided(request.number)
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
