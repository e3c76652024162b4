"""L3, threat 19: every address of the customers' pages × every kind of person × every method.

A new address without a row here fails.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from certportal.accounts.models import Membership
from demo import urls as demo_urls
from revocation import urls
from revocation.models import (
    Actor,
    Certificate,
    Delegation,
    Deployment,
    Event,
    Evidence,
    HeldLetter,
    Letter,
    Receipt,
    RevocationRequest,
)
from revocation.services.letters import evidence, upload
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.pages.conftest import Seat, Story
from tests.people import LOOKED_AT, submitted
from tests.support.scripted import tell_all

pytestmark = pytest.mark.slow

GET, POST, BOTH = {"get", "head"}, {"post"}, {"get", "head", "post"}
METHODS = ("get", "head", "post", "put", "patch", "delete")

CERTIFICATE, DEPLOYMENT, DRAFT, PROVING, JOINT = "certificate", "deployment", "draft", "proving", "joint"
WATCHER, WEBHOOK, DELIVERY = "watcher", "webhook", "delivery"
DELEGATION, ASSISTED = "delegation", "assisted"
RECEIPT = "receipt"
# name of the address -> whose id stands in it, which methods it answers
ROWS: dict[str, tuple[str, set[str]]] = {
    "certificates": ("", GET),
    "together": ("", BOTH),
    "joint": (JOINT, GET),
    "joint_submit": (JOINT, POST),
    "certificate": (CERTIFICATE, GET),
    "revoke": (CERTIFICATE, BOTH),
    "assisted": (CERTIFICATE, BOTH),
    "compromised": (CERTIFICATE, BOTH),
    "download": (CERTIFICATE, GET),
    "deploy": (CERTIFICATE, POST),
    "delete": (CERTIFICATE, BOTH),
    "undeploy": (DEPLOYMENT, POST),
    "receipt": (RECEIPT, GET),
    "watch": (CERTIFICATE, POST),
    "unwatch": (WATCHER, POST),
    "webhooks": ("", BOTH),
    "webhook": (WEBHOOK, GET),
    "webhook_act": (WEBHOOK, POST),
    "delivery_again": (DELIVERY, POST),
    "requests": ("", GET),
    "request": (DRAFT, GET),
    "reason": (DRAFT, BOTH),
    "submit": (DRAFT, POST),
    "in_use": (DRAFT, POST),
    "discard": (DRAFT, POST),
    "letter": (DRAFT, BOTH),
    "letter_template": (DRAFT, GET),
    "letter_check": (DRAFT, GET),
    "letter_keep": (DRAFT, POST),
    "letter_drop": (DRAFT, POST),
    "held_picture": (DRAFT, GET),
    "letter_file": (DRAFT, GET),
    "letter_picture": (DRAFT, GET),
    "ownership": (PROVING, GET),
    "ownership_check": (PROVING, POST),
    "ownership_method": (PROVING, POST),
    "assistance": (PROVING, BOTH),
    "evidence": (ASSISTED, BOTH),
    "evidence_remove": (ASSISTED, POST),
    "evidence_file": (ASSISTED, GET),
    "evidence_picture": (ASSISTED, GET),
    "delegations": ("", BOTH),
    "delegation": (DELEGATION, GET),
    "delegation_check": (DELEGATION, POST),
    "delegation_remove": (DELEGATION, POST),
}
DELEGATION_VERBS = ("delegation_check", "delegation_remove")
OWNED = [name for name, (subject, _) in ROWS.items() if subject]
STRANGERS = ["charlie", "rita", "carl", "root"]


def test_every_address_has_a_row() -> None:
    assert {pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)} == set(ROWS)


def test_every_address_of_the_demo_that_changes_something_is_known() -> None:
    assert {p.name for p in demo_urls.urlpatterns} == {"demo", "demo_publish", "demo_record", "demo_remove"}


def revoked(certificate: Certificate, by: Actor, reviewer: Actor) -> Receipt:
    decisions.approve(submitted(certificate, by).pk, by=reviewer, at=NOW, checked=LOOKED_AT)
    tell_all()
    return Receipt.objects.get()


@pytest.fixture
def world(
    story: Story, alice: Actor, ron: Actor, letter: bytes, make_certificate: MakeCertificate
) -> dict[str, dict[str, Any]]:
    """Address → the arguments it is asked with."""
    sent = upload.upload(story.draft.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")
    numbers = {
        CERTIFICATE: story.certificate.pk,
        DEPLOYMENT: story.deployment,
        DRAFT: story.draft.pk,
        PROVING: story.proving.pk,
        JOINT: story.joint.pk,
        WATCHER: story.watcher.pk,
        WEBHOOK: story.webhook.pk,
        DELIVERY: story.delivery.pk,
        DELEGATION: story.delegation.pk,
        RECEIPT: revoked(make_certificate(), alice, ron).pk,
        ASSISTED: story.assisted.pk,
    }
    asked: dict[str, dict[str, Any]] = {
        name: {"pk": numbers[subject]} if subject else {} for name, (subject, _) in ROWS.items()
    }
    asked["letter_file"]["letter"] = asked["letter_picture"]["letter"] = sent.pk
    held = upload.hold(story.draft.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")
    asked["held_picture"]["held"] = held.pk
    asked["receipt"]["form"] = "pdf"
    asked["letter_picture"]["number"] = asked["held_picture"]["number"] = asked["evidence_picture"]["number"] = 1
    shown = evidence.add(story.assisted.pk, by=alice, at=NOW, data=letter, file_name="notice.jpg")
    for name in ("evidence_file", "evidence_picture", "evidence_remove"):
        asked[name]["found"] = shown.pk
    return asked


def everything() -> list[Any]:
    """Return everything that no refused call may change."""
    return [
        list(Certificate.objects.order_by("pk").values()),
        list(RevocationRequest.objects.order_by("pk").values()),
        list(Deployment.objects.order_by("pk").values()),
        list(Letter.objects.order_by("pk").values()),
        list(HeldLetter.objects.order_by("pk").values()),
        list(Evidence.objects.order_by("pk").values()),
        list(Delegation.objects.order_by("pk").values()),
        Event.objects.count(),
    ]


def answers(client: Client, world: dict[str, dict[str, Any]], names: list[str]) -> dict[tuple[str, str], int]:
    return {
        (name, method): getattr(client, method)(reverse(name, kwargs=world[name])).status_code
        for name in names
        for method in METHODS
    }


def test_L3_strangers_get_404_everywhere_and_change_nothing(
    request: pytest.FixtureRequest, seat: Seat, world: dict[str, dict[str, Any]]
) -> None:
    """Other customers, reviewers, staff and superusers: these pages are the organisation's own."""
    for who in STRANGERS:
        client, before = seat(request.getfixturevalue(who)), everything()
        for (name, method), status in answers(client, world, OWNED).items():
            assert status == (404 if method in ROWS[name][1] else 405), (who, name, method)
        assert everything() == before, who


def test_nobody_in_particular_is_sent_to_the_login(seat: Seat, world: dict[str, dict[str, Any]]) -> None:
    client, before = seat(None), everything()
    for (name, method), status in answers(client, world, list(ROWS)).items():
        assert status == 302, (name, method)
    assert everything() == before


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_the_organisation_sees_its_own_and_other_methods_are_405(
    request: pytest.FixtureRequest, seat: Seat, world: dict[str, dict[str, Any]], who: str
) -> None:
    client = seat(request.getfixturevalue(who))
    for name, (_, methods) in ROWS.items():
        for method in set(METHODS) - {"post"}:
            status = getattr(client, method)(reverse(name, kwargs=world[name])).status_code
            assert status == (200 if method in methods else 405), (name, method)
        if "post" not in methods:
            assert client.post(reverse(name, kwargs=world[name])).status_code == 405, name


@pytest.mark.parametrize("name", OWNED)
def test_what_does_not_exist_is_404(seat: Seat, alice: Actor, name: str) -> None:
    extra: Any = {
        "evidence_remove": {"found": 1},
        "evidence_file": {"found": 1},
        "evidence_picture": {"found": 1, "number": 1},
        "letter_file": {"letter": 1},
        "letter_picture": {"letter": 1, "number": 1},
        "held_picture": {"held": 1, "number": 1},
        "receipt": {"form": "pdf"},
    }.get(name, {})
    method = "get" if "get" in ROWS[name][1] else "post"
    assert getattr(seat(alice), method)(reverse(name, kwargs={"pk": 999_999, **extra})).status_code == 404


def test_changes_without_the_csrf_token_are_refused(world: dict[str, dict[str, Any]], alice: Actor) -> None:
    client, before = Client(enforce_csrf_checks=True), everything()
    assert alice.user is not None
    client.force_login(alice.user)
    for name, (_, methods) in ROWS.items():
        if "post" in methods:
            assert client.post(reverse(name, kwargs=world[name])).status_code == 403, name
    assert everything() == before


def test_L3_a_membership_withdrawn_while_the_page_was_open_is_404_and_changes_nothing(
    seat: Seat, alice: Actor, bob: Actor, world: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The view's own look-up still found him. The service looks again, and every view passes its refusal on."""
    client = seat(bob)
    withdraw_after_lookup(monkeypatch, bob)
    before = everything()
    verbs = ("submit", "joint_submit", "discard", "deploy", "delete", "revoke", "reason", "ownership_check")
    for name in (*verbs, *DELEGATION_VERBS):
        again(bob)
        typed = {"reason": "4", "reason_text": "x", "target": str(Deployment.objects.get().target_id)}
        assert client.post(reverse(name, kwargs=world[name]), typed).status_code == 404, name
    assert everything() == before


def withdraw_after_lookup(monkeypatch: pytest.MonkeyPatch, actor: Actor) -> None:
    """End the membership between the view's look-up and the verb. It is deleted raw, so that no event is recorded."""
    real = Actor.belongs_to

    def belongs_to(self: Actor, customer_id: int) -> bool:
        Membership.objects.filter(user=actor.user)._raw_delete("default")
        return real(self, customer_id)

    monkeypatch.setattr(Actor, "belongs_to", belongs_to)


def again(actor: Actor) -> None:
    from certportal.accounts.models import Customer

    Membership.objects.get_or_create(user=actor.user, customer=Customer.objects.get(slug="aurora"))
