"""Records at a provider: a worker killed anywhere, two workers at once, a record withdrawn meanwhile (threat 26)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from revocation import crash_points
from revocation.models import Actor, Event, NameProof, Publication, RevocationRequest
from revocation.ownership.providers.interface import Record
from revocation.services.ownership import dns_records, proofs, providers
from tests.conftest import SYSTEM, MakeCertificate
from tests.people import submitted
from tests.servers.knot import Knot
from tests.services.core.test_concurrency import at_once
from tests.support import workers

pytestmark = [pytest.mark.process, pytest.mark.database, pytest.mark.django_db(transaction=True)]
WHERE = "_dnsauth.www.aurora.example"


@pytest.fixture(scope="module")
def knot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knot]:
    with Knot(tmp_path_factory.mktemp("knot"), {"aurora.example": ""}) as server:
        yield server


@pytest.fixture
def case(knot: Knot, make_certificate: MakeCertificate, alice: Actor, settings: Any) -> RevocationRequest:
    settings.DNS_PROVIDERS = {"hoster": knot.options()}
    settings.DNS_RESOLVERS = [knot.address]
    settings.OUTBOUND_TEST_NETWORKS = ["127.0.0.0/8"]
    certificate = make_certificate(brand="geotrust", validation_method="dns_auto", left=timedelta(days=900))
    return submitted(certificate, alice, at=timezone.now())


def worker_once(knot: Knot, fault: str) -> int:
    return workers.worker_once(
        CERTPORTAL_FAULT=fault,
        DNS_PROVIDERS=json.dumps({"hoster": knot.options()}),
        DNS_RESOLVERS=json.dumps([knot.address]),
        OUTBOUND_TEST_NETWORKS='["127.0.0.0/8"]',
    )


def kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="record_").order_by("pk").values_list("kind", flat=True))


def carry_out(at: Any) -> None:
    for publication in dns_records.due_publications(at=at):
        dns_records.carry_out(publication, by=SYSTEM, at=at)


def test_O1_killed_between_publishing_and_commit_it_is_published_once(knot: Knot, case: RevocationRequest) -> None:
    assert worker_once(knot, crash_points.AFTER_PUBLISHING) == -9
    assert (Publication.objects.get().state, knot.ask(WHERE, "TXT")) == ("to_publish", (f'"{case.challenge_value}"',))
    later = timezone.now() + dns_records.LEASE
    carry_out(later)
    assert knot.ask(WHERE, "TXT") == (f'"{case.challenge_value}"',)
    assert kinds() == ["record_published"]
    end(case, knot)


def end(case: RevocationRequest, knot: Knot) -> None:
    """Let the request fail at its deadline. Its record is removed, although the worker is killed meanwhile."""
    late = timezone.now() + timedelta(hours=80)
    NameProof.objects.update(checked_at=late, next_check_at=None)
    proofs.close(case.pk, by=SYSTEM, at=late)
    assert worker_once(knot, "") == 0  # this pass finds that no proof needs the record any more
    assert worker_once(knot, crash_points.AFTER_REMOVING) == -9
    carry_out(timezone.now() + dns_records.LEASE)
    assert (Publication.objects.get().state, knot.ask(WHERE, "TXT")) == ("removed", ())
    assert kinds() == ["record_published", "record_removed"]


def test_O1_two_workers_at_the_same_instant_ask_the_provider_once(
    knot: Knot, case: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Record] = []
    real = providers.provider

    class Counted:
        def __init__(self, slug: str, name: str) -> None:
            self.real = real(slug, name)

        def publish(self, record: Record) -> None:
            asked.append(record)
            self.real.publish(record)

    monkeypatch.setattr(dns_records, "provider", Counted)
    publication, now = Publication.objects.get().pk, timezone.now()
    at_once(*[lambda: dns_records.carry_out(publication, by=SYSTEM, at=now)] * 4)
    assert len(asked) == 1
    assert kinds() == ["record_published"]
    monkeypatch.undo()
    end(case, knot)


def test_O1_a_record_written_by_a_slow_worker_after_its_removal_is_removed_again(
    knot: Knot, case: RevocationRequest
) -> None:
    publication, now = Publication.objects.get(), timezone.now()
    dns_records.withdraw(publication.pk, at=now)
    carry_out(now)
    assert Publication.objects.get().state == "removed"
    knot_has = Record(publication.name, publication.kind, publication.value)
    providers.provider(publication.provider, publication.name).publish(knot_has)  # a worker that was stopped goes on
    dns_records._done(publication.pk, removing=False, by=SYSTEM, at=now)
    carry_out(now)
    assert (Publication.objects.get().state, knot.ask(WHERE, "TXT")) == ("removed", ())
