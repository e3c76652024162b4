"""The part of a request that the review desk writes: its assignment, the first of two approvals, the queue's columns.

`CONSTRAINTS` and `INDEXES` belong to the Meta of the request.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from certportal.accounts.models import Customer, User
from revocation.models.actor import Actor
from revocation.models.certificate.brand import Brand
from revocation.models.certificate.certificate import Certificate
from revocation.models.request import permissions
from revocation.models.request.states import RequestState
from revocation.policy import Route

IN_REVIEW = RequestState.IN_REVIEW
CARRIED_OUT = [RequestState.APPROVED.value, RequestState.REVOKING.value, RequestState.REVOKED.value]


def wants_first_approval(request: DeskWork) -> bool:
    """Return whether two must approve and nobody has yet."""
    return request.approvals_needed > 1 and request.first_approved_by_id is None


def has_first_approval(request: DeskWork) -> bool:
    return not wants_first_approval(request)


def is_vouched_for(request: Any) -> bool:
    """A1: return whether the request may be decided: an assisted one only after a member of staff has justified it."""
    return request.route != Route.A1 or request.vouched_by_id is not None


class DeskWork(models.Model):
    """The columns and verbs of the review desk.

    `customer` and `brand` are copied from the certificate. So an index filters a queue of any length by them, and finds
    a customer's own requests without reading others'. `taken_until`: the request is assigned until then, unless the
    reviewer decides or unassigns it, or another takes it over. `approvals_needed`: fixed at submission
    (`policy.approvals_needed`).
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    taken_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField(null=True, editable=False)
    taken_until = models.DateTimeField(null=True, editable=False)
    approvals_needed = models.PositiveSmallIntegerField(_("approvals needed"), default=1, editable=False)
    first_approved_at = models.DateTimeField(null=True, editable=False)
    first_approved_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    first_approved_why = models.TextField(blank=True, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def of(cls, certificate: Certificate, **facts: Any) -> Self:
        """Return a new request, not saved. Make every request here: without `customer` nobody would find it."""
        owner = {"customer_id": certificate.customer_id, "brand_id": certificate.brand_id}
        return cls(certificate=certificate, **owner, **facts)

    def is_taken(self, at: datetime) -> bool:
        return self.taken_until is not None and self.taken_until > at

    def is_taken_from(self, actor: Actor, at: datetime) -> bool:
        """Return whether the request is assigned to somebody else."""
        return self.is_taken(at) and self.taken_by_id != actor.user_id

    @transition(field="state", source=IN_REVIEW, target=IN_REVIEW, permission=permissions.reviewer)
    def assign(self, *, by: User, at: datetime, until: datetime) -> None:
        """Assign the request to a reviewer. Others leave it alone until `until`."""
        self.taken_by, self.taken_at, self.taken_until = by, at, until

    @transition(field="state", source=IN_REVIEW, target=IN_REVIEW, permission=permissions.holder)
    def unassign(self) -> None:
        """Unassign the request: its reviewer leaves it to the others."""
        self.let_go()

    @transition(field="state", source=IN_REVIEW, target=IN_REVIEW, permission=permissions.reviewer)
    def reassign(self, *, by: User, at: datetime, until: datetime) -> None:
        """Assign the request to `by`, away from the reviewer who has it. The service records a reason."""
        self.taken_by, self.taken_at, self.taken_until = by, at, until

    @transition(
        field="state",
        source=IN_REVIEW,
        target=IN_REVIEW,
        conditions=[is_vouched_for, wants_first_approval],
        permission=permissions.reviewer,
    )
    def approve_first(self, *, by: User, at: datetime, why: str = "") -> None:
        """Give the first of two approvals. Nothing is sent to the authority before somebody else approves too."""
        self.first_approved_by, self.first_approved_at, self.first_approved_why = by, at, why
        self.let_go()

    def let_go(self) -> None:
        self.taken_by = self.taken_at = self.taken_until = None

    def forget_first_approval(self) -> None:
        """Drop the first approval. After a correction by the customer the request must be looked at anew."""
        self.first_approved_by, self.first_approved_at, self.first_approved_why = None, None, ""


def _by(field: str) -> models.Index:
    """Return the index for the queue filtered by one field, nearest deadline first."""
    return models.Index(
        fields=[field, "due_at", "id"], condition=Q(queued_at__isnull=False), name=f"request_queue_{field}"
    )


INDEXES = [
    *(_by(field) for field in ("route", "reason", "customer", "brand")),
    models.Index(
        fields=["taken_by", "due_at", "id"],
        condition=Q(queued_at__isnull=False, taken_by__isnull=False),
        name="request_queue_taken",
    ),
    models.Index(fields=["customer", "id"], name="request_of_customer"),
    models.Index(
        fields=["customer", "due_at", "id"],
        condition=Q(is_open=True, queued_at__isnull=True),
        name="request_with_customer",
    ),
    models.Index(fields=["decided_at"], condition=Q(decided_at__isnull=False), name="request_decided"),
]

CONSTRAINTS = [
    models.CheckConstraint(
        condition=Q(taken_at__isnull=True, taken_by__isnull=True) & Q(taken_until__isnull=True)
        | Q(taken_at__isnull=False, taken_by__isnull=False) & Q(taken_until__isnull=False, queued_at__isnull=False),
        name="request_taken_while_queued",
    ),
    models.CheckConstraint(
        condition=Q(first_approved_at__isnull=True, first_approved_by__isnull=True)
        | Q(first_approved_at__isnull=False, first_approved_by__isnull=False),
        name="request_first_approved_at_with_by",
    ),
    models.CheckConstraint(
        condition=Q(approvals_needed=1) | ~Q(state__in=CARRIED_OUT) | Q(first_approved_by__isnull=False),
        name="request_carried_out_after_all_approvals",
    ),
    # R3: two different people approve, and neither has another part. The first may still reject.
    models.CheckConstraint(
        condition=Q(first_approved_by__isnull=True)
        | Q(decided_by__isnull=True)
        | Q(state=RequestState.REJECTED)
        | ~Q(decided_by=F("first_approved_by")),
        name="four_eyes_first_approved_by",
    ),
    *(
        models.CheckConstraint(
            condition=Q(first_approved_by__isnull=True) | Q(**{f"{who}__isnull": True}) | ~Q(first_approved_by=F(who)),
            name=f"four_eyes_first_{who}",
        )
        for who in ("filed_by", "submitted_by", "vouched_by")
    ),
]
