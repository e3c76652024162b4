"""The engine of route F3: many at once, fair, one worker a name, nothing lost (O4, O7, threats 16, 26, 29)."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certportal.accounts.models import Customer
from revocation import crash_points, policy
from revocation.models import Actor, Event, NameProof, RevocationRequest
from revocation.ownership.outcome import Outcome
from revocation.services.ownership import claims, proofs, sweep
from tests.conftest import NOW, SYSTEM, MakeCertificate, person
from tests.people import fresh, submitted
from tests.servers.dns_server import DnsServer
from tests.support.effort import rounds
from tests.support.proofs import outcome
from tests.support.workers import start_command, start_worker, worker_once

pytestmark = [pytest.mark.process, pytest.mark.database]

File = Callable[..., RevocationRequest]


@pytest.fixture
def file(make_certificate: MakeCertificate, alice: Actor) -> File:
    """Return a function that files a request waiting for the proof of so many names."""

    def filed(domain: str, names: int = 1, **more: Any) -> RevocationRequest:
        each = tuple(f"n{number}.{domain}" for number in range(names))
        return submitted(make_certificate(brand="geotrust", names=each, left=timedelta(days=900)), alice, **more)

    return filed


@pytest.fixture
def dns_server() -> Iterator[DnsServer]:
    with DnsServer() as server:
        yield server


def publish(server: DnsServer, request: RevocationRequest) -> None:
    for proof in request.name_proofs.all():
        server.answer(f"_dnsauth.{proof.name}", "TXT", request.challenge_value)


def given_to(request: RevocationRequest, slug: str) -> RevocationRequest:
    """Give the request to another organisation; return it."""
    person("somebody", customer=slug)
    owner = Customer.objects.get(slug=slug)
    type(request.certificate).objects.filter(pk=request.certificate_id).update(customer=owner)
    return request


# -- Order and fairness ---------------------------------------------------------


@pytest.mark.django_db
def test_O7_customers_take_turns_however_many_names_one_has(file: File) -> None:
    file("many.example", 60)
    few = given_to(file("few.example", 3), "few")
    order = claims.due_names(at=NOW)
    first = [due.proof_id for due in order[:6]]
    assert set(few.name_proofs.values_list("pk", flat=True)) <= set(first)


@pytest.mark.django_db
def test_O7_check_now_comes_before_what_is_routine(file: File, alice: Actor) -> None:
    file("routine.example", 5)
    pressed = file("pressed.example")
    NameProof.objects.filter(request=pressed).update(checked_at=NOW, next_check_at=NOW + timedelta(hours=1))
    later = NOW + timedelta(minutes=1)
    assert proofs.check_now(pressed.pk, by=alice, at=later) == 1
    assert [due.asked for due in claims.due_names(at=later)] == [True] + 5 * [False]


class Traffic:
    """Probes under the test's control. Those of `bad` names are counted, and end only with `let_go`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, bad: str = "\0") -> None:
        self.open: list[tuple[claims.Claimed, Future[Outcome]]] = []
        self.held: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.bad = bad
        monkeypatch.setattr(sweep, "probe", self.probe)

    def probe(self, proof: claims.Claimed) -> Future[Outcome]:
        seen: Future[Outcome] = Future()
        if self.bad in proof.name:
            self.open.append((proof, seen))
            self.held[self.bad] += 1
            self.most[self.bad] = max(self.most[self.bad], self.held[self.bad])
        else:
            seen.set_result(outcome(proof, proven=False))
        return seen

    def let_go(self) -> None:
        for proof, seen in self.open:
            seen.set_result(outcome(proof, proven=False))


@pytest.mark.django_db
def test_T16_bad_hosts_of_one_customer_hold_no_more_than_its_share(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "SHARE", 10)
    file("bad.example", 40)
    good = given_to(file("good.example", 40), "good")
    traffic = Traffic(monkeypatch, bad="bad.example")
    stop = threading.Event()
    made = sweep.Sweep(by=SYSTEM, now=lambda: NOW)
    monkeypatch.setattr(made, "_landings", _until_quiet(made, stop))
    assert made.run(stop) == 40
    assert traffic.most["bad.example"] == 10
    assert not good.name_proofs.filter(checked_at__isnull=True).exists()
    assert not NameProof.objects.filter(lease_until__isnull=False).exists()  # given back at the end


def _until_quiet(made: sweep.Sweep, stop: threading.Event) -> Callable[..., list[sweep.Flight]]:
    """Return landings that set `stop` once nothing has landed for a while."""
    landings, quiet = made._landings, Counter[str]()

    def watched(*, wait: bool) -> list[sweep.Flight]:
        flights = landings(wait=wait)
        quiet["turns"] = 0 if flights else quiet["turns"] + 1
        if quiet["turns"] > 5:
            stop.set()
        return flights

    return watched


@pytest.mark.django_db
def test_T16_bad_hosts_do_not_hold_up_ten_times_as_many_good_ones(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bad ones answer only after every good one was checked: if they held the good ones up, this would not end."""
    monkeypatch.setattr(sweep, "SLOW_SECONDS", 0.05)
    monkeypatch.setattr(sweep, "TICK", 0.01)
    monkeypatch.setattr(sweep, "SHARE", 1000)
    monkeypatch.setattr(sweep, "PLACES", 50)
    files = rounds(6, 20)
    for number in range(files):
        file(f"bad{number}.example", 10)
        file(f"good{number}.example", 100)
    NameProof.objects.filter(name__contains="bad").update(next_check_at=NOW - timedelta(minutes=1))  # these come first
    traffic = Traffic(monkeypatch, bad="bad")
    stop = threading.Event()
    made = sweep.Sweep(by=SYSTEM, now=lambda: NOW)
    landings = made._landings

    def watched(*, wait: bool) -> list[sweep.Flight]:
        if traffic.open and not NameProof.objects.filter(name__contains="good", checked_at__isnull=True).exists():
            traffic.let_go()
            traffic.open.clear()
        return landings(wait=wait)

    monkeypatch.setattr(made, "_landings", watched)
    guard = threading.Timer(60, stop.set)
    guard.start()
    assert made.run(stop) == 110 * files
    guard.cancel()


# -- Leases ---------------------------------------------------------------------


@pytest.mark.django_db
def test_O7_a_claimed_name_is_nobody_elses_until_its_lease_is_over(file: File) -> None:
    file("a.example", 3)
    names = [due.proof_id for due in claims.due_names(at=NOW)]
    assert len(claims.claim(names, at=NOW)) == 3
    assert claims.claim(names, at=NOW) == []
    assert claims.due_names(at=NOW + claims.LEASE - timedelta(seconds=1)) == []
    assert len(claims.claim(names, at=NOW + claims.LEASE)) == 3


@pytest.mark.django_db
def test_O7_a_batch_costs_the_same_queries_however_many_names_are_in_it(file: File) -> None:
    made = []
    for domain, names in (("few.example", 2), ("many.example", 60)):
        wanted = [proof.pk for proof in file(domain, names).name_proofs.all()]
        with CaptureQueriesContext(connection) as queries:
            claimed = claims.claim(wanted, at=NOW)
            seen = [(one, outcome(one, proven=False), NOW) for one in claimed]
            proofs.record_outcomes(seen, by=SYSTEM, at=NOW)
        assert not NameProof.objects.filter(name__endswith=domain, checked_at=None).exists()
        made.append(len([query for query in queries if not query["sql"].lstrip().startswith("UPDATE revocation_n")]))
    assert made[0] == made[1]  # the outcomes themselves are one statement, prepared once


@pytest.mark.django_db
def test_O7_an_outcome_whose_lease_was_lost_does_not_count(file: File) -> None:
    request = file("a.example")
    names = [due.proof_id for due in claims.due_names(at=NOW)]
    (slow,) = claims.claim(names, at=NOW)
    later = NOW + claims.LEASE
    (quick,) = claims.claim(names, at=later)
    proofs.record_outcomes([(slow, outcome(slow, proven=True), NOW)], by=SYSTEM, at=later)
    assert fresh(request).state == "awaiting_ownership"
    proofs.record_outcomes([(quick, outcome(quick, proven=True), later)], by=SYSTEM, at=later)
    assert fresh(request).state == "approved"


@pytest.mark.django_db
def test_O1_an_outcome_of_the_method_left_meanwhile_does_not_count(file: File, alice: Actor) -> None:
    request = file("a.example")
    (proof,) = claims.claim([due.proof_id for due in claims.due_names(at=NOW)], at=NOW)
    proofs.choose_method(request.pk, proof.name, "file", by=alice, at=NOW)
    proofs.record_outcomes([(proof, outcome(proof, proven=True), NOW)], by=SYSTEM, at=NOW)
    row = request.name_proofs.get()
    assert (row.proven_at, row.attempts, row.lease_until, row.next_check_at) == (None, 0, None, NOW)


# -- Real processes -------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_O7_two_workers_never_check_the_same_name(file: File, dns_server: DnsServer) -> None:
    now = timezone.now()
    for number in range(4):
        file(f"d{number}.example", 50, at=now)
    resolvers = f'["127.0.0.1:{dns_server.port}"]'
    workers = [start_worker("--once", DNS_RESOLVERS=resolvers) for _ in range(2)]
    assert [worker.wait(90) for worker in workers] == [0, 0]
    assert set(NameProof.objects.values_list("attempts", flat=True)) == {1}
    asked = [dns_server.asked[(f"_dnsauth.{name}", "TXT")] for name in NameProof.objects.values_list("name", flat=True)]
    assert len(asked) == 200
    assert set(asked) == {1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", crash_points.SWEEP_POINTS)
def test_T26_a_worker_killed_at_a_named_point_loses_nothing(file: File, dns_server: DnsServer, fault: str) -> None:
    request = file("a.example", 3, at=timezone.now())
    publish(dns_server, request)
    resolvers = f'["127.0.0.1:{dns_server.port}"]'
    assert worker_once(DNS_RESOLVERS=resolvers, CERTPORTAL_FAULT=fault) == -signal.SIGKILL
    NameProof.objects.update(lease_until=None)  # as if the lease had run out
    assert worker_once(DNS_RESOLVERS=resolvers) == 0
    _ended_right([request])


@pytest.mark.django_db(transaction=True)
def test_T26_a_worker_killed_at_any_moment_loses_nothing(file: File, dns_server: DnsServer) -> None:
    requests = [file(f"d{number}.example", 40, at=timezone.now()) for number in range(3)]
    for request in requests:
        publish(dns_server, request)
    _kill_workers(dns_server)
    _ended_right(requests)


@pytest.mark.django_db(transaction=True)
def test_T26_T29_workers_killed_around_the_deadline_prove_what_is_there_and_fail_the_rest_once(
    file: File, dns_server: DnsServer
) -> None:
    """All deadlines passed while no worker was up. Every other request has its proofs published."""
    filed_at = timezone.now() - policy.OWNERSHIP_WINDOW - timedelta(minutes=5)
    requests = [file(f"d{number}.example", 10, at=filed_at) for number in range(12)]
    for request in requests[::2]:
        publish(dns_server, request)
    _kill_workers(dns_server)
    _ended_right(requests[::2])
    for request in requests[1::2]:
        assert (fresh(request).state, fresh(request.certificate).state) == ("failed", "issued")
        assert Event.objects.filter(request_id=request.pk, kind__in=("failed", "proven")).count() == 1


KILLS = rounds(5, 100)


def _kill_workers(dns_server: DnsServer) -> None:
    """Kill KILLS workers, each some tenths of a second after it began to look; then let one finish."""
    resolvers = f'["127.0.0.1:{dns_server.port}"]'
    dice = random.Random(26)
    for _ in range(KILLS):
        worker = start_worker(DNS_RESOLVERS=resolvers)
        until = time.monotonic() + 20
        before = dns_server.asked.total()
        while dns_server.asked.total() == before and time.monotonic() < until and worker.poll() is None:
            time.sleep(0.01)  # until it is at work
            if not NameProof.objects.filter(next_check_at__isnull=False).exists():
                break  # nothing is left to look for
        time.sleep(dice.uniform(0, 0.3))
        worker.kill()
        worker.wait(30)
        NameProof.objects.update(lease_until=None)
    assert worker_once(DNS_RESOLVERS=resolvers) == 0


def _ended_right(requests: list[RevocationRequest]) -> None:
    for request in requests:
        assert fresh(request).state in {"approved", "revoking", "revoked"}
        events = Event.objects.filter(request_id=request.pk)
        assert events.filter(kind="proven").count() == 1
        named = [name for event in events.filter(kind="name_proven") for name in event.data["names"]]
        assert sorted(named) == sorted(request.certificate.names)


@pytest.mark.django_db(transaction=True)
def test_O7_a_worker_told_to_end_does_so_soon_and_gives_its_names_back(file: File, dns_server: DnsServer) -> None:
    request = file("silent.example", 20, at=timezone.now())
    for proof in request.name_proofs.all():
        dns_server.be_silent(f"_dnsauth.{proof.name}")
    worker = start_command(DNS_RESOLVERS=f'["127.0.0.1:{dns_server.port}"]')
    until = time.monotonic() + 30
    while dns_server.asked.total() < 20 and time.monotonic() < until:
        time.sleep(0.02)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert dns_server.asked.total() < 80  # 60 are first questions; a worker that waits for silent servers asks 20 again
    assert not NameProof.objects.filter(lease_until__isnull=False).exists()
