"""Discrepancies: the portal says something else about a certificate than an authority publishes.

The comparison finds them. They are kept, and are over when both sides agree again.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from revocation.models.certificate.certificate import Certificate
from revocation.models.certificate.status_point import StatusPoint


class DiscrepancyKind(models.TextChoices):
    REVOKED_ELSEWHERE = "revoked_elsewhere", _("revoked outside the portal")
    ON_HOLD = "on_hold", _("on hold outside the portal (not a revocation)")
    NOT_REVOKED = "not_revoked", _("revoked here, but no longer published")


class Discrepancy(models.Model):
    """One discrepancy. `revoked_at`, `reason`, `crl_number`, `this_update`: what the signed answer says.

    When the portal takes over what the authority says at once, the discrepancy is over from the start.
    """

    certificate = models.ForeignKey(
        Certificate, on_delete=models.CASCADE, related_name="discrepancies", verbose_name=_("certificate")
    )
    point = models.ForeignKey(StatusPoint, on_delete=models.PROTECT, related_name="+", verbose_name=_("place"))
    kind = models.CharField(_("discrepancy"), max_length=20, choices=DiscrepancyKind.choices)
    found_at = models.DateTimeField(_("found"))
    over_at = models.DateTimeField(_("resolved at"), null=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    reason = models.PositiveSmallIntegerField(_("reason"), null=True)
    crl_number = models.CharField(_("CRL number"), max_length=50, blank=True)
    this_update = models.DateTimeField(pgettext_lazy("status of a certificate", "published at"))

    class Meta:
        db_table = "revocation_difference"
        verbose_name = _("discrepancy")
        verbose_name_plural = _("discrepancies")
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "kind"], condition=Q(over_at__isnull=True), name="one_open_difference_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.certificate_id}"
