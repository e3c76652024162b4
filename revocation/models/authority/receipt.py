"""The receipt of a revocation: made once, signed by the portal, never changed, kept with the tombstone (M6)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from revocation.models.authority.order import RevocationOrder


class SigningKey(models.Model):
    """An ECDSA P-256 key pair of the portal. KEY_ENCRYPTION_KEY encrypts the private key at rest.

    Old public keys stay, since receipts name them.
    """

    key_id = models.CharField(max_length=16, unique=True)
    encrypted_pem = models.BinaryField()
    public_pem = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_current"], condition=Q(is_current=True), name="one_current_signing_key")
        ]

    def __str__(self) -> str:
        return self.key_id


class Receipt(models.Model):
    """The receipt as JSON, and its detached signature (ECDSA with SHA-256, DER). Guards refuse every change.

    `pdf`, `pdf_signature`: of receipts that an earlier release made, which drew the PDF at once. Others have theirs in
    `ReceiptPaper`.
    """

    revocation = models.OneToOneField(RevocationOrder, on_delete=models.PROTECT, related_name="paper")
    made_at = models.DateTimeField(_("created at"))
    json = models.BinaryField()
    json_signature = models.BinaryField()
    pdf = models.BinaryField(null=True)
    pdf_signature = models.BinaryField(null=True)
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.CheckConstraint(
                condition=Q(pdf__isnull=True, pdf_signature__isnull=True)
                | Q(pdf__isnull=False, pdf_signature__isnull=False),
                name="receipt_pdf_with_signature",
            )
        ]

    def __str__(self) -> str:
        return str(self.revocation)


class ReceiptPaper(models.Model):
    """The PDF of a receipt, drawn when somebody first asked for it, and its signature by the receipt's key.

    Guards refuse every change: who downloads it twice gets the same bytes.
    """

    receipt = models.OneToOneField(Receipt, on_delete=models.PROTECT, related_name="drawn")
    drawn_at = models.DateTimeField()
    pdf = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        default_permissions = ()
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")

    def __str__(self) -> str:
        return str(self.receipt_id)
