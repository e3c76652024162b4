"""Eligibility (M, N, F5): what blocks, what only narrows the reasons, and which certificates are affected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from revocation.models import Actor, Certificate, Deployment, DeploymentTarget, Route
from revocation.pki.facts import Level
from revocation.reasons import KEY_COMPROMISE
from revocation.services.requests import eligibility, filing
from tests.conftest import NOW, MakeCertificate

AFFILIATION_CHANGED, SUPERSEDED = 3, 4


def rules(refusals: Any) -> list[str]:
    return [refusal.rule for refusal in refusals]


def deploy(certificate: Certificate) -> None:
    target = DeploymentTarget.objects.create(customer=certificate.customer, name="Load balancer")
    Deployment.objects.create(certificate=certificate, target=target, deployed_at=NOW)


def test_a_certificate_with_nothing_against_it(make_certificate: MakeCertificate) -> None:
    certificate = make_certificate()
    answer = eligibility.check_one(certificate, at=NOW)
    assert (answer.refusals, answer.blocking, answer.narrowing, answer.why_not) == ((), (), (), "")
    assert answer.route == Route.F1
    assert answer.reasons == eligibility.reasons_for(certificate)
    assert {row.sentence for row in answer.answers} == {""}
    assert answer.may_be_assisted


def test_M7_narrows_the_reasons_and_blocks_nothing(make_certificate: MakeCertificate) -> None:
    certificate = make_certificate()
    deploy(certificate)
    answer = eligibility.check_one(certificate, at=NOW)
    assert (rules(answer.blocking), rules(answer.narrowing)) == ([], ["M7"])
    assert [reason.code for reason in answer.reasons] == [KEY_COMPROMISE]
    assert "Load balancer" in answer.why_only_key_compromise
    assert eligibility.check_one(certificate, at=NOW, reason=KEY_COMPROMISE).refusals == ()
    assert rules(eligibility.check_one(certificate, at=NOW, reason=SUPERSEDED).refusals) == ["M7"]


def test_a_rule_that_blocks_is_not_lifted_by_a_compromised_key(make_certificate: MakeCertificate) -> None:
    certificate = make_certificate(brand="geotrust", to_be_renewed=True, left=timedelta(days=20))
    deploy(certificate)
    answer = eligibility.check_one(certificate, at=NOW)
    assert (rules(answer.blocking), rules(answer.narrowing)) == (["N1"], ["M7"])
    assert "within 30 days" in answer.why_not
    assert answer.likely_situation == "compromised"
    assisted = eligibility.check_one(certificate, at=NOW, assisted=True)
    assert (rules(assisted.blocking), assisted.only_key_compromise, assisted.route) == ([], True, Route.A1)


def test_an_open_draft_stands_against_another_filing_and_not_against_itself(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    certificate = make_certificate()
    draft = filing.begin(certificate.pk, by=alice, at=NOW)
    answer = eligibility.check_one(certificate, at=NOW)
    assert (rules(answer.refusals), answer.facts.open_request) == (["M2"], draft.pk)
    assert answer.taking_up_its_request().refusals == ()
    assert eligibility.check_jointly([certificate], at=NOW)[certificate.pk].refusals == ()


def test_A1_a_draft_of_an_assisted_request_is_taken_up_by_no_joint_filing(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    certificate = make_certificate()
    filing.begin(certificate.pk, by=alice, at=NOW, assisted=True, situation="lapsed")
    assert rules(eligibility.check_jointly([certificate], at=NOW)[certificate.pk].refusals) == ["M2"]


def test_F5_several_are_offered_what_all_of_them_may_take(make_certificate: MakeCertificate) -> None:
    domain, organisation = make_certificate("a.aurora.example"), make_certificate("b.aurora.example", level=Level.OV)
    alone = [reason.code for reason in eligibility.common_reasons([organisation])]
    both = [reason.code for reason in eligibility.common_reasons([domain, organisation])]
    assert AFFILIATION_CHANGED in alone
    assert both == [code for code in alone if code != AFFILIATION_CHANGED]


def test_the_queries_do_not_grow_with_the_number(
    make_certificate: MakeCertificate, django_assert_num_queries: Any
) -> None:
    certificates = [make_certificate(f"{number}.aurora.example", brand="geotrust") for number in range(6)]
    with django_assert_num_queries(3):
        one = eligibility.check(certificates[:1], at=NOW)
    with django_assert_num_queries(3):
        all_of_them = eligibility.check(certificates, at=NOW)
    assert one[certificates[0].pk] == all_of_them[certificates[0].pk]


@pytest.mark.parametrize("brand", ["wotrus", "geotrust"])
def test_N_every_rule_has_its_line_also_where_a_brand_is_spared(make_certificate: MakeCertificate, brand: str) -> None:
    certificate = make_certificate(brand=brand, to_be_renewed=True, left=timedelta(days=20))
    lines = eligibility.check_one(certificate, at=NOW).answers
    assert len(lines) == 9
    assert all(str(line.title) for line in lines)
    assert [line.id for line in lines if line.refusal] == ([] if brand == "wotrus" else ["N1"])
