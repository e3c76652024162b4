"""Delegations: what a check sees decides what is waived and what falls back (O1, O2, O3, F9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from revocation.models import Actor, Delegation, Event
from revocation.ownership.outcome import Outcome
from revocation.pki.facts import Level
from revocation.services.core.errors import NotOwner
from revocation.services.core.transitions import ActorRefused, TransitionRefused
from revocation.services.ownership import delegations, proof_files
from revocation.services.requests import filing
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import DAY, HOUR, delegate, draft, fresh, submitted
from tests.servers.dns_server import DnsServer

DOMAIN = "www.aurora.example"
MISSING = Outcome(False, "delegation_missing", "x", DOMAIN)
SILENT = Outcome(False, "dns_no_reply", "x", DOMAIN, params={"name": DOMAIN, "kind": "CNAME"})


def f4(make_certificate: MakeCertificate, *names: str) -> Any:
    return make_certificate(brand="digicert", level=Level.OV, names=names or (DOMAIN,))


def test_F9_only_when_every_domain_is_delegated(make_certificate: MakeCertificate, alice: Actor) -> None:
    certificate = f4(make_certificate, "aurora.example", "*.aurora.example", "www.shop.example")
    delegate(alice, "aurora.example")
    assert not draft(certificate, alice).letter_waived
    delegate(alice, "www.shop.example", method="file_proxy")
    assert fresh(draft(certificate, alice)).letter_waived  # the open draft learns of it


def test_F9_what_was_entered_counts_for_nothing_until_it_is_seen(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    certificate = f4(make_certificate)
    delegations.add(certificate.customer_id, DOMAIN, "dns_proxy", by=alice, at=NOW)
    assert not draft(certificate, alice).letter_waived


def test_F9_another_customers_delegation_waives_nothing(
    make_certificate: MakeCertificate, alice: Actor, charlie: Actor
) -> None:
    delegate(charlie, DOMAIN)
    assert not draft(f4(make_certificate), alice).letter_waived


def test_F9_a_delegation_lost_since_the_draft_waives_nothing_at_submission(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    delegate(alice, DOMAIN)
    case = draft(f4(make_certificate), alice)
    with pytest.raises(TransitionRefused):
        filing.submit(case.pk, by=alice, at=NOW + 31 * HOUR)  # no daily check since
    assert fresh(case).missing() == ("letter",)


def test_L3_a_stranger_who_submits_changes_nothing_of_a_draft(
    make_certificate: MakeCertificate, alice: Actor, charlie: Actor
) -> None:
    delegate(alice, DOMAIN)
    case = draft(f4(make_certificate), alice)
    with pytest.raises(ActorRefused):
        filing.submit(case.pk, by=charlie, at=NOW + 31 * HOUR)  # no daily check since: it would waive nothing any more
    assert fresh(case).letter_waived


def test_O3_a_wildcards_domain_counts_by_path_too(make_certificate: MakeCertificate, alice: Actor) -> None:
    certificate = make_certificate(brand="trustasia", term_years=3, names=("*.aurora.example",))
    delegate(alice, "aurora.example", method="file_proxy")
    assert submitted(certificate, alice).state == "approved"


def test_O2_an_outage_breaks_nothing_at_once_and_a_wrong_answer_does(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    (one,) = delegate(alice, DOMAIN)
    delegations.saw(one.pk, SILENT, by=SYSTEM, at=NOW + DAY)
    assert fresh(one).holds(NOW + DAY)
    case = draft(f4(make_certificate), alice, at=NOW + DAY)
    delegations.saw(one.pk, MISSING, by=SYSTEM, at=NOW + DAY)
    assert not fresh(one).holds(NOW + DAY)
    assert not fresh(case).letter_waived
    assert Event.objects.filter(kind="delegation_broken", customer_id=one.customer_id).count() == 1


def test_O1_looked_at_daily_and_more_often_while_it_is_needed_or_missing(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    (one,) = delegate(alice, DOMAIN)
    assert fresh(one).next_check_at == NOW + DAY
    delegations.saw(one.pk, MISSING, by=SYSTEM, at=NOW)
    assert delegations.PAUSES.shortest <= fresh(one).next_check_at - NOW <= timedelta(minutes=1)
    delegations.saw(one.pk, MISSING, by=SYSTEM, at=NOW + 8 * DAY)  # given up
    assert fresh(one).next_check_at == NOW + 9 * DAY
    (used,) = delegate(alice, DOMAIN, method="file_proxy")
    submitted(make_certificate(brand="geotrust", validation_method="file_proxy"), alice)
    delegate(alice, DOMAIN, method="file_proxy")
    assert fresh(used).next_check_at == NOW + timedelta(minutes=10)


def test_O2_removing_a_delegation_makes_open_proofs_manual(make_certificate: MakeCertificate, alice: Actor) -> None:
    (one,) = delegate(alice, DOMAIN, method="file_proxy")
    case = submitted(make_certificate(brand="geotrust", validation_method="file_proxy"), alice)
    assert case.name_proofs.get().automatic == "file_proxy"
    delegations.remove(one.pk, by=alice, at=NOW)
    assert case.name_proofs.values_list("method", "automatic").get() == ("file", "")
    assert Event.objects.get(kind="method_fell_back").data["code"] == "delegation_removed"


def test_L3_strangers_neither_add_nor_look_nor_remove(alice: Actor, charlie: Actor) -> None:
    (one,) = delegate(alice, DOMAIN)
    attempt: Callable[[], object]
    for attempt in (
        lambda: delegations.add(one.customer_id, "a.example", "dns_proxy", by=charlie, at=NOW),
        lambda: delegations.check_now(one.pk, by=charlie, at=NOW),
        lambda: delegations.remove(one.pk, by=charlie, at=NOW),
    ):
        with pytest.raises(NotOwner):
            attempt()
    assert Delegation.objects.count() == 1


@pytest.mark.parametrize("domain", ["", "*.aurora.example", "localhost", "co.uk", "a b.example", "192.0.2.1", "x/../y"])
def test_O1_what_cannot_be_delegated_is_refused_with_a_sentence(alice: Actor, domain: str) -> None:
    (one,) = delegate(alice, DOMAIN)
    with pytest.raises(delegations.DelegationRefused, match=r"\."):
        delegations.add(one.customer_id, domain, "dns_proxy", by=alice, at=NOW)


def test_O1_the_same_domain_twice_is_one_and_keeps_its_label(alice: Actor) -> None:
    (first,), (second,) = delegate(alice, DOMAIN), delegate(alice, "WWW.aurora.example.")
    assert (first.pk, first.token) == (second.pk, second.token)


@pytest.fixture
def dns(settings: Any) -> Iterator[DnsServer]:
    with DnsServer() as server:
        settings.DNS_RESOLVERS = [f"127.0.0.1:{server.port}"]
        yield server


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("{token}.proofs.portal.example.", "delegation_seen"),
        ("{token}.PROOFS.portal.example.", "delegation_seen"),
        ("other.proofs.portal.example.", "delegation_elsewhere"),
        ("", "delegation_missing"),
    ],
)
def test_O1_a_real_look_finds_the_cname_of_this_customer(alice: Actor, dns: DnsServer, target: str, code: str) -> None:
    (one,) = delegate(alice, DOMAIN)
    if target:
        dns.answer(f"_dnsauth.{DOMAIN}", "CNAME", target.format(token=one.token))
    delegations.check_now(one.pk, by=alice, at=NOW + HOUR)
    (due,) = delegations.due_delegations(at=NOW + HOUR)
    delegations.look(due, by=SYSTEM, at=NOW + HOUR)
    assert (fresh(one).outcome["code"], fresh(one).holds(NOW + HOUR)) == (code, code == "delegation_seen")
    assert fresh(one).sentence


# -- the path -------------------------------------------------------------------------------------------------------


def test_O6_the_path_answers_the_whole_value_of_the_open_request_only(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    (one,) = delegate(alice, DOMAIN, method="file_proxy")
    case = submitted(make_certificate(brand="geotrust", validation_method="file_proxy"), alice)
    assert proof_files.content_of(one.token, case.challenge_file) == case.challenge_value
    assert proof_files.content_of(one.token, "0" * 32 + ".txt") is None
    assert proof_files.content_of(one.token, "") is None
    case.name_proofs.update(proven_at=NOW)
    assert proof_files.content_of(one.token, case.challenge_file) is None  # useless afterwards


def test_threat_17_one_customers_value_is_never_served_for_anothers_host(
    make_certificate: MakeCertificate, alice: Actor, charlie: Actor
) -> None:
    """Charlie delegates Alice's host in the portal as well; her server forwards to her address, not to his."""
    (hers,), (his,) = (delegate(who, DOMAIN, method="file_proxy") for who in (alice, charlie))
    case = submitted(make_certificate(brand="geotrust", validation_method="file_proxy"), alice)
    assert proof_files.content_of(his.token, case.challenge_file) is None
    (elsewhere,) = delegate(alice, "elsewhere.example", method="file_proxy")
    assert proof_files.content_of(elsewhere.token, case.challenge_file) is None  # the request proves another host
    (by_dns,) = delegate(alice, "dns.aurora.example")
    assert proof_files.content_of(by_dns.token, case.challenge_file) is None
    assert proof_files.content_of(hers.token, case.challenge_file) == case.challenge_value


def test_O5_the_apex_path_answers_for_www_and_not_the_other_way_round(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    order = {"brand": "geotrust", "validation_method": "file_proxy"}
    delegate(alice, "aurora.example", method="file_proxy")
    assert submitted(make_certificate(DOMAIN, **order), alice).name_proofs.get().automatic == "file_proxy"
    delegate(alice, "www.shop.example", method="file_proxy")
    assert submitted(make_certificate("shop.example", **order), alice).name_proofs.get().automatic == ""
