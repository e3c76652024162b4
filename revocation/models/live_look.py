"""Is it still in use? What each name of a certificate served when the portal last looked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from revocation.models.certificate import Certificate
from revocation.outbound import failure


class Served(models.TextChoices):
    THIS = "this", _("serves this certificate")
    NEWER = "newer", _("serves a newer one already")
    OTHER = "other", _("serves another certificate")
    NOTHING = "nothing", _("no answer")


class LiveLook(models.Model):
    """One name. `look_at`: a look is due then; empty when it was made. `outcome` is empty until the first look.

    `same_key`: the other certificate has the key of this one. `code` and `params`: why nothing was seen, a key of
    `outbound.failure.SENTENCES`. `address`: who answered.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.CASCADE, related_name="live_looks")
    name = models.CharField(_("name"), max_length=253)
    asked_at = models.DateTimeField(_("asked at"))
    look_at = models.DateTimeField(null=True, db_index=True)
    looked_at = models.DateTimeField(_("looked at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Served.choices, blank=True)
    same_key = models.BooleanField(default=False)
    shown_not_before = models.DateTimeField(null=True)
    address = models.CharField(max_length=45, blank=True)
    code = models.CharField(max_length=40, blank=True)
    params = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("look at a name")
        verbose_name_plural = _("looks at names")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["certificate", "name"], name="one_live_look_a_name")]

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}"

    @property
    def why(self) -> str:
        """Why nothing was seen, a sentence in the reader's language."""
        return gettext(failure.SENTENCES[self.code]) % self.params if self.code in failure.SENTENCES else ""
