"""The database constraints of a request and the indexes of its lists, for its Meta."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from revocation.models.request.desk import CARRIED_OUT
from revocation.models.request.desk import CONSTRAINTS as OF_THE_DESK
from revocation.models.request.desk import INDEXES as FOR_THE_DESK
from revocation.models.request.states import OPEN_STATES, RequestState
from revocation.policy import BY_OWNERSHIP, UNREVIEWED

INDEXES = [
    # Not `state IN (…)`: SQLite does not use partial indexes for bound parameters.
    models.Index(fields=["due_at", "id"], condition=Q(queued_at__isnull=False), name="request_queue"),
    models.Index(
        fields=["ownership_deadline"],
        condition=Q(ownership_deadline__isnull=False),
        name="request_deadline",
    ),
    *FOR_THE_DESK,
]

DECIDED = (
    ~Q(route__in=UNREVIEWED) & Q(decided_at__isnull=False, decided_by__isnull=False)
    | Q(route__in=BY_OWNERSHIP, proof_waived=True)
    | Q(route__in=UNREVIEWED, proven_at__isnull=False)
)
"""L6: what a request that is carried out must rest on; on a route that the database does not know, a review.

The guards demand the same of the orders to authorities (`revocation.guards`).
"""

CONSTRAINTS = [
    models.CheckConstraint(
        condition=~Q(state__in=CARRIED_OUT) | Q(submitted_at__isnull=False) & DECIDED,
        name="request_carried_out_after_decision",
    ),
    models.UniqueConstraint(fields=["certificate"], condition=Q(is_open=True), name="one_open_request_a_certificate"),
    models.UniqueConstraint(
        fields=["challenge_value"], condition=~Q(challenge_value=""), name="challenge_value_is_unique"
    ),
    models.CheckConstraint(
        condition=Q(is_open=True, state__in=OPEN_STATES) | (Q(is_open=False) & ~Q(state__in=OPEN_STATES)),
        name="request_is_open_follows_state",
    ),
    models.CheckConstraint(
        condition=Q(queued_at__isnull=False, state=RequestState.IN_REVIEW)
        | (Q(queued_at__isnull=True) & ~Q(state=RequestState.IN_REVIEW)),
        name="request_queued_follows_state",
    ),
    *(
        models.CheckConstraint(
            condition=Q(**{f"{act}_at__isnull": True, f"{act}_by__isnull": True})
            | Q(**{f"{act}_at__isnull": False, f"{act}_by__isnull": False}),
            name=f"request_{act}_at_with_by",
        )
        for act in ("submitted", "discarded", "vouched", "handed_back", "decided")
    ),
    # R3, last line of defence: whoever filed, submitted or vouched for a request does not decide on it.
    *(
        models.CheckConstraint(
            condition=Q(decided_by__isnull=True) | Q(**{f"{who}__isnull": True}) | ~Q(decided_by=F(who)),
            name=f"four_eyes_{who}",
        )
        for who in ("filed_by", "submitted_by", "vouched_by")
    ),
    *OF_THE_DESK,
]
