"""Watchers: addresses outside the organisation that get the mails about one certificate."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from revocation.models.certificate.certificate import Certificate


class Watcher(models.Model):
    """An address that gets the mails about one certificate, without what reviewers wrote.

    It need not be a person's address, and it gives no access to the portal (L3).
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.CASCADE, related_name="watchers")
    email = models.EmailField(_("email address"))
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("extra recipient")
        verbose_name_plural = _("extra recipients")
        constraints = [models.UniqueConstraint(fields=["certificate", "email"], name="one_watcher_an_address")]

    def __str__(self) -> str:
        return self.email
