"""Several certificates filed together: each has its own request and refusal, and a route has one letter."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certportal.accounts.models import Customer, Membership
from revocation.models import Actor, Certificate, Event, JointFiling, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.core.errors import NotOwner
from revocation.services.requests import filing, joint_filing
from tests.conftest import NOW, MakeCertificate
from tests.people import deploy, fresh, submitted, upload_foreign

WORDS: dict[str, Any] = {"reason": 4, "reason_text": "We have new ones."}


def several(make_certificate: MakeCertificate, count: int, **order: Any) -> list[Certificate]:
    return [make_certificate(f"www{number}.aurora.example", **order) for number in range(count)]


def begun(certificates: list[Certificate], by: Actor, **more: Any) -> joint_filing.Together:
    return joint_filing.begin_together([c.pk for c in certificates], by=by, at=NOW, **(WORDS | more))


def test_F5_each_certificate_gets_its_own_draft_with_the_reason(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    done = begun(several(make_certificate, 3), alice)
    assert done.joint
    assert [b.draft.reason for b in done.begun if b.draft] == [4, 4, 4]
    assert {b.draft.filed_with for b in done.begun if b.draft} == {done.joint}
    assert Event.objects.filter(kind="drafted", data__together=done.joint.number).count() == 3


def test_R1_the_queue_finds_them_by_customer_and_brand_as_it_finds_others(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    certificates = several(make_certificate, 2)
    begun(certificates, alice)
    owner = (certificates[0].customer_id, certificates[0].brand_id)
    assert list(RevocationRequest.objects.values_list("customer", "brand")) == [owner, owner]


def test_M7_one_refused_certificate_stops_no_other_and_says_why(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    certificates = several(make_certificate, 3)
    deploy(certificates[1], alice)
    done = begun(certificates, alice)
    assert [bool(b.draft) for b in done.begun] == [True, False, True]
    assert "load balancer" in done.begun[1].sentences[0]
    assert Event.objects.get(kind="request_refused").certificate_id == certificates[1].pk


def test_F5_a_reason_that_one_of_them_cannot_have_is_refused_for_that_one(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    domain, organisation = make_certificate("a.example"), make_certificate("b.example", level=Level.OV)
    done = begun([domain, organisation], alice, reason=3)
    assert [bool(b.draft) for b in done.begun] == [False, True]
    assert "reason" in done.begun[0].sentences[0]


def test_a_double_click_changes_nothing(make_certificate: MakeCertificate, alice: Actor) -> None:
    certificates = several(make_certificate, 3)
    first, events = begun(certificates, alice), Event.objects.count()
    again = begun(certificates, alice)
    assert again.joint == first.joint
    assert [b.draft for b in again.begun] == [b.draft for b in first.begun]
    assert (Event.objects.count(), JointFiling.objects.count()) == (events, 1)


def test_F5_a_single_draft_joins_and_takes_the_reason_typed_last(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    certificates = several(make_certificate, 2)
    single = filing.begin(certificates[0].pk, by=alice, at=NOW, reason=5, reason_text="Closed.")
    done = begun(certificates, alice)
    assert done.begun[0].draft == single
    assert (fresh(single).filed_with, fresh(single).reason) == (done.joint, 4)
    assert Event.objects.get(kind="amended").data["after"]["together"] == done.joint.number


def test_M2_a_submitted_request_stands_against_another(make_certificate: MakeCertificate, alice: Actor) -> None:
    certificates = several(make_certificate, 2)
    submitted(certificates[0], alice)
    assert [bool(b.draft) for b in begun(certificates, alice).begun] == [False, True]


def test_L3_one_strange_certificate_makes_all_of_it_404(
    make_certificate: MakeCertificate, alice: Actor, charlie: Actor
) -> None:
    strange = upload_foreign(charlie)
    with pytest.raises(NotOwner):
        begun([*several(make_certificate, 2), strange], alice)
    assert not RevocationRequest.objects.exists()


def test_certificates_of_two_organisations_are_not_filed_together(
    make_certificate: MakeCertificate, alice: Actor, charlie: Actor
) -> None:
    strange = upload_foreign(charlie)
    Membership.objects.create(user=alice.user, customer=Customer.objects.get(slug="xinghe"))
    with pytest.raises(joint_filing.TogetherRefused, match="several organisations"):
        begun([make_certificate(), strange], alice)


@pytest.mark.parametrize("count", [0, 101])
def test_one_to_a_hundred_can_be_chosen(alice: Actor, count: int) -> None:
    with pytest.raises(joint_filing.TogetherRefused, match="100"):
        joint_filing.begin_together(list(range(count)), by=alice, at=NOW)


def test_the_number_of_queries_does_not_grow_with_the_certificates(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    def cost(certificates: list[Certificate]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            begun(certificates, alice)
        return len(queries)

    all_of_them = several(make_certificate, 12, brand="digicert", level=Level.OV)
    assert cost(all_of_them[:2]) == cost(all_of_them[2:]) <= 20


def test_M3_together_submitted_each_on_its_own(make_certificate: MakeCertificate, alice: Actor, bob: Actor) -> None:
    certificates = several(make_certificate, 3)
    done = begun(certificates, alice)
    deploy(certificates[1], bob)
    results = joint_filing.submit_together(done.joint.pk, by=bob, at=NOW)
    assert [fresh(r.request).state for r in results] == ["in_review", "draft", "in_review"]
    assert "load balancer" in str(results[1].problem)
    assert [fresh(c).state for c in certificates] == ["revoking", "issued", "revoking"]
    assert [r.problem is None for r in joint_filing.submit_together(done.joint.pk, by=bob, at=NOW)] == [False]


def test_L3_a_stranger_submits_nothing(make_certificate: MakeCertificate, alice: Actor, charlie: Actor) -> None:
    joint = begun(several(make_certificate, 2), alice).joint
    with pytest.raises(NotOwner):
        joint_filing.submit_together(joint.pk, by=charlie, at=NOW)
