"""A1: from a proof that cannot be brought to an assisted request, by the customer's choice.

No cancellation (M3): the request stays submitted and the certificate locked (M4); it is the same request, which from
now on takes evidence and four eyes instead of a proof.
"""

from __future__ import annotations

from datetime import datetime

from revocation.models import Actor, EventKind, RevocationRequest
from revocation.services.filing import check_reason, reason_data
from revocation.services.transitions import acting


def ask_for_assistance(
    request_id: int, *, by: Actor, at: datetime, situation: str, reason: int | None, reason_text: str
) -> RevocationRequest:
    """Raises `ActorRefused`, `TransitionRefused`, `ReasonRefused`."""
    data: dict[str, object] = {}
    event = EventKind.ASSISTANCE_ASKED
    with acting(request_id, "ask_for_assistance", by=by, at=at, event=event, data=data) as request:
        check_reason(request.certificate, reason)
        data |= {"before": reason_data(request)}
        request.ask_for_assistance(situation=situation, reason=reason or 0, reason_text=reason_text.strip())
        request.name_proofs.update(next_check_at=None, asked_at=None, lease_until=None, automatic_until=None)
        data |= {"after": reason_data(request) | {"situation": situation}}
    return request
