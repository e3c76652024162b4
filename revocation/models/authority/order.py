"""The order to the issuing authority: one for each certificate, with its own call and its own result (N2, M5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from revocation.messages import Words, in_english, kept
from revocation.models.certificate.certificate import Certificate
from revocation.models.due import Queue
from revocation.models.request.revocation_request import RevocationRequest
from revocation.models.state_machine import StateMachineModel
from revocation.reasons import REASONS

RECEIPT_PATIENCE = timedelta(minutes=10)
"""How long the receipt waits for places that do not show the revocation yet. It is made once, with all that do."""


class OrderState(models.TextChoices):
    DUE = "due", _("not sent to the CA yet")
    WAITING = "waiting", _("waiting for the CA or staff")
    STUCK = "stuck", _("refused by the CA, needs staff")
    CONFIRMED = "confirmed", _("confirmed by the CA, not published yet")
    PROVEN = "proven", _("revoked")


class ProvenThrough(models.TextChoices):
    """What made *confirmed* into *revoked*. All but the first are for certificates that name no place to look at."""

    SIGHTING = "sighting", _("published at the addresses in the certificate")
    STATUS = "status", _("CA's register only, not public")
    WORD = "word", _("CA's confirmation only, not public")
    HAND = "hand", _("recorded by hand by two members of staff, not public")


class RevocationOrder(StateMachineModel):
    """One order, made at approval.

    `next_attempt_at`: when it is sent next, None when there is nothing to send. `lease_until`: until when the worker
    that claimed it is believed to be alive. `next_look_at`: when its publication is checked next, None when there is
    nothing to look for.

    There are three reasons. `reason` is the requested one. `reason_sent` goes to the authority. It is written before
    the first call and is the same in every call. `reason_confirmed` is the authority's answer. `unstated`: the
    authority did not say since when or why (C7).
    """

    request = models.ForeignKey(RevocationRequest, on_delete=models.PROTECT, related_name="revocations")
    certificate = models.OneToOneField(
        Certificate, verbose_name=_("certificate"), on_delete=models.PROTECT, related_name="revocation"
    )
    state = FSMField(_("state"), default=OrderState.DUE, choices=OrderState.choices, protected=True)
    reason = models.PositiveSmallIntegerField(_("reason"), choices=[(r.code, r.name) for r in REASONS])
    reason_sent = models.PositiveSmallIntegerField(_("reason sent"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    lease_until = models.DateTimeField(null=True)
    message = models.TextField(_("CA's message"), blank=True)
    message_code = models.CharField(max_length=40, blank=True)
    message_params = models.JSONField(default=dict)
    recorded_by_hand_at = models.DateTimeField(null=True)
    recorded_by_hand_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    reason_confirmed = models.PositiveSmallIntegerField(_("reason confirmed"), null=True)
    unstated = models.BooleanField(_("time or reason not stated"), default=False, db_default=False)
    receipt = models.JSONField(_("CA's answer"), null=True)
    next_look_at = models.DateTimeField(_("next check"), null=True)
    looks = models.PositiveIntegerField(_("checks"), default=0)
    visible_by = models.DateTimeField(_("publication expected by"), null=True)
    late_told_at = models.DateTimeField(null=True)
    proven_at = models.DateTimeField(_("proven at"), null=True)
    receipt_due_at = models.DateTimeField(null=True)
    proven_through = models.CharField(_("proven through"), max_length=8, choices=ProvenThrough.choices, blank=True)

    objects = models.Manager()
    to_dispatch = Queue("next_attempt_at", lease="lease_until", counts="attempts")
    to_check = Queue("next_look_at", counts="looks")
    to_receipt = Queue("receipt_due_at")

    class Meta:
        db_table = "revocation_revocation"
        verbose_name = _("order to a CA")
        verbose_name_plural = _("orders to CAs")
        permissions = [("retry_revocation", "Can ask an authority again and record revocations by hand")]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="revocation_due"),
            models.Index(fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="revocation_look_due"),
            models.Index(fields=["id"], condition=Q(proven_at__isnull=True), name="revocation_unproven"),
            models.Index(
                fields=["receipt_due_at"], condition=Q(receipt_due_at__isnull=False), name="revocation_receipt_due"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=[OrderState.CONFIRMED, OrderState.PROVEN])
                | Q(receipt__isnull=False, confirmed_at__isnull=False)
                & (Q(revoked_at__isnull=False) | Q(unstated=True)),
                name="confirmed_revocation_has_receipt",
            ),
            models.CheckConstraint(
                condition=Q(state=OrderState.PROVEN, proven_at__isnull=False) & ~Q(proven_through="")
                | ~Q(state=OrderState.PROVEN) & Q(proven_at__isnull=True, proven_through=""),
                name="proven_revocation_says_through_what",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by_hand_at__isnull=True, recorded_by_hand_by__isnull=True)
                | Q(recorded_by_hand_at__isnull=False, recorded_by_hand_by__isnull=False),
                name="revocation_recorded_by_hand_at_with_by",
            ),
        ]

    def __str__(self) -> str:
        return str(self.certificate)

    def say(self, words: Words) -> None:
        """Keep the latest words about the order: the portal's own with their code (for translation), or quoted ones."""
        for name, value in self.columns_of(words).items():
            setattr(self, name, value)

    @staticmethod
    def columns_of(words: Words) -> dict[str, Any]:
        """Return the columns that keep the latest words about an order."""
        own = kept(words)
        return {
            "message": in_english(words),
            "message_code": own.get("code", ""),
            "message_params": own.get("params", {}),
        }

    @property
    def is_waiting(self) -> bool:
        """Whether the order waits for the authority or for staff."""
        return bool(self.state == OrderState.WAITING)

    @property
    def is_confirmed(self) -> bool:
        """Whether the authority has confirmed the revocation, and it is not proven yet."""
        return bool(self.state == OrderState.CONFIRMED)

    @property
    def is_set_aside(self) -> bool:
        """Whether the worker has nothing more to do with the order: it waits for a person."""
        plans = (self.next_attempt_at, self.next_look_at, self.receipt_due_at)
        return bool(self.state == OrderState.STUCK and plans == (None, None, None))

    @transition(field=state, source=[OrderState.DUE, OrderState.WAITING], target=OrderState.WAITING)
    def wait(self, *, words: Words, next_attempt_at: datetime) -> None:
        """Wait for the authority, which has the order, or for staff; ask again at `next_attempt_at`."""
        self.say(words)
        self.next_attempt_at, self.lease_until = next_attempt_at, None

    @transition(field=state, source=[OrderState.DUE, OrderState.WAITING], target=OrderState.DUE)
    def postpone(self, *, words: Words, next_attempt_at: datetime) -> None:
        """Send the order again at `next_attempt_at`, after an outage."""
        self.say(words)
        self.next_attempt_at, self.lease_until = next_attempt_at, None

    @transition(field=state, source=[OrderState.DUE, OrderState.WAITING], target=OrderState.STUCK)
    def stick(self, *, words: Words) -> None:
        """Stop after a refusal that a person must read."""
        self.say(words)
        self.next_attempt_at, self.lease_until = None, None

    @transition(
        field=state,
        source=[OrderState.DUE, OrderState.WAITING, OrderState.STUCK, OrderState.CONFIRMED],
        target=OrderState.DUE,
    )
    def retry(self, *, at: datetime) -> None:
        """Send the order again now, since staff ask for it.

        A confirmed order whose revocation is not published is sent again too, with the same reason.
        """
        self.next_attempt_at, self.lease_until, self.next_look_at = at, None, None

    @transition(field=state, source=[OrderState.DUE, OrderState.WAITING, OrderState.STUCK], target=OrderState.CONFIRMED)
    def confirm(
        self,
        *,
        revoked_at: datetime | None,
        reason: int | None,
        receipt: dict[str, Any],
        at: datetime,
        answered: datetime,
        visible_by: datetime,
        words: Words = "",
    ) -> None:
        """Keep the authority's confirmation, which came at `answered`, and begin to look for the publication."""
        self.revoked_at, self.reason_confirmed, self.receipt = revoked_at, reason, receipt
        self.unstated = revoked_at is None or reason is None
        self.confirmed_at = self.confirmed_at or answered
        self.say(words)
        self.next_attempt_at, self.lease_until = None, None
        self.next_look_at, self.visible_by = at, self.visible_by or visible_by

    @transition(field=state, source=list(OrderState), target=OrderState.STUCK)
    def set_aside(self, *, words: Words) -> None:
        """L6: stop an order that nothing warrants. It is not sent, and nothing that its row claims is believed."""
        self.say(words)
        self.next_attempt_at = self.lease_until = self.next_look_at = self.receipt_due_at = None
        self.proven_at, self.proven_through = None, ""

    @transition(field=state, source=OrderState.CONFIRMED, target=OrderState.PROVEN)
    def prove(self, *, at: datetime, through: ProvenThrough) -> None:
        """M5: mark it as proven: the revocation was seen published, or `through` says what stands in for that."""
        self.proven_at, self.proven_through = at, through
        self.receipt_due_at = at + RECEIPT_PATIENCE
