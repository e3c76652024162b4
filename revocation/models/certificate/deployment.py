"""Where a certificate's chain is deployed. The worker publishes and withdraws it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Customer
from revocation.models.certificate.certificate import Certificate
from revocation.models.due import Queue


class DeploymentTarget(models.Model):
    """A folder in the storage `alias` of settings.STORAGES (any Django storage; a local folder by default)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="deployment_targets")
    name = models.CharField(_("name"), max_length=100)
    alias = models.CharField(_("storage"), max_length=50, default="deployments")
    folder = models.CharField(_("folder"), max_length=200)

    class Meta:
        verbose_name = _("deployment target")
        verbose_name_plural = _("deployment targets")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Deployment(models.Model):
    """A deployment: wanted → published → being withdrawn → withdrawn, as its times say. It counts until withdrawn."""

    certificate = models.ForeignKey(Certificate, on_delete=models.CASCADE, related_name="deployments")
    target = models.ForeignKey(DeploymentTarget, on_delete=models.PROTECT, related_name="deployments")
    deployed_at = models.DateTimeField(default=timezone.now)
    deployed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    path = models.CharField(max_length=300, blank=True)
    undeployed_at = models.DateTimeField(null=True)
    undeployed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    objects = models.Manager()
    to_carry_out = Queue("next_attempt_at", counts="attempts")

    class Meta:
        verbose_name = _("deployment")
        verbose_name_plural = _("deployments")
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="deployment_due")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "target"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_deployment_of_a_certificate_at_a_target",
            )
        ]

    def __str__(self) -> str:
        return f"{self.certificate} @ {self.target}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None and self.withdrawn_at is None

    @property
    def is_being_withdrawn(self) -> bool:
        return self.undeployed_at is not None and self.withdrawn_at is None
