"""The authority's own tables: who it is, what it issued, what it revoked, what it published."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from django.db import models
from django.db.models import F, Q

from revocation.pki.openssl import SM2_EMPTY_ID

SHARDS = 16
"""The number of CRL shards of a new authority (RFC 5280 section 5.2.5)."""


class Algorithm(models.TextChoices):
    """The key of an authority; the certificates of an sm2 authority are sm2 ones."""

    ECDSA = "ecdsa", "ECDSA P-256 with SHA-256"
    RSA = "rsa", "RSA 2048 with SHA-256"
    SM2 = "sm2", "SM2 with SM3"


class CrlRow(models.Model):
    """A CRL as it was last put together.

    It is out of date while `revocations` (bumped in the transaction of each revocation in its scope) is ahead of
    `crl_covers` (its value when the CRL was put together). `crl_layout`: how its entries stand (`edition.Layout`).

    The bytes are in a table of their own. SQLite reads a whole row to change one number in it, and the complete CRL may
    have many megabytes.
    """

    revocations = models.PositiveBigIntegerField(default=0)
    crl_number = models.PositiveBigIntegerField(default=0)
    crl_covers = models.PositiveBigIntegerField(default=0)
    earlier_der = models.BinaryField(blank=True, default=b"", db_column="crl_der")
    crl_layout = models.JSONField(null=True, blank=True)
    crl_this_update = models.DateTimeField(null=True, blank=True)
    crl_next_update = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def crl_der(self) -> bytes:
        """The DER of the stored edition, read when it is asked for. Empty before the first.

        A worker of an earlier release that still runs puts its editions into the row.
        """
        kept: CrlBytes | None = getattr(self, "crl", None)
        return bytes(self.earlier_der if kept is None or kept.number < self.crl_number else kept.der)


CRL_WHOLE = Q(crl_number=0, crl_this_update=None, crl_next_update=None) | Q(
    crl_number__gt=0, crl_this_update__isnull=False, crl_next_update__isnull=False
)
CRL_COVERS_PAST = Q(crl_covers__lte=F("revocations"))


Row = TypeVar("Row", bound=models.Model)


class WithoutCrls(models.Manager[Row]):
    """Rows without what earlier releases kept in them."""

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().defer("earlier_der")


class LocalAuthority(CrlRow):
    """One embedded authority, and its complete CRL: every certificate it ever issued is in its scope."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    algorithm = models.CharField(max_length=8, choices=Algorithm)
    certificate_der = models.BinaryField()
    subject_sha256 = models.CharField(max_length=64, db_index=True)
    key_identifier = models.CharField(max_length=64, db_index=True)
    encrypted_key = models.BinaryField()
    status_distid = models.CharField(max_length=64, blank=True, default=SM2_EMPTY_ID)
    shards = models.PositiveSmallIntegerField(default=SHARDS, db_default=SHARDS)

    objects: ClassVar[models.Manager[LocalAuthority]] = WithoutCrls()

    class Meta:
        verbose_name_plural = "local authorities"
        constraints = [
            models.CheckConstraint(name="local_authority_crl_whole", condition=CRL_WHOLE),
            models.CheckConstraint(name="local_authority_crl_covers_past", condition=CRL_COVERS_PAST),
            models.CheckConstraint(name="local_authority_has_shards", condition=Q(shards__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class CrlShard(CrlRow):
    """The CRL of the certificates whose distribution point is this shard's address."""

    authority = models.ForeignKey(LocalAuthority, on_delete=models.PROTECT, related_name="crl_shards")
    number = models.PositiveSmallIntegerField()

    objects: ClassVar[models.Manager[CrlShard]] = WithoutCrls()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="crl_shard_once", fields=["authority", "number"]),
            models.CheckConstraint(name="crl_shard_whole", condition=CRL_WHOLE),
            models.CheckConstraint(name="crl_shard_covers_past", condition=CRL_COVERS_PAST),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id}/{self.number}"


class CrlBytes(models.Model):
    """The DER of edition `number` of a CRL."""

    number = models.PositiveBigIntegerField()
    der = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"edition {self.number}"


class AuthorityCrl(CrlBytes):
    """The bytes of a complete CRL."""

    row = models.OneToOneField(LocalAuthority, on_delete=models.CASCADE, primary_key=True, related_name="crl")


class ShardCrl(CrlBytes):
    """The bytes of a shard's CRL."""

    row = models.OneToOneField(CrlShard, on_delete=models.CASCADE, primary_key=True, related_name="crl")


class IssuedCertificate(models.Model):
    """One certificate that a local authority issued. A revoked one stays revoked.

    `crl_entry` is the DER of its CRL entry (RFC 5280 section 5.1.2.6), written once, at revocation. `shard` is None
    where the certificate names the complete CRL as its distribution point (issued before there were shards).
    """

    authority = models.ForeignKey(LocalAuthority, on_delete=models.PROTECT, related_name="certificates")
    serial_number = models.CharField(max_length=40, help_text="Lower-case hexadecimal without leading zeros.")
    certificate_der = models.BinaryField()
    not_after = models.DateTimeField()
    shard = models.PositiveSmallIntegerField(null=True, blank=True)
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
            ),
            models.Index(
                name="issued_certificate_in_shard",
                fields=["authority", "shard", "not_after"],
                condition=Q(revoked_at__isnull=False),
            ),
            models.Index(
                name="issued_certificate_lately",
                fields=["authority", "revoked_at"],
                condition=Q(revoked_at__isnull=False),
            ),
            models.Index(
                name="issued_shard_lately",
                fields=["authority", "shard", "revoked_at"],
                condition=Q(revoked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority_id}/{self.serial_number}"


class OcspSigner(models.Model):
    """A key that the authority appointed to sign OCSP responses for a short time (RFC 6960 section 4.2.2.2)."""

    authority = models.ForeignKey(LocalAuthority, on_delete=models.CASCADE, related_name="ocsp_signers")
    certificate_der = models.BinaryField()
    encrypted_key = models.BinaryField()
    not_after = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="ocsp_signer_newest", fields=["authority", "-not_after"])]

    def __str__(self) -> str:
        return f"{self.authority_id} until {self.not_after}"


class StoredAnswer(models.Model):
    """A signed OCSP response about one certificate, kept to be given again. `hash_name`: of its CertID.

    It is given only while it says what the certificate's row says (`says_revoked`).
    """

    issued = models.ForeignKey(IssuedCertificate, on_delete=models.CASCADE, related_name="answers")
    hash_name = models.CharField(max_length=8)
    response_der = models.BinaryField()
    says_revoked = models.BooleanField()
    this_update = models.DateTimeField()
    next_update = models.DateTimeField()
    renew_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="stored_answer_once", fields=["issued", "hash_name"])]

    def __str__(self) -> str:
        return f"{self.issued_id} {self.hash_name}"
