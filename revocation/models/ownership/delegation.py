"""Delegated validation (O1: `dns_proxy`, `file_proxy`): the customer sets it up once, the portal checks it daily."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Customer
from revocation import joining, policy
from revocation.models.due import Queue
from revocation.ownership.delegation import MESSAGES


class DelegatedMethod(models.TextChoices):
    DNS_PROXY = "dns_proxy", _("CNAME record in the domain's DNS")
    FILE_PROXY = "file_proxy", _("path forwarded by the web server")


class Delegation(models.Model):
    """A delegation of one domain. It *holds* while a recent look found it; what the customer entered does not count.

    `token`: unguessable, never changed. It is the label under our zone, or the folder under our address, so that a
    domain leads to this customer and no other. `seen_at`: when it was last found as it must be. `broken_at`: since when
    it is found otherwise. `attempts`: looks in vain since `seen_at`. `outcome`: what the last look saw. `probe_file`,
    `probe_value`: the file that the last look at a path asked for, and its content.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="delegations")
    domain = models.CharField(_("domain"), max_length=253)
    method = models.CharField(_("method"), max_length=10, choices=DelegatedMethod.choices)
    token = models.CharField(max_length=32, unique=True)
    probe_file = models.CharField(max_length=64, blank=True)
    probe_value = models.CharField(max_length=64, blank=True)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)
    attempts = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)

    objects = models.Manager()
    to_check = Queue("next_check_at", lease="lease_until")

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["domain", "method"]
        indexes = [models.Index(fields=["next_check_at"], name="delegation_due")]
        constraints = [
            models.UniqueConstraint(fields=["customer", "domain", "method"], name="one_delegation_a_domain_and_method"),
            models.CheckConstraint(condition=~Q(domain__startswith="*."), name="delegation_of_no_wildcard"),
        ]

    def __str__(self) -> str:
        return self.domain + joining.bracketed(self.get_method_display())

    def holds(self, at: datetime) -> bool:
        """Return whether it was seen lately and has not been found otherwise since."""
        return policy.is_seen_lately(self.seen_at, self.broken_at, at)

    @property
    def sentence(self) -> str:
        """What the last look found and what to change, in the reader's language; '' before the first."""
        return MESSAGES.sentence(self.outcome)
