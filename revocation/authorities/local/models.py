"""The authority's own truth: who it is, what it issued, what it revoked, what it published."""

from django.db import models
from django.db.models import F, Q

from revocation.pki.openssl import SM2_EMPTY_ID


class Algorithm(models.TextChoices):
    """The key of an authority; the certificates of an sm2 authority are sm2 ones."""

    ECDSA = "ecdsa", "ECDSA P-256 with SHA-256"
    RSA = "rsa", "RSA 2048 with SHA-256"
    SM2 = "sm2", "SM2 with SM3"


class LocalAuthority(models.Model):
    """One embedded authority with its current CRL.

    The CRL is out of date while `revocations` (bumped in the transaction of each revocation) is ahead of
    `crl_covers` (what it was when the published CRL was put together).
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    algorithm = models.CharField(max_length=8, choices=Algorithm)
    certificate_der = models.BinaryField()
    subject_sha256 = models.CharField(max_length=64, db_index=True)
    key_identifier = models.CharField(max_length=64, db_index=True)
    encrypted_key = models.BinaryField()
    status_distid = models.CharField(max_length=64, blank=True, default=SM2_EMPTY_ID)

    revocations = models.PositiveBigIntegerField(default=0)
    crl_number = models.PositiveBigIntegerField(default=0)
    crl_covers = models.PositiveBigIntegerField(default=0)
    crl_der = models.BinaryField(blank=True, default=b"")
    crl_this_update = models.DateTimeField(null=True, blank=True)
    crl_next_update = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "local authorities"
        constraints = [
            models.CheckConstraint(
                name="local_authority_crl_whole",
                condition=Q(crl_number=0, crl_this_update=None, crl_next_update=None)
                | Q(crl_number__gt=0, crl_this_update__isnull=False, crl_next_update__isnull=False),
            ),
            models.CheckConstraint(
                name="local_authority_crl_covers_past", condition=Q(crl_covers__lte=F("revocations"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class IssuedCertificate(models.Model):
    """One certificate that a local authority issued; revoked or not, for good.

    `crl_entry` is the DER of its CRL entry (RFC 5280 section 5.1.2.6), written once, at revocation.
    """

    authority = models.ForeignKey(LocalAuthority, on_delete=models.PROTECT, related_name="certificates")
    serial_number = models.CharField(max_length=40, help_text="Lower-case hexadecimal without leading zeros.")
    certificate_der = models.BinaryField()
    not_after = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = models.PositiveSmallIntegerField(null=True, blank=True)
    crl_entry = models.BinaryField(null=True, blank=True)
    revoke_calls = models.PositiveIntegerField(default=0)
    effective_revocations = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="issued_certificate_serial_once", fields=["authority", "serial_number"]),
            models.CheckConstraint(
                name="issued_certificate_revoked_whole",
                condition=Q(revoked_at=None, reason=None, crl_entry=None, effective_revocations=0)
                | Q(
                    revoked_at__isnull=False,
                    reason__isnull=False,
                    crl_entry__isnull=False,
                    effective_revocations=1,
                ),
            ),
        ]
        indexes = [
            models.Index(
                name="issued_certificate_revoked",
                fields=["authority", "not_after"],
                condition=Q(revoked_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.authority_id}/{self.serial_number}"
