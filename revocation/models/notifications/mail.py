"""L2: the outbox. The event's transaction writes a mail and the worker sends it, so mail delays nothing."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from revocation.models.due import Queue
from revocation.models.event import Event


class Mail(models.Model):
    """One mail to one person about one event. `outside`: to a watcher, who reads what happened and no more.

    `sealed`: the text of a mail about an account, which has no event. It is encrypted, since it may hold a link that
    lets somebody in. It is erased as soon as the mail has been sent or given up.

    `last_error`: why the last attempt failed, with its code when the words are the portal's own
    (`revocation.messages`).
    """

    event = models.ForeignKey(Event, verbose_name=_("event"), on_delete=models.PROTECT, related_name="mails", null=True)
    sealed = models.BinaryField(null=True, editable=False)
    to = models.EmailField(_("to"))
    language = models.CharField(_("language"), max_length=10)
    time_zone = models.CharField(_("time zone"), max_length=50)
    template = models.CharField(_("template"), max_length=50)
    message_id = models.UUIDField(_("message number"), default=uuid.uuid4, unique=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    last_error = models.TextField(_("last error"), blank=True)
    last_error_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    outside = models.BooleanField(_("to an extra recipient"), default=False)

    objects = models.Manager()
    to_send = Queue("next_attempt_at", counts="attempts")

    class Meta:
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="mail_due"),
            models.Index(fields=["id"], condition=Q(sent_at__isnull=True), name="mail_unsent"),
        ]
        constraints = [models.UniqueConstraint(fields=["event", "to"], name="one_mail_an_event_and_person")]

    def __str__(self) -> str:
        return f"{self.template} → {self.to}"
