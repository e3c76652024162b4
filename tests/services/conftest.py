"""Fixtures that the tests of the services need beside the common people."""

from collections.abc import Callable
from pathlib import Path

import pytest

from certportal.accounts.models import Customer
from revocation.authorities.local.creation import create_authority
from revocation.models import Actor, Certificate
from revocation.pki.facts import Level
from revocation.services.inventory.certificates import IssuanceFacts, issue_certificate
from tests.authorities.openssl_ca import make_csr
from tests.conftest import MakeCertificate, person
from tests.people import DAY, NOW, SYSTEM
from tests.support.stories import Stories


@pytest.fixture
def sm2_certificate(alice: Actor, tmp_path: Path) -> Callable[[Level], Certificate]:
    """Return a function that issues an SM2 certificate of DNSPod to Alice's organisation."""

    def make(level: Level) -> Certificate:
        authority = create_authority("sm2", "SM2 CA", "sm2", at=NOW, not_before=NOW - 90 * DAY, shards=4)
        order = IssuanceFacts(brand="dnspod", level=level)
        owner = Customer.objects.get(users=alice.user)
        csr = make_csr(tmp_path, "sm2", ["sm2.example.com"])
        return issue_certificate(
            csr, authority=authority, customer=owner, order=order, by=SYSTEM, at=NOW, not_before=NOW - DAY
        )

    return make


@pytest.fixture
def people(
    alice: Actor, bob: Actor, charlie: Actor, rita: Actor, ron: Actor, carl: Actor, root: Actor
) -> dict[str, Actor]:
    """Return actors by name. `twin` is reviewer and member; `gone` (member) and `dismissed` (reviewer) are inactive."""
    twin = person("twin", customer="aurora", group="reviewers")
    gone, dismissed = person("gone", customer="aurora"), person("dismissed", group="reviewers")
    for left in (gone, dismissed):
        assert left.user is not None
        left.user.is_active = False
        left.user.save()
    return {
        "alice": alice, "bob": bob, "charlie": charlie, "rita": rita, "ron": ron, "carl": carl, "root": root,
        "twin": twin, "gone": gone, "dismissed": dismissed, "worker": SYSTEM,
    }  # fmt: skip


@pytest.fixture
def stories(make_certificate: MakeCertificate, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> Stories:
    return Stories(make_certificate, people, monkeypatch)
