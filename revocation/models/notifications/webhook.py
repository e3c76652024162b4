"""Signed messages to a customer's own server about what happens to their certificates."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Customer
from revocation.models.due import Queue
from revocation.models.event import Event


def new_nonce() -> str:
    return secrets.token_hex(16)


class Webhook(models.Model):
    """An address of one organisation. Its secret is derived from the portal's key and `nonce`, and stored nowhere.

    `failing_since`: since when no message has arrived there, None while messages arrive.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="webhooks")
    url = models.URLField(_("address"), max_length=500)
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    failing_since = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.url

    @property
    def secret(self) -> str:
        """The key that signs the messages. It is shown once, when the webhook is added."""
        key = hmac.new(settings.KEY_ENCRYPTION_KEY.encode(), f"webhook:{self.nonce}".encode(), hashlib.sha256)
        return "whsec_" + base64.urlsafe_b64encode(key.digest()).decode().rstrip("=")


class Delivery(models.Model):
    """One message to one webhook. `event` None: a test. `status`: the last HTTP answer, None when there was none.

    `last_error`, `error_params`: the message about the last attempt, when it got no answer.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="deliveries")
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    error_params = models.JSONField(default=dict, db_default={})

    objects = models.Manager()
    to_send = Queue("next_attempt_at", counts="attempts")

    class Meta:
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")
        indexes = [
            models.Index(
                fields=["webhook", "next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="delivery_due_of_webhook",
            ),
            models.Index(fields=["webhook", "-id"], name="delivery_log"),
        ]
        constraints = [models.UniqueConstraint(fields=["webhook", "event"], name="one_delivery_an_event")]

    def __str__(self) -> str:
        return str(self.message_id)
