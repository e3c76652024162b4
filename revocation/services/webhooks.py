"""Webhooks: signed messages to a customer's server, sent by the worker, with growing pauses and a log.

A message says what happened and where to look; no reviewer's words, no secret. The signature is HMAC-SHA256 over the
time and the body, so that an old message cannot be played again: ``Certportal-Signature: t=<seconds>,v1=<hex>``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from revocation.models import Actor, Certificate, Delivery, Event, EventKind, RevocationRequest, Webhook
from revocation.outbound.configured import fetcher
from revocation.outbound.failure import FetchFailed
from revocation.outbound.fetch import Fetcher, FetchPolicy
from revocation.services.filing import NotYours
from revocation.services.recording import record

POLICY = FetchPolicy(seconds=10, same_registrable_domain=False, max_body=4096, user_agent="certportal-webhook")
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 720))
GIVE_UP_AFTER = timedelta(days=3)
"""Nothing has arrived for so long: the webhook is switched off, and the organisation's people are told."""
MOST = 5
"""Webhooks of an organisation."""


class WebhookRefused(Exception):
    """`str()` says what is accepted."""


def may_manage(by: Actor, customer_id: int) -> bool:
    """A member, unless staff have taken this right away."""
    user = by.user
    return user is not None and user.memberships.filter(customer=customer_id, manages_webhooks=True).exists()


def _refuse_strangers(by: Actor, customer_id: int) -> None:
    if not may_manage(by, customer_id):
        raise NotYours


def add(customer_id: int, url: str, *, by: Actor, at: datetime) -> Webhook:
    """Raises `NotYours`, `WebhookRefused`."""
    _refuse_strangers(by, customer_id)
    assert by.user is not None  # noqa: S101 - a stranger otherwise
    parts = urlsplit(url)
    schemes = ("https", "http") if settings.OUTBOUND_TEST_NETWORKS else ("https",)
    if parts.scheme not in schemes or not parts.hostname or parts.username or len(url) > 500:
        raise WebhookRefused(_("Write the address as https://host/path, without a user name in it."))
    with transaction.atomic():
        if Webhook.objects.filter(customer=customer_id).count() >= MOST:
            raise WebhookRefused(_("An organisation has up to %(most)s webhooks. Remove one first.") % {"most": MOST})
        added: Webhook = Webhook.objects.create(customer_id=customer_id, url=url, added_at=at, added_by=by.user)
        record(EventKind.WEBHOOK_ADDED, by=by, at=at, customer_id=customer_id, data={"webhook": added.pk, "url": url})
        return added


def remove(webhook_id: int, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        hook = Webhook.objects.select_for_update().get(pk=webhook_id)
        _refuse_strangers(by, hook.customer_id)
        data = {"webhook": hook.pk, "url": hook.url}
        record(EventKind.WEBHOOK_REMOVED, by=by, at=at, customer_id=hook.customer_id, data=data)
        hook.delete()


def switch_on(webhook_id: int, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        hook = Webhook.objects.select_for_update().get(pk=webhook_id)
        _refuse_strangers(by, hook.customer_id)
        if hook.disabled_at is None:
            return
        hook.disabled_at = hook.failing_since = None
        hook.save()
        data = {"webhook": hook.pk}
        record(EventKind.WEBHOOK_SWITCHED_ON, by=by, at=at, customer_id=hook.customer_id, data=data)


def test(webhook_id: int, *, by: Actor, at: datetime) -> Delivery:
    """A message about nothing, so that its receiver can be tried."""
    hook = Webhook.objects.get(pk=webhook_id)
    _refuse_strangers(by, hook.customer_id)
    sent: Delivery = Delivery.objects.create(webhook=hook, made_at=at, next_attempt_at=at)
    return sent


def again(delivery_id: int, *, by: Actor, at: datetime) -> None:
    """Send it once more, with the number it had: the receiver can drop a repetition."""
    delivery = Delivery.objects.select_related("webhook").get(pk=delivery_id)
    _refuse_strangers(by, delivery.webhook.customer_id)
    Delivery.objects.filter(pk=delivery_id).update(next_attempt_at=at)


def due(*, at: datetime, limit: int = 100) -> list[int]:
    waiting = Delivery.objects.filter(
        next_attempt_at__isnull=False, next_attempt_at__lte=at, webhook__disabled_at__isnull=True
    )
    return list(waiting.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def deliver(delivery_id: int, *, by: Actor, at: datetime) -> None:
    """Claim one message by moving its next attempt, send it outside any transaction, note the answer."""
    delivery = Delivery.objects.select_related("webhook", "event").get(pk=delivery_id)
    pause = PAUSES[min(delivery.attempts, len(PAUSES) - 1)]
    claimed = Delivery.objects.filter(pk=delivery_id, next_attempt_at__lte=at)
    if not claimed.update(next_attempt_at=at + pause, attempts=F("attempts") + 1):
        return
    body = message_of(delivery)
    headers = {"Certportal-Signature": signature(delivery.webhook.secret, body, at)}
    try:
        answer = _fetcher(delivery.webhook.url).post(delivery.webhook.url, body, "application/json", headers)
    except FetchFailed as failed:
        _note_failure(delivery, None, failed.code, by=by, at=at)
        return
    if 200 <= answer.status < 300:
        Delivery.objects.filter(pk=delivery_id).update(
            delivered_at=at, next_attempt_at=None, status=answer.status, last_error=""
        )
        Webhook.objects.filter(pk=delivery.webhook_id).update(failing_since=None)
    else:
        _note_failure(delivery, answer.status, "", by=by, at=at)


def _fetcher(url: str) -> Fetcher:
    """To the ports that the address names; the guard judges the address it leads to (O8)."""
    port = urlsplit(url).port
    policy = replace(POLICY, ports=POLICY.ports | {port}) if port and settings.OUTBOUND_TEST_NETWORKS else POLICY
    return fetcher(policy, settings.DNS_RESOLVERS, settings.OUTBOUND_TEST_NETWORKS, settings.OUTBOUND_TEST_PORTS)


def _note_failure(delivery: Delivery, status: int | None, error: str, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        hook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
        Delivery.objects.filter(pk=delivery.pk).update(status=status, last_error=error)
        hook.failing_since = hook.failing_since or at
        given_up = hook.disabled_at is None and at - hook.failing_since >= GIVE_UP_AFTER
        if given_up:
            hook.disabled_at = at
        hook.save()
        if given_up:
            event = delivery.event
            certificate = Certificate.objects.filter(pk=event.certificate_id).first() if event else None
            data = {"webhook": hook.pk, "url": hook.url}
            record(
                EventKind.WEBHOOK_GAVE_UP,
                by=by,
                at=at,
                certificate=certificate,
                customer_id=hook.customer_id,
                data=data,
            )


def message_of(delivery: Delivery) -> bytes:
    """The body, JSON. The same event always gives the same `id`."""
    event = delivery.event
    said: dict[str, object] = {"id": str(delivery.message_id), "at": delivery.made_at.isoformat()}
    return json.dumps(said | (_about(event) if event else {"type": "test"})).encode()


def _about(event: Event) -> dict[str, object]:
    certificate = Certificate.objects.get(pk=event.certificate_id)
    case = RevocationRequest.objects.filter(pk=event.request_id).first()
    facts: dict[str, object] = {
        "type": event.kind,
        "certificate": {
            "serial_number": certificate.serial_number,
            "fingerprint_sha256": certificate.fingerprint,
            "names": certificate.names,
            "state": certificate.state,
        },
    }
    if case:
        url = f"{settings.PORTAL_URL}/requests/{case.pk}/"
        facts["request"] = {"number": case.number, "state": event.after or case.state, "url": url}
    return facts


def signature(secret: str, body: bytes, at: datetime) -> str:
    """`t`: seconds since 1970, also in what is signed, so that a receiver can refuse what is old."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"
