"""Ownership proofs of route F3, one row for each name (O5)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from revocation.models.certificate.brand import ProofRecord
from revocation.models.certificate.certificate import ValidationMethod
from revocation.models.due import Queue
from revocation.models.ownership.publication import Publication
from revocation.models.request.revocation_request import RevocationRequest
from revocation.ownership.sentences import MESSAGES


class ManualMethod(models.TextChoices):
    """The two methods of a check. Each automatic method falls back to one of them (O2)."""

    DNS = "dns", _("DNS record")
    FILE = "file", _("file on the web server")


V = ValidationMethod
AUTOMATIC = [(method.value, method.label) for method in (V.DNS_AUTO, V.DNS_PROXY, V.FILE_PROXY)]


class NameProof(models.Model):
    """One name to prove. `outcome`: what the last check looked for, where, what it found, what to change (O7).

    `method`: how a check looks for the proof. `automatic`: the portal itself puts the proof there, until
    `automatic_until`; then the customer must do it by hand (O2). `publication`: the record that the portal publishes.
    `next_check_at`: None once the name is proven or the request has ended. `asked_at`: the customer pressed *Check
    now*. `lease_until`: a worker is checking until then. `checked_at`: when the last check began.
    """

    request = models.ForeignKey(RevocationRequest, on_delete=models.CASCADE, related_name="name_proofs")
    name = models.CharField(_("name"), max_length=255)
    method = models.CharField(_("method"), max_length=4, choices=ManualMethod.choices)
    automatic = models.CharField(_("automatic method"), max_length=10, choices=AUTOMATIC, blank=True)
    automatic_until = models.DateTimeField(null=True)
    publication = models.ForeignKey(Publication, on_delete=models.SET_NULL, null=True, related_name="proofs")
    attempts = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)
    proven_at = models.DateTimeField(null=True)
    proven_through = models.CharField(max_length=255, blank=True)

    objects = models.Manager()
    to_check = Queue("next_check_at", lease="lease_until")

    class Meta:
        verbose_name = _("proof of a name")
        verbose_name_plural = _("proofs of names")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="name_proof_due"),
            models.Index(
                fields=["automatic_until"], condition=Q(automatic_until__isnull=False), name="name_proof_automatic"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["request", "name"], name="one_proof_a_name"),
            models.CheckConstraint(
                condition=~(Q(name__startswith="*.") & Q(method="file")), name="wildcards_by_dns_only"
            ),
            models.CheckConstraint(
                condition=Q(automatic="")
                | Q(automatic__in=[V.DNS_AUTO, V.DNS_PROXY], method="dns")
                | Q(automatic=V.FILE_PROXY, method="file"),
                name="automatic_method_looks_as_it_publishes",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sentence(self) -> str:
        """What the last check found and what to change, in the reader's language; '' before the first check."""
        return MESSAGES.sentence(self.outcome)

    @property
    def mistakes(self) -> list[str]:
        """What else the last check noticed, in the reader's language."""
        return [sentence for sentence in map(MESSAGES.sentence, self.outcome.get("also", [])) if sentence]

    @property
    def sights(self) -> list[dict[str, Any]]:
        """What each perspective and server saw at the last check (`revocation.ownership.sight`)."""
        seen: list[dict[str, Any]] = self.outcome.get("sights", [])
        return seen


def record_kind(automatic: str, proof_record: str) -> str:
    """O1: return the record type: TXT, or CNAME if the brand demands it.

    Behind a delegation it is always TXT, since the delegation itself is a CNAME.
    """
    return ProofRecord.TXT if automatic == V.DNS_PROXY else proof_record
