"""O1, O2: proofs that the portal publishes itself at a real name server, and the fall-back when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from revocation.models import Actor, Event, Mail, NameProof, Publication, RevocationRequest
from revocation.services.ownership import automation, delegations, dns_records, proofs
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import delegate, fresh, submitted
from tests.servers.knot import OTHER_SECRET, Knot
from tests.support.proofs import sweep

pytestmark = pytest.mark.process

HOUR = timedelta(hours=1)
ZONE = "aurora.example"
WHERE = f"_dnsauth.www.{ZONE}"


@pytest.fixture(scope="module")
def knot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knot]:
    with Knot(tmp_path_factory.mktemp("knot"), {ZONE: "", "proofs.portal.example": ""}) as server:
        yield server


@pytest.fixture
def hosted(knot: Knot, settings: Any) -> Knot:
    """Host the customer's zone and the portal's at the configured provider, where resolvers see them."""
    settings.DNS_PROVIDERS = {"hoster": knot.options()}
    settings.DNS_RESOLVERS = [knot.address]
    settings.OUTBOUND_TEST_NETWORKS = ["127.0.0.0/8"]
    return knot


def work(at: Any = NOW) -> None:
    """Do what the worker's duties would do at this instant."""
    for publication in dns_records.unwanted(at=at):
        dns_records.withdraw(publication, at=at)
    for publication in dns_records.due_publications(at=at):
        dns_records.carry_out(publication, by=SYSTEM, at=at)
    sweep(at)
    for request in automation.impatient(at=at):
        automation.give_up(request, by=SYSTEM, at=at)


def kinds(request: RevocationRequest) -> list[str]:
    return list(Event.objects.filter(request_id=request.pk).order_by("pk").values_list("kind", flat=True))


def told(alice: Actor) -> int:
    assert alice.user is not None
    return Mail.objects.filter(template="method_fell_back", to=alice.user.email).count()


def test_O3_dns_auto_needs_no_step_from_the_customer_and_leaves_nothing_behind(
    hosted: Knot, make_certificate: MakeCertificate, alice: Actor
) -> None:
    names = (f"www.{ZONE}", f"*.www.{ZONE}")
    case = submitted(make_certificate(brand="geotrust", names=names, validation_method="dns_auto"), alice)
    assert (case.state, Publication.objects.count()) == ("awaiting_ownership", 1)  # both names share one place
    assert hosted.ask(WHERE, "TXT") == ()  # submitting alone publishes nothing
    work()
    assert (fresh(case).state, hosted.ask(WHERE, "TXT")) == ("approved", (f'"{case.challenge_value}"',))
    work()
    assert (Publication.objects.get().state, hosted.ask(WHERE, "TXT")) == ("removed", ())
    assert kinds(case)[1:] == ["submitted", "record_published", "name_proven", "proven", "record_removed"]
    assert told(alice) == 0


def test_O1_dns_auto_publishes_a_cname_where_the_brand_asks_for_one(
    hosted: Knot, make_certificate: MakeCertificate, alice: Actor
) -> None:
    case = submitted(make_certificate(brand="cfca", validation_method="dns_auto"), alice)
    work()
    assert fresh(case).state == "approved"
    work()
    assert hosted.ask(WHERE, "CNAME") == ()


@pytest.mark.parametrize("brand", ["geotrust", "cfca"])
def test_O1_dns_proxy_is_proven_through_the_customers_cname(
    hosted: Knot, make_certificate: MakeCertificate, alice: Actor, brand: str
) -> None:
    (delegation,) = delegate(alice, f"www.{ZONE}")
    target = f"{delegation.token}.proofs.portal.example"
    with customers_record(hosted, WHERE, "CNAME", target):
        case = submitted(make_certificate(brand=brand, validation_method="dns_proxy"), alice)
        work()
        assert fresh(case).state == "approved"
        work()
    assert hosted.ask(target, "TXT") == ()


def customers_record(knot: Knot, name: str, kind: str, value: str) -> Any:
    """Return a context in which the customer keeps a record in their own zone."""
    from contextlib import contextmanager

    from revocation.ownership.providers.interface import Record
    from revocation.ownership.providers.registry import providers

    @contextmanager
    def kept() -> Iterator[None]:
        zone = providers({"own": knot.options()}).by_slug["own"]
        zone.publish(Record(name, kind, value))
        yield
        zone.remove(Record(name, kind, value))

    return kept()


@pytest.mark.parametrize(
    ("automatic", "manual", "code"),
    [
        ("dns_auto", "dns", "zone_not_hosted"),
        ("dns_proxy", "dns", "delegation_not_seen"),
        ("file_proxy", "file", "delegation_not_seen"),
    ],
)
def test_O2_without_its_conditions_a_method_falls_back_at_submission(
    make_certificate: MakeCertificate, alice: Actor, automatic: str, manual: str, code: str
) -> None:
    case = submitted(make_certificate(brand="geotrust", validation_method=automatic), alice)
    proof = case.name_proofs.get()
    assert (proof.method, proof.automatic, proof.next_check_at) == (manual, "", NOW)
    event = Event.objects.get(kind="method_fell_back")
    assert (event.data["code"], event.data["names"], told(alice)) == (code, ["www.aurora.example"], 1)


def test_O2_each_name_for_itself_and_one_mail(hosted: Knot, make_certificate: MakeCertificate, alice: Actor) -> None:
    names = (f"www.{ZONE}", "a.elsewhere.example", "b.elsewhere.example")
    case = submitted(make_certificate(brand="geotrust", names=names, validation_method="dns_auto"), alice)
    automatic = dict(case.name_proofs.values_list("name", "automatic"))
    assert automatic == {names[0]: "dns_auto", names[1]: "", names[2]: ""}
    assert told(alice) == 1


def test_O2_credentials_refused_fall_back_and_staff_are_told_what_the_server_said(
    hosted: Knot, make_certificate: MakeCertificate, alice: Actor, rita: Actor, settings: Any
) -> None:
    settings.DNS_PROVIDERS = {"hoster": hosted.options(key_secret=OTHER_SECRET)}
    case = submitted(make_certificate(brand="geotrust", validation_method="dns_auto"), alice)
    work()
    proof = case.name_proofs.get()
    assert (proof.method, proof.automatic, Publication.objects.get().state) == ("dns", "", "failed")
    assert told(alice) == 1
    assert "BADSIG" in Event.objects.get(kind="record_refused").data["problem"]
    assert Mail.objects.filter(template="record_refused", to=rita.user.email).count() == 1
    assert OTHER_SECRET not in str(list(Event.objects.values()))


def test_O2_an_outage_is_tried_again_and_falls_back_when_it_lasts(
    hosted: Knot, make_certificate: MakeCertificate, alice: Actor, settings: Any
) -> None:
    away = {"hoster": hosted.options(server="127.0.0.1:1")}
    settings.DNS_PROVIDERS = away
    case = submitted(make_certificate(brand="geotrust", validation_method="dns_auto"), alice)
    work()
    first = Publication.objects.get()
    assert (first.state, told(alice)) == ("to_publish", 0)
    assert dns_records.PAUSES.shortest <= first.next_attempt_at - NOW <= timedelta(seconds=5)
    work(NOW + 2 * HOUR)
    assert (case.name_proofs.get().automatic, told(alice)) == ("", 1)
    settings.DNS_PROVIDERS = {"hoster": hosted.options()}  # it comes back: its record still proves the name
    work(NOW + 4 * HOUR)
    assert fresh(case).state == "approved"
    work(NOW + 4 * HOUR)


def test_O2_what_is_published_but_not_seen_falls_back_and_stays_published(
    hosted: Knot, make_certificate: MakeCertificate, alice: Actor, settings: Any
) -> None:
    """The zone was moved to another hoster: ours still takes the record, and nobody sees it."""
    settings.DNS_RESOLVERS = ["127.0.0.1:1"]
    case = submitted(make_certificate(brand="geotrust", validation_method="dns_auto"), alice)
    work()
    work(NOW + 2 * HOUR)
    assert Event.objects.get(kind="method_fell_back").data["code"] == "not_proven_in_time"
    assert f'"{case.challenge_value}"' in hosted.ask(WHERE, "TXT")
    late = NOW + 73 * HOUR
    for step in range(3):
        work(late + step * HOUR)
        proofs.close(case.pk, by=SYSTEM, at=late + step * HOUR)
    assert fresh(case).state == "failed"
    assert f'"{case.challenge_value}"' not in hosted.ask(WHERE, "TXT")


def test_O2_a_delegation_lost_before_the_proof_falls_back(
    hosted: Knot, make_certificate: MakeCertificate, alice: Actor
) -> None:
    (delegation,) = delegate(alice, f"www.{ZONE}")
    case = submitted(make_certificate(brand="geotrust", validation_method="dns_proxy"), alice)
    assert case.name_proofs.get().automatic == "dns_proxy"
    delegations.check_now(delegation.pk, by=alice, at=NOW + HOUR)
    delegations.look(delegation.pk, by=SYSTEM, at=NOW + HOUR)
    assert fresh(delegation).broken_at == NOW + HOUR
    assert (case.name_proofs.get().automatic, told(alice)) == ("", 1)


def test_O1_the_customer_may_do_it_by_hand_instead(
    hosted: Knot, make_certificate: MakeCertificate, alice: Actor
) -> None:
    case = submitted(make_certificate(brand="geotrust", validation_method="dns_auto"), alice)
    proofs.choose_method(case.pk, f"www.{ZONE}", "file", by=alice, at=NOW)
    assert NameProof.objects.values_list("method", "automatic").get() == ("file", "")
    work()
    assert told(alice) == 0
