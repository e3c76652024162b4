"""K1: blocked keys, which were proven to be compromised. A mere claim blocks nothing."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from revocation.models.certificate.certificate import Certificate
from revocation.models.request.revocation_request import RevocationRequest


class BlockedKey(models.Model):
    """A blocked key, with its first proof. `key_digest`: SHA-256 of the SubjectPublicKeyInfo, as in `Certificate`."""

    key_digest = models.CharField(_("digest of the public key"), max_length=64, unique=True)
    since = models.DateTimeField(_("since"))
    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="+", verbose_name=_("certificate")
    )
    request = models.ForeignKey(
        RevocationRequest, on_delete=models.PROTECT, related_name="+", verbose_name=_("request")
    )

    class Meta:
        verbose_name = _("blocked key")
        verbose_name_plural = _("blocked keys")

    def __str__(self) -> str:
        return self.key_digest
