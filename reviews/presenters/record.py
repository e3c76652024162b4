"""Everything about one certificate, for auditors: the same as a page to print and as JSON, before and after deletion.

Times are UTC in ISO 8601 for every reader, so that two auditors hold the same paper.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from revocation.models import Certificate, Event, Evidence, HandRecord, Letter, RevocationOrder, RevocationRequest
from revocation.services.notifications.wording import own_words

MOST_EVENTS = 20_000
Record = dict[str, Any]


def gather(certificate: Certificate, at: datetime) -> Record:
    """Gather all that is known of the certificate, in the order in which it happened."""
    requests = certificate.requests.select_related(*(f"{verb}_by" for verb in VERBS)).order_by("pk")
    orders = RevocationOrder.objects.filter(certificate=certificate).select_related("recorded_by_hand_by", "request")
    events = Event.objects.filter(certificate_id=certificate.pk).order_by("id")[: MOST_EVENTS + 1]
    written = [_event(event) for event in events[:MOST_EVENTS]]
    return {
        "made_at": _time(at),
        "certificate": _certificate(certificate),
        "requests": [_request(request) for request in requests],
        "orders": [_order(order) for order in orders],
        "events": written,
        "complete": len(events) <= MOST_EVENTS,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def _certificate(c: Certificate) -> Record:
    return {
        "number": c.pk,
        "title": c.title,
        "state": c.state,
        "customer": str(c.customer),
        "names": c.names,
        "organization": c.organization,
        "subject": c.subject,
        "issuer": c.issuer,
        "serial_number": c.serial_number,
        "fingerprint_sha256": c.fingerprint,
        "not_before": _time(c.not_before),
        "not_after": _time(c.not_after),
        "key_algorithm": c.key_algorithm,
        "standard": c.standard,
        "level": c.level,
        "level_source": c.level_source,
        "brand": c.brand_id,
        "authority": c.authority,
        "uploaded": c.uploaded,
        "reissued_from": c.reissued_from_id,
        "reissues": list(c.reissues.order_by("pk").values_list("pk", flat=True)),
        "revoked_at": _time(c.revoked_at),
        "revocation_reason": c.revocation_reason,
        "unstated": c.revocation_unstated,
        "hidden_at": _time(c.hidden_at),
        "hidden_by": str(c.hidden_by or ""),
        "deleted_at": _time(c.deleted_at),
        "deleted_by": str(c.deleted_by or ""),
    }


VERBS = ("filed", "submitted", "discarded", "vouched", "first_approved", "handed_back", "decided")
"""What people do to a request: `<verb>_at`, `<verb>_by`, and mostly `<verb>_why`."""


def _request(request: RevocationRequest) -> Record:
    letters = request.letters.prefetch_related("pictures").select_related("uploaded_by").order_by("pk")
    return {
        "number": request.number,
        "route": request.route,
        "state": request.state,
        "reason": request.reason,
        "reason_name": request.reason_name,
        "words": request.reason_text,
        "approvals_needed": request.approvals_needed,
        "letter_waived": request.letter_waived,
        "proof_waived": request.proof_waived,
        "due_at": _time(request.due_at),
        "steps": [step for verb in VERBS if (step := _step(request, verb))],
        "proven_at": _time(request.proven_at),
        "failed_at": _time(request.failed_at),
        "finished_at": _time(request.finished_at),
        "letters": [_letter(letter) for letter in letters],
        "situation": request.situation,
        "situation_name": request.get_situation_display(),
        "evidence": [_evidence(file) for file in request.evidence.select_related("uploaded_by").order_by("pk")],
        "proofs": [
            {"name": proof.name, "method": proof.method, "proven_at": _time(proof.proven_at)}
            for proof in request.name_proofs.all()
        ],
    }


def _step(request: RevocationRequest, verb: str) -> Record | None:
    moment = getattr(request, f"{verb}_at")
    if moment is None:
        return None
    person = getattr(request, f"{verb}_by")
    return {
        "verb": verb,
        "at": _time(moment),
        "by": f"{person} <{person.email}>",
        "why": getattr(request, f"{verb}_why", ""),
    }


def _letter(letter: Letter) -> Record:
    pictures = [picture.sha256 for picture in letter.pictures.all()]
    return _file(letter, pictures) | {"superseded_at": _time(letter.superseded_at)}


def _evidence(file: Evidence) -> Record:
    return _file(file, [page["sha256"] for page in file.pages])


def _file(file: Letter | Evidence, pictures: list[str]) -> Record:
    return {
        "file_name": file.file_name,
        "kind": file.kind,
        "bytes": file.size,
        "sha256": file.sha256,
        "uploaded_at": _time(file.uploaded_at),
        "uploaded_by": str(file.uploaded_by),
        "erased_at": _time(file.erased_at),
        "pictures_sha256": pictures,
    }


def _order(order: RevocationOrder) -> Record:
    return {
        "request": order.request.number,
        "state": order.state,
        "reason": order.reason,
        "reason_sent": order.reason_sent,
        "attempts": order.attempts,
        "message": order.message,
        "recorded_by_hand_at": _time(order.recorded_by_hand_at),
        "recorded_by_hand_by": str(order.recorded_by_hand_by or ""),
        "hand_record": _hand_record(order),
        "confirmed_at": _time(order.confirmed_at),
        "reason_confirmed": order.reason_confirmed,
        "revoked_at": _time(order.revoked_at),
        "unstated": order.unstated,
        "receipt": order.receipt,
        "proven_at": _time(order.proven_at),
        "proven_through": order.proven_through,
        "sightings": [
            {
                "place": row.place,
                "url": row.url,
                "outcome": row.outcome,
                "seen_at": _time(row.seen_at),
                "revoked_at": _time(row.revoked_at),
                "reason": row.reason,
                "crl_number": row.crl_number,
            }
            for row in order.observations.order_by("pk")
        ],
    }


def _hand_record(order: RevocationOrder) -> Record | None:
    """What two members of staff wrote down where nothing is published."""
    kept = HandRecord.objects.select_related("recorded_by", "confirmed_by").filter(order=order).first()
    if kept is None:
        return None
    return {
        "revoked_at": _time(kept.revoked_at),
        "reason": kept.reason,
        "note": kept.note,
        "recorded_by_hand_at": _time(kept.recorded_at),
        "recorded_by_hand_by": str(kept.recorded_by),
        "confirmed_by_hand_at": _time(kept.confirmed_at),
        "confirmed_by_hand_by": str(kept.confirmed_by or ""),
    }


def _event(event: Event) -> Record:
    return {
        "number": event.pk,
        "at": _time(event.at),
        "kind": event.kind,
        "what": str(event.get_kind_display()),
        "who": event.actor_label,
        "from_where": event.source,
        "request": f"R-{event.request_id:06d}" if event.request_id else "",
        "before": event.before,
        "after": event.after,
        "why": own_words(event) or event.why,
        "data": event.data,
    }


def title(certificate: Certificate) -> str:
    return _("Record of %(certificate)s") % {"certificate": certificate.label}
