"""A1: the files by which a customer justifies an assisted request. They are inspected and stored like letters."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from revocation.models.request.letter import PagedFile
from revocation.models.request.revocation_request import RevocationRequest


class Evidence(PagedFile):
    """One file of the evidence. The same file twice is kept once.

    `erased_at`: when the file was deleted with the certificate; the digest stays (M6).
    """

    request = models.ForeignKey(RevocationRequest, on_delete=models.PROTECT, related_name="evidence")
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    uploaded_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["request", "sha256"], name="one_evidence_a_file")]
        indexes = [models.Index(fields=["sha256", "request"], name="evidence_digest")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the file, a new one with the digests of its pictures, by which a reuse is found (R7)."""
        is_new = self._state.adding
        super().save(*args, **kwargs)
        if is_new:
            digests = dict.fromkeys(page["sha256"] for page in self.pages)
            EvidencePicture.objects.bulk_create(EvidencePicture(evidence=self, sha256=digest) for digest in digests)


class EvidencePicture(models.Model):
    """R7: the digest of a page's picture, by which a reuse of the page is found."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="digests", db_index=False)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evidence", "sha256"], name="one_digest_a_picture")]
        indexes = [models.Index(fields=["sha256", "evidence"], name="evidence_picture_digest")]

    def __str__(self) -> str:
        return self.sha256
