"""L2: sending what is in the outbox. A mail that cannot be sent delays nothing and is retried."""

from __future__ import annotations

import logging
import smtplib
import zoneinfo
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from revocation import crash_points
from revocation.messages import Refused
from revocation.models import Certificate, Mail, RevocationRequest
from revocation.notifications import PERSONAL
from revocation.services.core.backoff import Pauses
from revocation.services.core.sealing import SealBroken
from revocation.services.notifications import account_mails

log = logging.getLogger(__name__)

PAUSES = Pauses.of_minutes(1, 5, 30, 120, 720)
"""Between attempts. The first is longer than one attempt may take, so that a claim lasts until the attempt is over."""
FRAMES = ("revocation/mail/frame.txt", "revocation/mail/frame.html")
"""What stands around each mail's own sentence: as text, as HTML."""
GIVE_UP_AFTER = 12
"""Attempts, over about five days; then the row stays unsent for staff to see."""


def due_mails(*, at: datetime, limit: int = 100) -> list[int]:
    """Return mails to be sent now, longest waiting first."""
    return list(Mail.to_send.due(at).order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def send(mail_id: int, *, at: datetime) -> None:
    """Claim one mail by moving its next attempt, send it, note the result.

    A mail is sent at least once. Its Message-ID is the same in every attempt, so that a receiver can drop a repetition.
    """
    mail = Mail.objects.select_related("event").get(pk=mail_id)
    if not Mail.to_send.claim_one(mail_id, at=at, lease=PAUSES.after(mail.attempts + 1)):
        return
    crash_points.reach(crash_points.BEFORE_MAIL)
    try:
        compose(mail).send()
    except (smtplib.SMTPException, OSError, SealBroken) as error:
        vain = isinstance(error, SealBroken) or mail.attempts + 1 >= GIVE_UP_AFTER
        log.warning("mail %s was not sent and is %s: %s", mail_id, "given up" if vain else "tried again", error)
        late = {"next_attempt_at": None, "sealed": None} if vain else {}
        Mail.objects.filter(pk=mail_id).update(**_words_of(error), **late)
        return
    crash_points.reach(crash_points.AFTER_MAIL)
    Mail.objects.filter(pk=mail_id).update(
        sent_at=at, next_attempt_at=None, last_error="", last_error_code="", sealed=None
    )


def _words_of(error: Exception) -> dict[str, str]:
    """Return the columns that keep why a mail was not sent: the portal's words, or those of the server."""
    if isinstance(error, Refused):
        return {"last_error": error.message.in_english, "last_error_code": error.message.code}
    return {"last_error": str(error)[:500], "last_error_code": ""}


def compose(mail: Mail) -> EmailMultiAlternatives:
    """Return the mail in the reader's language and time zone, as text and as HTML. Raises `SealBroken`.

    It holds no secret, nothing that is fetched, and one link. All mails about a request are one thread. A mail about an
    account was written when it was asked for, and is returned as it is.
    """
    domain = settings.PORTAL_URL.split("://")[-1].split(":")[0].split("/")[0]
    headers = {"Message-ID": f"<{mail.message_id}@{domain}>", "Auto-Submitted": "auto-generated"}
    if mail.event is None:
        return account_mails.opened(mail, headers)
    event = mail.event
    request = RevocationRequest.objects.select_related("certificate").filter(pk=event.request_id).first()
    certificate = Certificate.objects.filter(pk=event.certificate_id).first()
    context = {
        "event": event,
        "request": request,
        "certificate": certificate,
        "portal": settings.PORTAL_URL,
        "outside": mail.outside,
        "about_account": event.kind in PERSONAL,
    }
    with translation.override(mail.language), timezone.override(zoneinfo.ZoneInfo(mail.time_zone)):
        subject = " ".join(render_to_string("revocation/mail/subject.txt", context).split())
        text, html = (
            render_to_string(f"revocation/mail/{mail.template}.txt", context | {"frame": frame, "subject": subject})
            for frame in FRAMES
        )
    if request:
        headers["References"] = f"<request-{request.pk}@{domain}>"
    message = EmailMultiAlternatives(subject, text, to=[mail.to], headers=headers)
    message.attach_alternative(html, "text/html")
    return message
