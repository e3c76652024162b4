"""M5, C7: what an authority without an interface told staff about a certificate whose status is not published.

One member of staff writes it down, another confirms it. Their record is the only evidence, and pages and receipt say
so.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from revocation.models.authority.order import RevocationOrder
from revocation.reasons import REASONS


class HandRecord(models.Model):
    """One record by hand. It can be written anew until somebody confirms it.

    `revoked_at`, `reason`: as the authority states them. `note`: where and how it states them.
    """

    order = models.OneToOneField(RevocationOrder, on_delete=models.PROTECT, related_name="hand_record")
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(_("revoked at"))
    reason = models.PositiveSmallIntegerField(_("reason"), choices=[(r.code, r.name) for r in REASONS])
    note = models.TextField(_("note"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    confirmed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("record by hand")
        verbose_name_plural = _("records by hand")
        constraints = [
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{act}_at__isnull": True, f"{act}_by__isnull": True})
                    | Q(**{f"{act}_at__isnull": False, f"{act}_by__isnull": False}),
                    name=f"hand_record_{act}_at_with_by",
                )
                for act in ("recorded", "confirmed")
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("recorded_by")),
                name="four_eyes_hand_record",
            ),
        ]

    def __str__(self) -> str:
        return str(self.order)
