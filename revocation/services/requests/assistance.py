"""A1: from a proof that cannot be brought to an assisted request, by the customer's choice.

This is no cancellation (M3): the request stays submitted and the certificate locked (M4). It is the same request, which
from now on takes evidence and four eyes instead of a proof.
"""

from __future__ import annotations

from datetime import datetime

from revocation.models import Actor, RevocationRequest
from revocation.services.core.transitions import acting
from revocation.services.core.words import check_words
from revocation.services.requests.filing import check_reason, reason_data


def ask_for_assistance(
    request_id: int, *, by: Actor, at: datetime, situation: str, reason: int | None, reason_text: str
) -> RevocationRequest:
    """Turn a request that waits for its proof into an assisted one.

    Raises `ActorRefused`, `TransitionRefused`, `ReasonRefused`.
    """
    data: dict[str, object] = {}
    reason_text = check_words(reason_text)
    with acting(RevocationRequest.ask_for_assistance, request_id, by=by, at=at, data=data) as request:
        check_reason(request.certificate, reason)
        data |= {"before": reason_data(request)}
        request.ask_for_assistance(situation=situation, reason=reason or 0, reason_text=reason_text)
        request.name_proofs.update(next_check_at=None, asked_at=None, lease_until=None, automatic_until=None)
        data |= {"after": reason_data(request) | {"situation": situation}}
    return request
