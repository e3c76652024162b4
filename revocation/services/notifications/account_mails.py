"""Mails about accounts, such as a link to reset a password or a notice that it was changed.

They go through the outbox like all others, so that no page waits for a mail server and no mail is lost when it is down
(threats 32, 55). They may hold a link that lets somebody in, so the text is encrypted until it is sent, and erased
then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from revocation.models import Mail
from revocation.services.core.sealing import seal, unseal


def queue(
    *, to: Sequence[str], subject: str, text: str, html: str, template: str, language: str, at: datetime
) -> list[Mail]:
    """Put the mail into the outbox, a row for each address.

    `template`: what kind of mail it is, for staff and logs; no secret.
    """
    sealed = seal(json.dumps({"subject": subject, "text": text, "html": html}))
    rows = [
        Mail(
            to=address,
            language=language[:10],
            time_zone=settings.TIME_ZONE,
            template=template[:50],
            sealed=sealed,
            next_attempt_at=at,
        )
        for address in to
    ]
    return Mail.objects.bulk_create(rows)


def opened(mail: Mail, headers: dict[str, str]) -> EmailMultiAlternatives:
    """Return the mail as it was written. Raises `SealBroken`."""
    written = json.loads(unseal(bytes(mail.sealed or b"")))
    message = EmailMultiAlternatives(written["subject"], written["text"], to=[mail.to], headers=headers)
    if written["html"]:
        message.attach_alternative(written["html"], "text/html")
    return message
