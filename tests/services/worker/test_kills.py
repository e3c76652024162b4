"""Exactly once in effect (M5, threat 26): the worker is really killed, at every point of the table and at random.

The publication checks go over HTTP to this test's own server, through the guard, as in `make run`.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from revocation import crash_points
from revocation.authorities import http, looking
from revocation.authorities.local.models import IssuedCertificate
from revocation.authorities.outside import POLICY
from revocation.models import Actor, Certificate, Event, Mail, Receipt, RevocationOrder, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.authority import dispatch, publication_check
from revocation.services.notifications import mail
from revocation.services.review import decisions
from tests.conftest import MakeCertificate, person
from tests.people import LOOKED_AT, delegate, submitted
from tests.support import scripted
from tests.support.effort import rounds
from tests.support.workers import start_worker, worker_once

pytestmark = [pytest.mark.process, pytest.mark.database, pytest.mark.django_db(transaction=True)]
RANDOM_KILLS = rounds(8, 300)
"""How often the worker is killed at random."""

ONCE = ("approved", "authority_asked", "authority_confirmed", "certificate_revoked", "revoked", "receipt_made")
Approve = Callable[..., RevocationRequest]


@pytest.fixture
def portal(live_server: LiveServer, settings: Any, tmp_path: Path) -> dict[str, str]:
    """The environment of a worker that finds the authority's publication at the test's server."""
    settings.PKI_BASE_URL = live_server.url.replace("localhost", "127.0.0.1")  # the guard asks no hosts file
    return {
        "PKI_BASE_URL": settings.PKI_BASE_URL,
        "OUTBOUND_TEST_NETWORKS": '["127.0.0.0/8"]',
        "EMAIL_DIR": str(tmp_path / "mail"),
    }


@pytest.fixture
def approve(portal: dict[str, str], make_certificate: MakeCertificate, alice: Actor) -> Approve:
    rita = person("rita", group="reviewers")

    def made(name: str = "www.aurora.example") -> RevocationRequest:
        now = timezone.now()
        case = submitted(make_certificate(name, left=timedelta(days=400)), alice, at=now)
        return decisions.approve(case.pk, by=rita, at=now, checked=LOOKED_AT)

    return made


def leases_run_out() -> None:
    """Put everything due an hour into the past, so that what a killed worker had claimed is free again."""
    past = timezone.now() - timedelta(hours=1)
    RevocationOrder.objects.filter(lease_until__isnull=False).update(lease_until=past)
    for field in ("next_attempt_at", "next_look_at", "receipt_due_at"):
        RevocationOrder.objects.filter(**{f"{field}__isnull": False}).update(**{field: past})
    Mail.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=past)


def mails_that_went(folder: Path) -> Counter[str]:
    """Count the files of the file backend that carry each Message-ID."""
    lines = (line for file in folder.glob("*") for line in file.read_text().splitlines())
    return Counter(line for line in lines if line.startswith("Message-ID:"))


@pytest.mark.parametrize("fault", crash_points.POINTS)
def test_M5_a_worker_killed_anywhere_ends_in_exactly_one_revocation(
    approve: Approve, portal: dict[str, str], tmp_path: Path, fault: str
) -> None:
    approve()
    if fault in (crash_points.BEFORE_MAIL, crash_points.AFTER_MAIL):
        Mail.objects.update(sent_at=timezone.now(), next_attempt_at=None)  # killed at the last mail
    assert worker_once(**portal, CERTPORTAL_FAULT=fault) == -signal.SIGKILL
    if Certificate.objects.get().state == "revoked":
        assert RevocationOrder.objects.get().state == "proven"
    leases_run_out()
    assert worker_once(**portal) == 0
    assert RevocationRequest.objects.get().state == Certificate.objects.get().state == "revoked"
    assert IssuedCertificate.objects.get().effective_revocations == 1
    assert {kind: Event.objects.filter(kind=kind).count() for kind in ONCE} == dict.fromkeys(ONCE, 1)
    assert Receipt.objects.count() == 1
    assert Mail.objects.filter(template="revoked", sent_at__isnull=False).count() == 1
    again = [number for number in mails_that_went(tmp_path / "mail").values() if number > 1]
    assert again == ([2] if fault == crash_points.AFTER_MAIL else [])  # at least once, under the same Message-ID


@pytest.mark.parametrize("fault", [crash_points.AFTER_AUTHORITY, crash_points.BETWEEN_SIGHTINGS])
def test_N2_a_worker_killed_between_the_links_of_a_chain_ends_in_one_revocation_each(
    portal: dict[str, str], make_certificate: MakeCertificate, alice: Actor, fault: str
) -> None:
    """Threat 28: the CA has all links and the portal knows of none, or some are seen as revoked and others are not."""
    rita, now = person("rita", group="reviewers"), timezone.now()
    delegate(alice, "www.aurora.example", at=now)  # so that no letter is asked (F9)
    order = {"brand": "geotrust", "level": Level.OV, "validation_method": "dns_proxy", "left": timedelta(days=300)}
    chain = [make_certificate(**order)]
    while len({int(c.serial_number, 16) % 4 for c in chain}) < 3:  # several CRLs, so that a round has several parts
        chain.append(make_certificate(**order, reissued_from=chain[-1].fingerprint))
    decisions.approve(submitted(chain[0], alice, at=now).pk, by=rita, at=now, checked=LOOKED_AT)
    assert worker_once(**portal, CERTPORTAL_FAULT=fault) == -signal.SIGKILL
    states = set(RevocationOrder.objects.values_list("state", flat=True))
    assert states == ({"due"} if fault == crash_points.AFTER_AUTHORITY else {"confirmed", "proven"})
    assert_no_revocation_on_hope()
    assert RevocationRequest.objects.get().state == "revoking"
    leases_run_out()
    assert worker_once(**portal) == 0
    assert set(Certificate.objects.values_list("state", flat=True)) == {"revoked"}
    assert set(IssuedCertificate.objects.values_list("effective_revocations", flat=True)) == {1}
    kinds = ("revoked", "certificate_revoked", "authority_confirmed", "receipt_made")
    told = [Event.objects.filter(kind=kind).count() for kind in kinds]
    assert told == [1, len(chain), len(chain), len(chain)]


IN_A_BATCH = (
    crash_points.AFTER_CLAIM,
    crash_points.BEFORE_AUTHORITY,
    crash_points.AFTER_AUTHORITY,
    crash_points.AFTER_COMMIT,
    crash_points.IN_SIGHTING,
)


@pytest.mark.parametrize("fault", IN_A_BATCH)
def test_M5_a_worker_killed_in_the_middle_of_a_batch_ends_in_one_revocation_each(
    approve: Approve, portal: dict[str, str], fault: str
) -> None:
    for number in range(4):
        approve(f"host{number}.aurora.example")
    assert worker_once(**portal, CERTPORTAL_FAULT=fault) == -signal.SIGKILL
    assert_no_revocation_on_hope()
    leases_run_out()
    assert worker_once(**portal) == 0
    assert set(RevocationRequest.objects.values_list("state", flat=True)) == {"revoked"}
    assert set(IssuedCertificate.objects.values_list("effective_revocations", flat=True)) == {1}
    assert {kind: Event.objects.filter(kind=kind).count() for kind in ONCE} == dict.fromkeys(ONCE, 4)
    assert (Receipt.objects.count(), Mail.objects.filter(template="revoked").count()) == (4, 4)


def test_M5_random_kills_lose_nothing_and_tell_nothing_twice(approve: Approve, portal: dict[str, str]) -> None:
    """A worker is killed at any instant of its first two seconds, again and again, with fresh decisions between."""
    chance = random.Random(20261125)
    for number in range(RANDOM_KILLS):
        if number % 2 == 0:
            approve(f"host{number}.aurora.example")
        worker = start_worker(**portal)
        time.sleep(chance.uniform(0.1, 2))  # it is at work after a tenth of a second
        worker.kill()
        worker.wait(30)
        assert_no_revocation_on_hope()
        leases_run_out()
    for _ in range(6):
        if not RevocationRequest.objects.exclude(state="revoked").exists():
            break
        worker_once(**portal)
        leases_run_out()
    assert set(RevocationRequest.objects.values_list("state", flat=True)) == {"revoked"}
    assert set(IssuedCertificate.objects.values_list("effective_revocations", flat=True)) == {1}
    for kind in ("authority_confirmed", "certificate_revoked", "revoked"):
        assert Event.objects.filter(kind=kind).count() == RevocationRequest.objects.count(), kind


def assert_no_revocation_on_hope() -> None:
    known = dict(IssuedCertificate.objects.values_list("serial_number", "revoked_at"))
    for certificate in Certificate.objects.filter(state="revoked"):
        assert known[f"{int(certificate.serial_number, 16):x}"] is not None
        assert certificate.revocation.observations.filter(outcome="yes").exists()


def test_M5_a_clock_that_jumps_tells_nobody_twice(approve: Approve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock jumps hours back and forth between the worker's passes: one revocation results, and nothing is lost."""
    approve()
    authority = scripted.install(monkeypatch, scripted.CONFIRMS)
    now = timezone.now()
    for hours in (0, -6, 6, -1, 2, 12):
        scripted.tell_all(now + timedelta(hours=hours))
    assert RevocationRequest.objects.get().state == "revoked"
    assert len(authority.asked) == 1
    assert IssuedCertificate.objects.get().effective_revocations == 1


def test_leases_are_longer_than_what_they_cover() -> None:
    longest = 2 * http.SECONDS + looking.SECONDS + 2 * POLICY.seconds
    assert timedelta(seconds=longest) < dispatch.LEASE
    assert publication_check.LEASE > dispatch.LEASE
    assert mail.PAUSES.shortest >= timedelta(seconds=20)  # EMAIL_TIMEOUT
