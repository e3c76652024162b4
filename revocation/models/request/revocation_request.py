"""The revocation request: its verbs, each with the states it leads between, its conditions, and who may use it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from certportal.accounts.models import User
from revocation import policy
from revocation.models.certificate.certificate import Certificate
from revocation.models.request import permissions
from revocation.models.request.conditions import (
    every_name_is_proven,
    has_a_deadline,
    has_what_it_needs,
    is_assisted,
    may_exclude_reissues,
    proof_is_waived,
    route_needs_proof,
    route_needs_review,
)
from revocation.models.request.constraints import CONSTRAINTS, INDEXES
from revocation.models.request.desk import DeskWork, has_first_approval, is_vouched_for
from revocation.models.request.joint_filing import JointFiling
from revocation.models.request.needs import Needs
from revocation.models.request.states import RequestState
from revocation.models.state_machine import StateMachineModel
from revocation.reasons import KEY_COMPROMISE

S = RequestState


class RevocationRequest(Needs, DeskWork, StateMachineModel):
    """One request for one certificate and, by N2, for those that are also revoked."""

    certificate = models.ForeignKey(
        Certificate, verbose_name=_("certificate"), on_delete=models.PROTECT, related_name="requests"
    )
    state = FSMField(_("state"), default=S.DRAFT, choices=S.choices, protected=True)
    is_open = models.BooleanField(default=True, editable=False)
    queued_at = models.DateTimeField(_("in the queue since"), null=True, editable=False)

    filed_with = models.ForeignKey(
        JointFiling, verbose_name=_("joint filing"), on_delete=models.PROTECT, null=True, related_name="requests"
    )

    filed_at = models.DateTimeField(_("created at"), default=timezone.now)
    filed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    submitted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    discarded_at = models.DateTimeField(null=True)
    discarded_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(_("due"), null=True)

    challenge_value = models.CharField(max_length=64, blank=True)
    challenge_file = models.CharField(max_length=64, blank=True)
    ownership_deadline = models.DateTimeField(_("proof due"), null=True)
    reminded = models.PositiveSmallIntegerField(default=0)
    proven_at = models.DateTimeField(_("proven at"), null=True)
    failed_at = models.DateTimeField(null=True)

    vouched_at = models.DateTimeField(null=True)
    vouched_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    vouched_why = models.TextField(_("justification"), blank=True)
    handed_back_at = models.DateTimeField(null=True)
    handed_back_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    handed_back_why = models.TextField(_("correction needed"), blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_why = models.TextField(_("reason for the decision"), blank=True)
    overdue_told_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("revocation request")
        verbose_name_plural = _("revocation requests")
        permissions = [("decide_revocationrequest", "Can decide on revocation requests")]
        indexes = INDEXES
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return f"R-{self.pk}"

    @property
    def number(self) -> str:
        """The request number that people read aloud and that stands on letters."""
        return self.number_of(self.pk)

    @staticmethod
    def number_of(key: int) -> str:
        return f"R-{key:06d}"

    # -- the customer ----------------------------------------------------------------------------------------------

    @transition(
        field=state,
        source=S.DRAFT,
        target=S.IN_REVIEW,
        conditions=[route_needs_review, has_what_it_needs],
        permission=permissions.customer,
    )
    def submit_for_review(self, *, by: User, at: datetime) -> None:
        """F1, F2, F4, A1: submit into the review queue. From here M3 and M4 hold."""
        self._submitted(by, at)
        self.queued_at = at
        self.due_at = at + self.time_to_decide

    @transition(
        field=state,
        source=S.DRAFT,
        target=S.AWAITING_OWNERSHIP,
        conditions=[route_needs_proof, has_what_it_needs],
        permission=permissions.customer,
    )
    def submit_for_proof(self, *, by: User, at: datetime, value: str, file_name: str) -> None:
        """F3: submit; the customer has 72 hours to prove every name (O4)."""
        self._submitted(by, at)
        self.challenge_value, self.challenge_file = value, file_name
        self.ownership_deadline = self.due_at = at + policy.OWNERSHIP_WINDOW

    @transition(
        field=state,
        source=S.DRAFT,
        target=S.APPROVED,
        conditions=[proof_is_waived, has_what_it_needs],
        permission=permissions.customer,
    )
    def submit_exempt(self, *, by: User, at: datetime) -> None:
        """O3: submit and approve at once, since no new proof is needed. The worker sends it to the authority next."""
        self._submitted(by, at)
        self.due_at = at + policy.URGENT

    @transition(field=state, source=S.DRAFT, target=S.DISCARDED, permission=permissions.customer)
    def discard(self, *, by: User, at: datetime) -> None:
        """F6: discard a draft. A submitted request is never discarded (M3)."""
        self.is_open = False
        self.discarded_by, self.discarded_at = by, at

    @transition(
        field=state,
        source=S.HANDED_BACK,
        target=S.IN_REVIEW,
        conditions=[has_what_it_needs],
        permission=permissions.customer,
    )
    def resubmit(self, *, at: datetime) -> None:
        """F8: submit again after a hand-back, with the correction. The clock of R5 has not stopped.

        For an assisted request that began as a proof, the clock starts now, and the proof's deadline is met.
        """
        self.queued_at = at
        if self.handed_back_at is None:
            self.ownership_deadline = None
            self.due_at = at + self.time_to_decide

    @transition(field=state, source=S.AWAITING_OWNERSHIP, target=S.HANDED_BACK, permission=permissions.customer)
    def ask_for_assistance(self, *, situation: str, reason: int, reason_text: str) -> None:
        """A1: continue with evidence and four eyes, since the customer cannot bring the proof.

        M3 and M4 still hold. So does the deadline (O4), by which the evidence must be submitted.
        """
        self.route = policy.Route.A1
        self.situation, self.reason, self.reason_text = situation, reason, reason_text

    @transition(
        field=state,
        source=[S.DRAFT, S.IN_REVIEW, S.HANDED_BACK, S.AWAITING_OWNERSHIP],
        target=S.APPROVED,
        permission=permissions.customer,
    )
    def prove_key(self, *, by: User, at: datetime) -> None:
        """K1: approve, since somebody proved that they hold the private key. It no longer waits for anything else."""
        if self.submitted_at is None:
            self._submitted(by, at)
        self.route, self.reason = policy.Route.K1, KEY_COMPROMISE
        self.proven_at = at
        self.due_at = at + policy.URGENT
        self.queued_at = self.ownership_deadline = None
        self.let_go()
        self.forget_first_approval()

    # -- reviewers -------------------------------------------------------------------------------------------------

    @transition(
        field=state,
        source=S.IN_REVIEW,
        target=S.IN_REVIEW,
        conditions=[is_assisted],
        permission=permissions.sponsor,
    )
    def vouch(self, *, by: User, at: datetime, why: str) -> None:
        """A1: justify the assisted request as one member of staff. Another one decides."""
        self.vouched_by, self.vouched_at, self.vouched_why = by, at, why
        self.let_go()

    @transition(
        field=state,
        source=S.IN_REVIEW,
        target=S.APPROVED,
        conditions=[is_vouched_for, has_first_approval],
        permission=permissions.approver,
    )
    def approve(self, *, by: User, at: datetime, why: str = "") -> None:
        """R1, R2: approve. The worker sends it to the authority next."""
        self._decided(by, at, why)

    @transition(
        field=state,
        source=S.IN_REVIEW,
        target=S.APPROVED,
        conditions=[is_vouched_for, has_first_approval, may_exclude_reissues],
        permission=permissions.approver,
    )
    def approve_original(self, *, by: User, at: datetime, why: str) -> None:
        """N2, R2: approve for the original alone: its key is compromised, and its reissues are healthy."""
        self._decided(by, at, why)

    @transition(field=state, source=[S.IN_REVIEW, S.HANDED_BACK], target=S.REJECTED, permission=permissions.reviewer)
    def reject(self, *, by: User, at: datetime, why: str) -> None:
        """R2: reject. The customer reads why, and the certificate is unlocked (M4)."""
        self._decided(by, at, why)
        self.is_open = False

    @transition(field=state, source=S.IN_REVIEW, target=S.HANDED_BACK, permission=permissions.reviewer)
    def hand_back(self, *, by: User, at: datetime, why: str) -> None:
        """F8: hand the request back for correction. A letter can be uploaded again."""
        self.handed_back_by, self.handed_back_at, self.handed_back_why = by, at, why
        self.queued_at = None
        self.let_go()
        self.forget_first_approval()

    # -- the worker ------------------------------------------------------------------------------------------------

    @transition(
        field=state,
        source=S.AWAITING_OWNERSHIP,
        target=S.APPROVED,
        conditions=[every_name_is_proven],
        permission=permissions.system,
    )
    def prove(self, *, at: datetime) -> None:
        """F3, O4: approve without a reviewer, since every name is proven."""
        self.proven_at = at
        self.ownership_deadline = None
        self.due_at = at + policy.URGENT

    @transition(
        field=state,
        source=[S.AWAITING_OWNERSHIP, S.HANDED_BACK],
        target=S.FAILED,
        conditions=[has_a_deadline],
        permission=permissions.system,
    )
    def fail(self, *, at: datetime) -> None:
        """O4: end the request: no proof in time, and no evidence instead (A1). Its random value is useless now (O6)."""
        self.failed_at = at
        self.ownership_deadline = None
        self.is_open = False

    @transition(field=state, source=S.APPROVED, target=S.REVOKING, permission=permissions.system)
    def begin_revoking(self) -> None:
        """Begin to revoke: the worker has claimed the first order to the authority."""

    @transition(field=state, source=S.REVOKING, target=S.REVOKED, permission=permissions.system)
    def finish(self, *, at: datetime) -> None:
        """M5: complete the request, since every order is proven."""
        self.finished_at = at
        self.is_open = False

    @transition(
        field=state,
        source=[S.DRAFT, S.IN_REVIEW, S.HANDED_BACK, S.AWAITING_OWNERSHIP],
        target=S.OVERTAKEN,
        permission=permissions.system,
    )
    def overtake(self, *, at: datetime) -> None:
        """End the request, since the certificate was revoked outside the portal: nothing is left to send to the CA."""
        self.finished_at = at
        self.queued_at = self.ownership_deadline = None
        self.is_open = False
        self.let_go()

    # -- shared by several transitions ------------------------------------------------------------------------------

    def _submitted(self, by: User, at: datetime) -> None:
        self.submitted_by, self.submitted_at = by, at
        self.reason = self.reason or 0

    def _decided(self, by: User, at: datetime, why: str) -> None:
        self.decided_by, self.decided_at, self.decided_why = by, at, why
        self.queued_at = self.ownership_deadline = None
        self.let_go()


def open_request_of(certificate: Certificate) -> RevocationRequest | None:
    """Return the request that is not over yet, of which a certificate has at most one."""
    found: RevocationRequest | None = RevocationRequest.objects.filter(certificate=certificate, is_open=True).first()
    return found
