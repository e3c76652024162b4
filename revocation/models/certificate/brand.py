"""Brands are data: a new one needs a row here, and a change of `policy.Route` only if its certificates go elsewhere."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProofRecord(models.TextChoices):
    TXT = "TXT"
    CNAME = "CNAME"


class Brand(models.Model):
    """The product family that was bought. The table of routes names its `slug`."""

    slug = models.SlugField(_("short name"), primary_key=True)
    name = models.CharField(_("name"), max_length=100)
    proof_record = models.CharField(
        _("record type in DNS proofs (O1)"),
        max_length=5,
        choices=ProofRecord.choices,
        default=ProofRecord.TXT,
    )

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
