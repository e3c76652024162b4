"""Webhooks against a real server on loopback: signed, retried, logged, given up, never sent where the guard forbids."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from certportal.accounts.models import Membership
from revocation.models import Actor, Delivery, Event, EventKind, Mail, Webhook
from revocation.services.core.errors import NotOwner
from revocation.services.notifications import webhook_delivery, webhooks
from tests.conftest import NOW, MakeCertificate
from tests.people import SYSTEM, fresh, submitted
from tests.support.receiving import Receiver, receiving

pytestmark = [pytest.mark.slow, pytest.mark.database]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_TEST_NETWORKS = ["127.0.0.0/8"]
    with receiving() as server:
        yield server


@pytest.fixture
def hook(receiver: Receiver, make_certificate: MakeCertificate, alice: Actor) -> Webhook:
    return webhooks.add(make_certificate("first.aurora.example").customer_id, receiver.url, by=alice, at=NOW)


def work(at: Any = NOW) -> None:
    for hooks in webhook_delivery.due_by_customer(at=at).values():
        for pk in hooks:
            webhook_delivery.take_turn(pk, by=SYSTEM, at=at)


def test_what_is_mailed_is_also_sent_signed_and_once(
    hook: Webhook, receiver: Receiver, make_certificate: MakeCertificate, alice: Actor
) -> None:
    case = submitted(make_certificate(), alice)
    work()
    work()
    [(headers, body)] = receiver.got
    said = json.loads(body)
    assert (said["type"], said["request"]["number"]) == ("submitted", case.number)
    assert said["certificate"]["state"] == "revoking"
    assert "We have a new one." not in body.decode()
    time, digest = (part.split("=", 1)[1] for part in headers["Certportal-Signature"].split(","))
    assert int(time) == int(NOW.timestamp())
    assert digest == hmac.new(hook.secret.encode(), f"{time}.".encode() + body, hashlib.sha256).hexdigest()
    done = Delivery.objects.get()
    assert (done.status, done.delivered_at, done.next_attempt_at) == (200, NOW, None)
    webhooks.again(done.pk, by=alice, at=NOW)
    work()
    assert json.loads(receiver.got[1][1])["id"] == said["id"]


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_failure_is_logged_and_retried_with_growing_pauses(
    hook: Webhook, receiver: Receiver, alice: Actor, status: int
) -> None:
    """A redirect is a failure too: the signed message goes where it was addressed to, or nowhere."""
    receiver.status = status
    webhooks.test(hook.pk, by=alice, at=NOW)
    at, pauses = NOW, []
    for _ in range(4):
        work(at)
        waiting = Delivery.objects.get()
        assert (waiting.status == status) or (status == 302 and waiting.last_error)
        pauses.append(waiting.next_attempt_at - at)
        at = waiting.next_attempt_at
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1]
    assert len(receiver.got) == 4
    assert fresh(hook).failing_since == NOW
    receiver.status = 204
    work(at)
    assert (fresh(hook).failing_since, Delivery.objects.get().status) == (None, 204)


def test_after_days_of_failures_it_is_switched_off_and_people_are_told(
    hook: Webhook, receiver: Receiver, make_certificate: MakeCertificate, alice: Actor
) -> None:
    receiver.status = 500
    submitted(make_certificate(), alice)
    work()
    late = NOW + webhook_delivery.GIVE_UP_AFTER
    work(late)
    assert fresh(hook).disabled_at == late
    assert Event.objects.filter(kind=EventKind.WEBHOOK_GAVE_UP).count() == 1
    assert Mail.objects.filter(template="webhook_gave_up").count() == 1
    work(late + timedelta(days=9))
    assert len(receiver.got) == 2
    webhooks.switch_on(hook.pk, by=alice, at=late)
    receiver.status = 200
    work(late + timedelta(days=9))
    assert len(receiver.got) == 3


def test_O8_the_guard_stands_before_every_webhook(
    hook: Webhook, receiver: Receiver, alice: Actor, settings: Any
) -> None:
    settings.OUTBOUND_TEST_NETWORKS = []
    webhooks.test(hook.pk, by=alice, at=NOW)
    work()
    assert receiver.got == []
    assert Delivery.objects.get().last_error == "fetch.port_not_allowed"


@pytest.mark.parametrize(("language", "words"), [("en", "Only ports 80 and 443"), ("zh-hans", "只接受端口 80 和 443")])
def test_the_log_of_a_webhook_says_in_the_readers_language_why_nothing_arrived(
    hook: Webhook, alice: Actor, settings: Any, client: Client, language: str, words: str
) -> None:
    settings.OUTBOUND_TEST_NETWORKS = []
    webhooks.test(hook.pk, by=alice, at=NOW)
    work()
    assert alice.user
    client.force_login(alice.user)
    page = client.get(f"/webhooks/{hook.pk}/", headers={"Accept-Language": language})
    assert words in page.content.decode()


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://example.com/", "ftp://example.com/", "https://", "https://u:p@example.com/", "javascript:x"),
        *("https://[31m", "https://example.com:port/", "https://example.com/\u202e", "https://exam\x1bple.com/"),
    ],
    ids=ascii,
)
def test_only_https_addresses_are_taken(alice: Actor, make_certificate: MakeCertificate, url: str) -> None:
    with pytest.raises(webhooks.WebhookRefused):
        webhooks.add(make_certificate().customer_id, url, by=alice, at=NOW)


@pytest.mark.parametrize("port", ["", ":443", ":80"])
def test_O8_an_address_that_delivery_would_refuse_is_refused_at_once(
    alice: Actor, make_certificate: MakeCertificate, port: str
) -> None:
    owner = make_certificate().customer_id
    assert webhooks.add(owner, f"https://example.com{port}/", by=alice, at=NOW)
    with pytest.raises(webhooks.WebhookRefused, match="8443"):
        webhooks.add(owner, "https://example.com:8443/", by=alice, at=NOW)


def test_a_webhook_that_is_removed_while_its_message_fails_stays_removed(
    hook: Webhook, receiver: Receiver, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks.test(hook.pk, by=alice, at=NOW)
    receiver.status = 500
    note = webhook_delivery._note_failure

    def removed_meanwhile(*args: Any, **options: Any) -> None:
        webhooks.remove(hook.pk, by=alice, at=NOW)
        note(*args, **options)

    monkeypatch.setattr(webhook_delivery, "_note_failure", removed_meanwhile)
    work()
    assert not Webhook.objects.exists()
    assert not Event.objects.filter(kind="webhook_gave_up").exists()


def test_L3_only_members_with_the_right_manage_them(hook: Webhook, alice: Actor, bob: Actor, charlie: Actor) -> None:
    sent = webhooks.test(hook.pk, by=bob, at=NOW)
    Membership.objects.filter(user=bob.user).update(manages_webhooks=False)
    for person in (bob, charlie):
        for verb in (webhooks.test, webhooks.switch_on, webhooks.remove):
            with pytest.raises(NotOwner):
                verb(hook.pk, by=person, at=NOW)
        with pytest.raises(NotOwner):
            webhooks.again(sent.pk, by=person, at=NOW)
        with pytest.raises(NotOwner):
            webhooks.add(hook.customer_id, "https://example.com/", by=person, at=NOW)
    webhooks.remove(hook.pk, by=alice, at=NOW)
    assert not Webhook.objects.exists()


def test_the_secret_is_shown_once_and_stored_nowhere(
    client: Any, hook: Webhook, receiver: Receiver, alice: Actor
) -> None:
    """Threat 38."""
    client.force_login(alice.user)
    answer = client.post("/webhooks/", {"url": receiver.url})
    added = Webhook.objects.latest("pk")
    assert added.secret in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    for address in ("/webhooks/", f"/webhooks/{added.pk}/"):
        assert added.secret not in client.get(address).content.decode()
    assert added.secret not in str([list(model.objects.values()) for model in (Webhook, Delivery, Event)])
    assert added.secret != hook.secret
