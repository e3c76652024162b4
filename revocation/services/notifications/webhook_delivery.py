"""Messages to webhooks: signed, sent by the worker in turns, with growing pauses and a log.

A message says what happened and where to look. It holds no reviewer's words and no secret. The signature is HMAC-SHA256
over the time and the body, so that an old message cannot be played again:

``Certportal-Signature: t=<seconds>,v1=<hex>``
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery

from revocation.messages import Message, kept
from revocation.models import Actor, Certificate, Delivery, Event, EventKind, RevocationRequest, Webhook
from revocation.outbound.configured import fetcher
from revocation.outbound.failure import FetchFailed
from revocation.outbound.fetch import Fetcher
from revocation.services.core.backoff import Pauses
from revocation.services.core.events import record
from revocation.services.notifications.webhooks import POLICY

PAUSES = Pauses.of_minutes(1, 5, 30, 120, 360, 720)
"""Between attempts. The first is longer than one attempt may take, so that a claim lasts until the attempt is over."""

GIVE_UP_AFTER = timedelta(days=3)
"""When nothing arrives for so long, the webhook is switched off and the organisation's members are notified."""
CUSTOMERS_AT_ONCE = 16
"""Customers whose servers one worker speaks to at the same time."""
WEBHOOKS_AT_ONCE = 2
"""Webhooks of one customer that one worker speaks to at the same time."""
TURN = 10
"""Messages to one webhook before another's turn."""
TURN_SECONDS = 10
"""No message of a turn is begun later than this, so that a slow server ends its turn early."""


def due_by_customer(*, at: datetime, limit: int = 100) -> dict[str, list[int]]:
    """Return webhooks with a message that is due, by customer.

    Those that answer come before those that fail, so that a few dead servers leave room to the others. Among each,
    those that have waited longest come first.
    """
    first = _due(at).filter(webhook=OuterRef("pk")).order_by("next_attempt_at").values("next_attempt_at")[:1]
    hooks = Webhook.objects.filter(disabled_at__isnull=True).annotate(due_since=Subquery(first))
    found: dict[str, list[int]] = {}
    for customer, hook in (
        hooks.filter(due_since__isnull=False)
        .order_by(F("failing_since").asc(nulls_first=True), "due_since", "pk")
        .values_list("customer_id", "pk")[:limit]
    ):
        found.setdefault(str(customer), []).append(hook)
    return found


def take_turn(hook_id: int, *, by: Actor, at: datetime) -> None:
    """Send what is due to one webhook, one message after the other in their order.

    The turn ends at the first message that does not arrive. Its server is given a rest until the next look, and another
    webhook has its turn.
    """
    late = time.monotonic() + TURN_SECONDS
    for delivery_id in list(_due(at).filter(webhook=hook_id).values_list("pk", flat=True)[:TURN]):
        if time.monotonic() > late or not deliver(delivery_id, by=by, at=at):
            break


def _due(at: datetime) -> QuerySet[Delivery]:
    """Return what is due, in the order in which it is sent."""
    return Delivery.to_send.due(at).order_by("next_attempt_at", "pk")


def deliver(delivery_id: int, *, by: Actor, at: datetime) -> bool:
    """Claim one message by moving its next attempt, send it outside any transaction, note the answer.

    Returns False if it was sent and did not arrive. If a worker dies in between, the next attempt sends it with the
    same `id`.
    """
    delivery = Delivery.objects.select_related("webhook", "event").filter(pk=delivery_id).first()
    if delivery is None:  # the webhook was removed in the meantime
        return True
    if not Delivery.to_send.claim_one(delivery_id, at=at, lease=PAUSES.after(delivery.attempts + 1)):
        return True
    body = message_of(delivery)
    headers = {"Certportal-Signature": signature(delivery.webhook.secret, body, at)}
    try:
        answer = _fetcher(delivery.webhook.url).post(delivery.webhook.url, body, "application/json", headers)
    except FetchFailed as failed:
        _note_failure(delivery, by=by, at=at, error=failed.message)
        return False
    if 200 <= answer.status < 300:
        Delivery.objects.filter(pk=delivery_id).update(
            delivered_at=at, next_attempt_at=None, status=answer.status, last_error="", error_params={}
        )
        Webhook.objects.filter(pk=delivery.webhook_id).update(failing_since=None)
        return True
    _note_failure(delivery, by=by, at=at, status=answer.status)
    return False


def _fetcher(url: str) -> Fetcher:
    """Return what sends to this address. The guard judges the address that its name leads to (O8).

    With test networks it may also use the port that the address names.
    """
    port = urlsplit(url).port
    policy = replace(POLICY, ports=POLICY.ports | {port}) if port and settings.OUTBOUND_TEST_NETWORKS else POLICY
    return fetcher(policy, settings.DNS_RESOLVERS, settings.OUTBOUND_TEST_NETWORKS, settings.OUTBOUND_TEST_PORTS)


def _note_failure(
    delivery: Delivery, *, by: Actor, at: datetime, status: int | None = None, error: Message | None = None
) -> None:
    with transaction.atomic():
        hook = Webhook.objects.select_for_update().filter(pk=delivery.webhook_id).first()
        if hook is None:  # it was removed while the message was on its way
            return
        Delivery.objects.filter(pk=delivery.pk).update(
            status=status, last_error=error.code if error else "", error_params=kept(error)["params"] if error else {}
        )
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
    """Return the body, JSON. A message has the same `id` in every attempt."""
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
    """Return the signature for the header.

    `t`: seconds since 1970. It is signed too, so that a receiver can refuse what is old.
    """
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"
