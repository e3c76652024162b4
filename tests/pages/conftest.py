"""Django's test client in place of a browser, logged in as somebody, at the instant NOW."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from revocation.models import Actor, Certificate, Delivery, JointFiling, RevocationRequest, Watcher, Webhook
from revocation.pki.facts import Level
from revocation.services.notifications import watchers, webhooks
from revocation.services.requests.joint_filing import begin_together
from tests.conftest import NOW, MakeCertificate
from tests.people import delegate, deploy, draft, submitted

Seat = Callable[[Actor | None], Client]


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def seat(db: None) -> Seat:
    def at(person: Actor | None) -> Client:
        client = Client()
        if person is not None:
            assert person.user is not None
            client.force_login(person.user)
        return client

    return at


@pytest.fixture
def page(seat: Seat, alice: Actor) -> Client:
    """Alice's browser."""
    return seat(alice)


def scan(letter: bytes, name: str = "letter.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, letter)


class Story:
    """One of everything that Alice's organisation can have: certificates, requests, a watcher, a webhook and more."""

    def __init__(self, make_certificate: MakeCertificate, alice: Actor) -> None:
        self.certificate: Certificate = make_certificate("free.aurora.example")
        self.deployment = deploy(make_certificate("deployed.aurora.example"), alice)
        with_letter = make_certificate("f4.aurora.example", brand="digicert", level=Level.OV)
        self.draft: RevocationRequest = draft(with_letter, alice)
        proving = make_certificate("f3.aurora.example", brand="digicert")
        self.proving: RevocationRequest = submitted(proving, alice)
        self.in_review: RevocationRequest = submitted(make_certificate("f1.aurora.example"), alice)
        pair = [make_certificate(f"{name}.aurora.example").pk for name in ("one", "two")]
        begun = begin_together(pair, by=alice, at=NOW, reason=4, reason_text="Both are replaced.")
        assert begun.joint
        self.joint: JointFiling = begun.joint
        where = self.certificate.pk
        self.watcher: Watcher = watchers.watch(where, "ops@elsewhere.example", by=alice, at=NOW, language="en")
        self.webhook: Webhook = webhooks.add(self.certificate.customer_id, "https://203.0.113.9/h", by=alice, at=NOW)
        self.delivery: Delivery = webhooks.test(self.webhook.pk, by=alice, at=NOW)
        self.assisted: RevocationRequest = draft(make_certificate("lapsed.aurora.example"), alice, assisted=True)
        (self.delegation,) = delegate(alice, "other.aurora.example")


@pytest.fixture
def story(make_certificate: MakeCertificate, alice: Actor) -> Story:
    return Story(make_certificate, alice)
