"""Threat 36: a backup from before the revocation is restored. The authority is not in it and keeps its state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from certportal.accounts.models import Customer
from revocation.authorities.outside import fetch_publication
from revocation.models import Actor, Certificate, CertificateState, Event, RevocationOrder, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.authority import dispatch, publication_check, reconciliation
from revocation.services.inventory import certificates
from revocation.services.review import decisions
from tests.authorities.openssl_ca import OpensslCa, an_hour_ago
from tests.conftest import SYSTEM, person
from tests.people import LOOKED_AT, fresh, submitted
from tests.servers.web_server import PUBLIC, WebServer, response
from tests.support.backups import back_up, restore

pytestmark = [pytest.mark.process, pytest.mark.database, pytest.mark.django_db(transaction=True)]


class Elsewhere:
    """An authority run with openssl, whose CRL is served on loopback."""

    def __init__(self, folder: Path, server: WebServer) -> None:
        self.ca, self.server = OpensslCa(folder, "ecdsa"), server
        address = f"http://{PUBLIC}/ca.crl"
        self.der = self.ca.issue(
            extensions=(
                f"crlDistributionPoints=URI:{address}",
                "basicConstraints=critical,CA:FALSE",
                "subjectAltName=DNS:leaf.test",
            )
        )
        self.publish()

    def revoke(self) -> None:
        self.ca.list(self.der, an_hour_ago(), "keyCompromise")
        self.publish()

    def publish(self) -> None:
        self.server.pages["/ca.crl"] = response(self.ca.crl())


@pytest.fixture
def elsewhere(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    with WebServer() as server:
        settings.OUTBOUND_TEST_NETWORKS = ["127.0.0.0/8"]
        settings.OUTBOUND_TEST_PORTS = {80: server.port}
        monkeypatch.setattr(reconciliation, "fetch_publication", fetch_publication)
        monkeypatch.setattr(publication_check, "fetch_publication", fetch_publication)
        folder = tmp_path / "ca"
        folder.mkdir()
        made = Elsewhere(folder, server)
        issuers = [str(folder / "ca.pem")]
        settings.AUTHORITIES = {"openssl": {"driver": "by_hand", "name": "Openssl CA", "issuers": issuers}}
        yield made


@pytest.fixture
def certificate(elsewhere: Elsewhere, alice: Actor) -> Certificate:
    bundle = (elsewhere.ca.folder / "leaf.pem").read_bytes() + (elsewhere.ca.folder / "ca.pem").read_bytes()
    order = certificates.IssuanceFacts(brand="wotrus", level=Level.DV)
    owner = Customer.objects.get(users=alice.user)
    certificates.import_bundle(bundle, customer=owner, order=order, by=SYSTEM, at=timezone.now())
    return Certificate.objects.get()


def work(minutes: int) -> None:
    """Do the worker's pass over orders and publication checks, so many minutes from now."""
    at = timezone.now() + timedelta(minutes=minutes)
    for order in dispatch.due_orders(at=at):
        dispatch.tell(order, by=SYSTEM, at=at)
    publication_check.look(publication_check.due_looks(at=at), by=SYSTEM, at=at)


@pytest.mark.parametrize("decided", [False, True], ids=["before the decision", "before the authority acted"])
def test_threat_36_a_backup_from_before_the_revocation_is_mended(
    elsewhere: Elsewhere, certificate: Certificate, alice: Actor, tmp_path: Path, *, decided: bool
) -> None:
    rita, now = person("rita", group="reviewers"), timezone.now()
    request = submitted(certificate, alice, at=now)
    if decided:
        decisions.approve(request.pk, by=rita, at=now, checked=LOOKED_AT)
    back_up(tmp_path / "backup")
    if not decided:
        decisions.approve(request.pk, by=rita, at=now, checked=LOOKED_AT)
    elsewhere.revoke()
    work(0)
    work(1)
    assert fresh(certificate).state == fresh(request).state == "revoked"

    restore(tmp_path / "backup")
    assert fresh(certificate).state == CertificateState.REVOKING
    assert fresh(request).state == ("approved" if decided else "in_review")
    call_command("compare")
    work(1)
    mended = fresh(certificate)
    assert (mended.state, mended.revocation_reason) == ("revoked", 1)
    assert mended.revoked_at is not None
    assert mended.revoked_at < now
    assert RevocationRequest.objects.get().state == ("revoked" if decided else "overtaken")
    assert RevocationOrder.objects.count() == decided
    assert Event.objects.filter(kind="revoked" if decided else "revoked_elsewhere").count() == 1
