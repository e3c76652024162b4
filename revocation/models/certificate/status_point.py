"""Places of publication that certificates name, a row each, with the progress of the comparison with them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from revocation.messages import Message, Words, in_english, kept
from revocation.models.due import Queue


class PointKind(models.TextChoices):
    CRL = "crl", "CRL"
    OCSP = "ocsp", "OCSP"
    OTHER = "other", _("no http or https address")
    NONE = "none", _("no address")


COMPARED = (PointKind.CRL, PointKind.OCSP)
"""The kinds of places that can be compared with."""


class StatusPoint(models.Model):
    """One CRL of one issuer's key, or its OCSP responder when certificates name no CRL.

    `urls`: all addresses that its certificates name for it, as they stand there. `url`: the first that can be fetched.
    `after`: the key of the last certificate that this round compared. An interrupted round continues there.
    `next_round_at`: None when nothing can be compared. `compared`, `found`, `odd` (could not be compared): counts of
    certificates in this round, else in the last one. `problem`: why it or some of its certificates were not compared,
    in English, with its code (`revocation.messages`). `told_at`: when staff were told of the problem that it still has.
    """

    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=5, choices=PointKind.choices)
    url = models.TextField(_("address"), blank=True)
    urls = models.JSONField(_("addresses"), default=list)
    issuer = models.CharField(_("issuer"), max_length=300, blank=True)
    next_round_at = models.DateTimeField(_("next comparison"), null=True)
    lease_until = models.DateTimeField(null=True)
    after = models.BigIntegerField(default=0)
    compared = models.PositiveIntegerField(_("certificates compared"), default=0)
    found = models.PositiveIntegerField(_("differences"), default=0)
    odd = models.PositiveIntegerField(_("not comparable"), default=0, db_default=0)
    compared_at = models.DateTimeField(_("last compared"), null=True)
    crl_number = models.CharField(_("CRL number"), max_length=50, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    problem_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    problem_params = models.JSONField(default=dict, db_default={})
    failures = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)

    objects = models.Manager()
    to_compare = Queue("next_round_at", lease="lease_until")

    class Meta:
        verbose_name = _("status address")
        verbose_name_plural = _("status addresses")
        indexes = [
            models.Index(fields=["next_round_at"], condition=Q(next_round_at__isnull=False), name="status_point_due"),
        ]

    def __str__(self) -> str:
        return self.url or str(PointKind(self.kind).label)

    @property
    def problem_words(self) -> Words:
        """The problem as a message, or as the text that earlier releases wrote."""
        message = Message.from_json({"code": self.problem_code, "params": self.problem_params})
        return message if message and self.problem else self.problem

    @staticmethod
    def columns_of(problem: Words) -> dict[str, Any]:
        """Return the columns that keep a problem; "" for none."""
        own = kept(problem)
        return {
            "problem": in_english(problem),
            "problem_code": own.get("code", ""),
            "problem_params": own.get("params", {}),
        }

    @staticmethod
    def key_of(kind: str, urls: Sequence[str], issuer: str) -> str:
        """Return the unique key of a place. `issuer`: identifies the issuer's key."""
        return hashlib.sha256("\0".join((kind, *urls, issuer)).encode()).hexdigest()
