"""The account at each ACME authority, and what the authority was asked to revoke."""

from django.db import models
from django.db.models import Q


class AcmeAccount(models.Model):
    """The portal's account at one authority. Keys are PKCS #8, encrypted with `settings.KEY_ENCRYPTION_KEY`.

    `next_encrypted_key` is set while the key is being changed: until the authority has confirmed one of them, both are
    kept (RFC 8555 section 7.3.5).
    """

    slug = models.SlugField(unique=True)
    directory = models.URLField(max_length=500)
    uri = models.URLField(max_length=500, blank=True, default="")
    encrypted_key = models.BinaryField()
    next_encrypted_key = models.BinaryField(null=True, blank=True)
    created_at = models.DateTimeField()
    key_since = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug


class AcmeRevocation(models.Model):
    """One certificate that the authority was asked to revoke: written before it is asked, completed by its answer.

    A later call, after a crash or for another reason, sends this reason. `done_at`: when the authority answered *done*.
    Without it, *already revoked* was its first answer, and neither time nor reason are ours to state (C7).
    `unanswered`: a call was made whose answer was never noted.
    """

    slug = models.SlugField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256, upper-case hexadecimal.")
    reason = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    unanswered = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="acme_revocation_once", fields=["slug", "fingerprint"]),
            models.CheckConstraint(
                name="acme_revocation_asked_first",
                condition=Q(answered_at=None) | Q(answered_at__gte=models.F("asked_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.fingerprint}"
