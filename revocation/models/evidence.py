"""A1: what a customer sends to show that an assisted request is justified; looked at and stored as letters are."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from revocation.models.letter import LetterFile
from revocation.models.request import RevocationRequest


class Evidence(LetterFile):
    """One file of several. `pages`: pictures that the server made at upload, as in `HeldLetter`. The same file twice is
    one. `erased_at`: the file is gone with the certificate, the digest stays (M6)."""

    request = models.ForeignKey(RevocationRequest, on_delete=models.PROTECT, related_name="evidence")
    pages = models.JSONField(default=list)
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    uploaded_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["request", "sha256"], name="one_evidence_a_file")]

    @property
    def stored_names(self) -> list[str]:
        """All objects in the store that belong to it."""
        return [self.stored_as, *(page["stored_as"] for page in self.pages)]
