"""Records that the portal publishes at a DNS provider for a proof (`dns_auto`, `dns_proxy`), a row for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from revocation.models.certificate.brand import ProofRecord
from revocation.models.due import Queue
from revocation.models.request.revocation_request import RevocationRequest
from revocation.models.state_machine import StateMachineModel
from revocation.ownership.providers.interface import MESSAGES


class PublicationState(models.TextChoices):
    TO_PUBLISH = "to_publish", _("to publish")
    PUBLISHED = "published", _("published")
    TO_REMOVE = "to_remove", _("to remove")
    REMOVED = "removed", _("removed")
    FAILED = "failed", _("refused by the DNS provider")


S = PublicationState


class Publication(StateMachineModel):
    """One record of one request. Its `proofs` look for it: a name and its wildcard share a record.

    `next_attempt_at`: when the worker has something to do, None for nothing. `lease_until`: a worker holds it until
    then. `withdrawn_at`: since when it is no longer wanted. `problem`: code and params of the provider's last failure.
    """

    request = models.ForeignKey(RevocationRequest, on_delete=models.CASCADE, related_name="publications")
    state = FSMField(_("state"), default=S.TO_PUBLISH, choices=S.choices, protected=True)
    provider = models.SlugField(_("DNS provider"))
    name = models.CharField(_("name"), max_length=255)
    kind = models.CharField(_("record"), max_length=5, choices=ProofRecord.choices)
    value = models.CharField(_("value"), max_length=255)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    published_at = models.DateTimeField(pgettext_lazy("DNS record", "published at"), null=True)
    withdrawn_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(_("removed at"), null=True)
    problem = models.JSONField(default=dict)

    objects = models.Manager()
    to_carry_out = Queue("next_attempt_at", lease="lease_until", counts="attempts")

    class Meta:
        verbose_name = _("published record")
        verbose_name_plural = _("published records")
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="publication_due"
            ),
            models.Index(fields=["id"], condition=Q(withdrawn_at__isnull=True), name="publication_wanted"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["request", "name"], name="one_publication_a_name"),
            models.CheckConstraint(
                condition=~Q(state=PublicationState.REMOVED)
                | Q(removed_at__isnull=False, next_attempt_at__isnull=True),
                name="publication_removed_is_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.kind}"

    @property
    def sentence(self) -> str:
        """The provider's last failure in the reader's language; '' when there is none."""
        return MESSAGES.sentence(self.problem)

    # -- transitions ------------------------------------------------------------------------------------------------

    @transition(field=state, source=S.TO_PUBLISH, target=S.PUBLISHED)
    def publish(self, *, at: datetime) -> None:
        self.published_at, self.problem = at, {}
        self._rest()

    @transition(field=state, source=[S.TO_PUBLISH, S.PUBLISHED, S.REMOVED], target=S.TO_REMOVE)
    def withdraw(self, *, at: datetime) -> None:
        """Have the record removed, since it is no longer wanted.

        It is removed even if the portal does not know whether it was written, or if a slow worker wrote it after its
        removal.
        """
        self.withdrawn_at = self.withdrawn_at or at
        self.next_attempt_at, self.removed_at, self.attempts = at, None, 0

    @transition(field=state, source=S.TO_REMOVE, target=S.REMOVED)
    def remove(self, *, at: datetime) -> None:
        self.removed_at, self.problem = at, {}
        self._rest()

    @transition(field=state, source=[S.TO_PUBLISH, S.TO_REMOVE], target=S.FAILED)
    def fail(self, *, problem: dict[str, Any]) -> None:
        """Give up, since the provider refused. A person must read `problem`."""
        self.problem = problem
        self._rest()

    def _rest(self) -> None:
        self.next_attempt_at, self.lease_until = None, None
