"""What a receipt says, as data: read from the order, its request, their events and what was seen.

What stands in rows of its own is read for many receipts at once (`Sources`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings

from certportal.accounts.models import User
from revocation.authorities.messages import ALREADY_REVOKED
from revocation.models import (
    Certificate,
    Event,
    EventKind,
    Evidence,
    Letter,
    NameProof,
    ProvenThrough,
    RevocationOrder,
    RevocationRequest,
    StatusObservation,
)
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
T = TypeVar("T")


class NobodyDecided(Exception):
    """L6: a receipt cannot be made of a revocation that nobody decided."""


@dataclass(frozen=True)
class Sources:
    """What receipts say beside the rows of their orders and requests; lists are in the order of writing.

    `decided`: request and kind -> the data of the latest event of that kind. `sightings`: by order. `fingerprints`: by
    certificate of a request. `letters`, `files` (their digests), `names`: by request. Rows are as the database has
    them: one that is odd costs its own receipt only (C5).
    """

    decided: Mapping[tuple[int, str], Facts]
    sightings: Mapping[int, list[StatusObservation]]
    fingerprints: Mapping[int, str]
    letters: Mapping[int, list[str]]
    files: Mapping[int, list[str]]
    names: Mapping[int, list[NameProof]]


def sources_of(orders: Collection[RevocationOrder]) -> Sources:
    """Read what the receipts of these orders need: one query for each field of `Sources`, however many orders."""
    requests = [order.request_id for order in orders]
    subjects = {order.request.certificate_id for order in orders}
    letters = Letter.objects.filter(request__in=requests, superseded_at__isnull=True)
    files = Evidence.objects.filter(request__in=requests)
    sightings = StatusObservation.objects.filter(revocation__in=[order.pk for order in orders])
    names = NameProof.objects.filter(request__in=requests, proven_at__isnull=False)
    return Sources(
        decided=_decided(requests),
        sightings=_grouped((row.revocation_id, row) for row in sightings.order_by("pk")),
        fingerprints=dict(Certificate.objects.filter(pk__in=subjects).values_list("pk", "fingerprint")),
        letters=_grouped(letters.order_by("pk").values_list("request_id", "sha256")),
        files=_grouped(files.order_by("pk").values_list("request_id", "sha256")),
        names=_grouped((row.request_id, row) for row in names.order_by("pk")),
    )


def _decided(requests: Collection[int]) -> dict[tuple[int, str], Facts]:
    kinds = (EventKind.KEY_PROVEN, EventKind.APPROVED)
    events = Event.objects.filter(request_id__in=requests, kind__in=kinds).order_by("pk")
    return {(pk or 0, kind): data for pk, kind, data in events.values_list("request_id", "kind", "data")}


def _grouped(pairs: Iterable[tuple[int, T]]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def facts_of(order: RevocationOrder, sources: Sources, *, at: datetime, key_id: str) -> Facts:
    """The receipt as data. Times are ISO 8601 in UTC. Raises `NobodyDecided`."""
    return {
        "receipt": "certportal revocation receipt",
        "version": VERSION,
        "made_at": _time(at),
        "portal": settings.PORTAL_URL,
        "signing_key": key_id,
        "certificate": _certificate(order),
        "request": _request(order.request, sources),
        "evidence": _evidence(order.request, sources),
        "review": _review(order.request, sources),
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
            for row in sources.sightings.get(order.pk, [])
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


def _request(request: RevocationRequest, sources: Sources) -> Facts:
    return {
        "number": request.number,
        "route": request.route,
        "certificate": sources.fingerprints[request.certificate_id],
        "reason": _reason(request.reason),
        "in_the_requesters_words": request.reason_text,
        "begun_at": _time(request.filed_at),
        "begun_by": _person(request.filed_by),
        "submitted_at": _time(request.submitted_at),
        "submitted_by": _person(request.submitted_by),
    }


def _evidence(request: RevocationRequest, sources: Sources) -> Facts:
    return {
        "letters_sha256": sources.letters.get(request.pk, []),
        "files_sha256": sources.files.get(request.pk, []),
        "key_proof": _key_proof(request, sources),
        "letter_waived": request.letter_waived,
        "proof_waived": request.proof_waived,
        "proven_at": _time(request.proven_at),
        "names_proven": [
            {"name": row.name, "method": row.method, "proven_at": _time(row.proven_at), "through": row.proven_through}
            for row in sources.names.get(request.pk, [])
        ],
    }


def _key_proof(request: RevocationRequest, sources: Sources) -> Facts | None:
    """K1: what was signed, and the signature; anybody can check it with the certificate."""
    proven = sources.decided.get((request.pk, EventKind.KEY_PROVEN))
    return {name: proven[name] for name in ("signed", "signature")} if proven else None


def _review(request: RevocationRequest, sources: Sources) -> Facts | None:
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
        "shown": _shown(request, sources),
    }


def _shown(request: RevocationRequest, sources: Sources) -> list[Facts]:
    """Threat 6: the digests of the files and pictures that the decision was made on, as its event keeps them."""
    shown: list[Facts] = sources.decided.get((request.pk, EventKind.APPROVED), {}).get("shown", [])
    return shown


def _person(user: User | None) -> Facts | None:
    return {"name": str(user), "mail": user.email} if user else None


def _reason(code: int | None) -> Facts | None:
    return None if code is None else {"code": code, "name": BY_CODE[code].name}


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
