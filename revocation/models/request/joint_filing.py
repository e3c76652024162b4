"""Joint filings: requests of one organisation for several certificates, with one form and one letter a route."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Customer


class JointFiling(models.Model):
    """The link between its requests (`RevocationRequest.filed_with`). Each has its own state, refusals and decision."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="joint_filings")
    filed_at = models.DateTimeField(default=timezone.now)
    filed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("joint filing")
        verbose_name_plural = _("joint filings")

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number that people read aloud and that stands on the letter of all its requests."""
        return f"J-{self.pk:06d}"
