"""Webhooks as members manage them: addresses of a customer's servers, tests, and messages sent once more."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.models import Actor, Delivery, EventKind, Webhook
from revocation.outbound.fetch import FetchPolicy
from revocation.services.core.errors import NotOwner
from revocation.services.core.events import record

POLICY = FetchPolicy(seconds=10, same_registrable_domain=False, max_body=4096, user_agent="certportal-webhook")
MOST = 5
"""Webhooks of an organisation."""


MESSAGES = table(
    "webhook",
    {
        "no_address": gettext_noop("Enter the address as https://host/path without a user name."),
        "port": gettext_noop("Port %(port)s is not allowed. Use an address with port %(allowed)s."),
        "too_many": gettext_noop("An organisation can have up to %(most)s webhooks. Remove one first."),
    },
    status=422,
)


class WebhookRefused(Refused):
    """The address is not accepted, or the organisation has as many webhooks as it may have."""

    subject = "webhook"


def may_manage(by: Actor, customer_id: int) -> bool:
    """Return whether the actor is a member from whom staff have not taken this right away."""
    user = by.user
    return user is not None and user.memberships.filter(customer=customer_id, manages_webhooks=True).exists()


def _refuse_strangers(by: Actor, customer_id: int) -> None:
    if not may_manage(by, customer_id):
        raise NotOwner


def add(customer_id: int, url: str, *, by: Actor, at: datetime) -> Webhook:
    """Add a webhook. Raises `NotOwner`, `WebhookRefused`."""
    _refuse_strangers(by, customer_id)
    assert by.user is not None  # noqa: S101 - a stranger otherwise
    if not _is_address(url):
        raise WebhookRefused("no_address")
    if (port := urlsplit(url).port) and port not in POLICY.ports and not settings.OUTBOUND_TEST_NETWORKS:
        raise WebhookRefused("port", port=port, allowed=" / ".join(map(str, sorted(POLICY.ports))))
    with transaction.atomic():
        if Webhook.objects.filter(customer=customer_id).count() >= MOST:
            raise WebhookRefused("too_many", most=MOST)
        added: Webhook = Webhook.objects.create(customer_id=customer_id, url=url, added_at=at, added_by=by.user)
        record(EventKind.WEBHOOK_ADDED, by=by, at=at, customer_id=customer_id, data={"webhook": added.pk, "url": url})
        return added


def _is_address(url: str) -> bool:
    """Return whether it is https with a host, without a user name, blanks or characters that cannot be seen."""
    schemes = ("https", "http") if settings.OUTBOUND_TEST_NETWORKS else ("https",)
    try:
        parts = urlsplit(url)
        usual = bool(parts.hostname) and not parts.username and (parts.port is None or parts.port > 0)
    except ValueError:  # an IPv6 address without its end, a port that is no number
        return False
    return usual and parts.scheme in schemes and len(url) <= 500 and url.isprintable() and " " not in url


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
    """Queue a test message about nothing, so that its receiver can be tried."""
    hook = Webhook.objects.get(pk=webhook_id)
    _refuse_strangers(by, hook.customer_id)
    sent: Delivery = Delivery.objects.create(webhook=hook, made_at=at, next_attempt_at=at)
    return sent


def again(delivery_id: int, *, by: Actor, at: datetime) -> None:
    """Send a message once more with the `id` it had, so that the receiver can drop a repetition."""
    delivery = Delivery.objects.select_related("webhook").get(pk=delivery_id)
    _refuse_strangers(by, delivery.webhook.customer_id)
    Delivery.objects.filter(pk=delivery_id).update(next_attempt_at=at)
