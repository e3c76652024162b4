"""M5: what is published about a certificate, a row for each place that it names (OCSP responders and CRLs)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from revocation.models.authority.order import RevocationOrder


class Place(models.TextChoices):
    OCSP = "ocsp", "OCSP"
    CRL = "crl", "CRL"


class Seen(models.TextChoices):
    YES = "yes", _("revoked")
    NOT_YET = "not_yet", pgettext_lazy("status of a certificate", "not published yet")
    UNREADABLE = "unreadable", _("unreadable")


class StatusObservation(models.Model):
    """What was seen at one address at the last look, and when *revoked* was first seen there.

    `revoked_at`, `reason`, `crl_number`, `this_update`, `next_update`: what the signed answer said when *revoked* was
    first seen; before that, at the last look. `problem`: why the answer could not be read, with its code when the words
    are the portal's own (`revocation.messages`).
    """

    revocation = models.ForeignKey(RevocationOrder, on_delete=models.CASCADE, related_name="observations")
    place = models.CharField(_("place"), max_length=4, choices=Place.choices)
    url = models.TextField(_("address"))
    outcome = models.CharField(_("status"), max_length=10, choices=Seen.choices)
    problem = models.TextField(_("problem"), blank=True)
    problem_code = models.CharField(max_length=40, blank=True, default="")
    problem_params = models.JSONField(default=dict)
    looked_at = models.DateTimeField(_("last checked"))
    seen_at = models.DateTimeField(_("published since"), null=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    reason = models.PositiveSmallIntegerField(_("reason"), null=True)
    crl_number = models.CharField(_("CRL number"), max_length=50, blank=True)
    this_update = models.DateTimeField(pgettext_lazy("status of a certificate", "published at"), null=True)
    next_update = models.DateTimeField(_("next update"), null=True)

    class Meta:
        db_table = "revocation_sighting"
        verbose_name = _("status observation")
        verbose_name_plural = _("status observations")
        constraints = [
            models.UniqueConstraint(fields=["revocation", "place", "url"], name="one_sighting_a_place"),
            models.CheckConstraint(
                condition=models.Q(outcome="yes", seen_at__isnull=False) | ~models.Q(outcome="yes"),
                name="seen_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.url}"
