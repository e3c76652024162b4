"""Where a certificate is in use: what each of its names served when the portal last looked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from revocation.models.certificate.certificate import Certificate
from revocation.models.due import Queue
from revocation.outbound import failure


class Served(models.TextChoices):
    THIS = "this", _("uses this certificate")
    NEWER = "newer", _("already uses a newer certificate")
    OTHER = "other", _("uses another certificate")
    NOTHING = "nothing", _("no answer")


class ServedCertificate(models.Model):
    """What one name serves. `look_at`: when a look is due, None when it was made. `outcome`: empty before the first.

    `same_key`: the name serves another certificate with the same key. `code`, `params`: why nothing was seen (`code` is
    a key of `outbound.failure.MESSAGES`). `address`: the address that answered.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.CASCADE, related_name="served_certificates")
    name = models.CharField(_("name"), max_length=253)
    asked_at = models.DateTimeField(_("requested at"))
    look_at = models.DateTimeField(null=True, db_index=True)
    looked_at = models.DateTimeField(_("checked at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Served.choices, blank=True)
    same_key = models.BooleanField(default=False)
    shown_not_before = models.DateTimeField(null=True)
    address = models.CharField(max_length=45, blank=True)
    code = models.CharField(max_length=40, blank=True)
    params = models.JSONField(default=dict)

    objects = models.Manager()
    to_look_at = Queue("look_at")

    class Meta:
        db_table = "revocation_livelook"
        verbose_name = _("served certificate")
        verbose_name_plural = _("served certificates")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["certificate", "name"], name="one_live_look_a_name")]

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}"

    @property
    def why(self) -> str:
        """Why nothing was seen, as a sentence in the reader's language."""
        return failure.MESSAGES.sentence({"code": self.code, "params": self.params})
