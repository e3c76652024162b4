"""R2, L1: no approval without the route's checklist, whichever verb approves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from demo.requests import stamped_letter
from revocation.checklists import VERSION, Checked, checklist
from revocation.models import Actor, Certificate, Event, RevocationRequest
from revocation.pki.facts import Level
from revocation.policy import NEEDS, Route
from revocation.services.letters import evidence, upload
from revocation.services.requests import filing
from revocation.services.review import decisions
from revocation.services.review.decisions import ChecklistIncomplete
from tests.conftest import MakeCertificate
from tests.people import LOOKED_AT, NOW, delegate, draft, fresh, seen, submitted

pytestmark = pytest.mark.django_db
Case = Callable[..., RevocationRequest]

ORDERS = {
    Route.F1: {"brand": "wotrus"},
    Route.F2: {"brand": "dnspod", "level": Level.OV},
    Route.F4: {"brand": "digicert", "level": Level.OV},
    Route.A1: {"brand": "wotrus"},
}


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> Case:
    """Return a function that makes a request to be approved on a route. F2 follows from the standard, not the key."""

    def make(route: Route) -> RevocationRequest:
        certificate = make_certificate(**ORDERS[route])
        if route == Route.F2:
            Certificate.objects.filter(pk=certificate.pk).update(standard="sm2")
        if route == Route.A1:
            request = submitted(certificate, alice, assisted=True)
            return decisions.vouch(request.pk, by=rita, at=NOW, why="I rang them up.")
        request = draft(certificate, alice)
        if request.needs_letter:
            upload.upload(request.pk, by=alice, at=NOW, data=stamped_letter(), file_name="letter.jpg")
        if request.takes_evidence:
            evidence.add(request.pk, by=alice, at=NOW, data=stamped_letter(), file_name="evidence.jpg")
        return filing.submit(request.pk, by=alice, at=NOW)

    return make


def test_every_route_with_a_review_has_a_checklist_and_a_case_here() -> None:
    reviewed = {route for route in Route if NEEDS[route].review}
    assert reviewed == {route for route in Route if route.spec.checklist} == set(ORDERS)


@pytest.mark.parametrize("route", ORDERS)
def test_R2_no_approval_while_an_item_of_the_route_is_not_ticked(case: Case, ron: Actor, route: Route) -> None:
    request = case(route)
    assert request.route == route
    items = checklist(route, letter=request.needs_letter)
    for item in items:
        others = Checked({other.key for other in items} - {item.key})
        if item.required:
            with pytest.raises(ChecklistIncomplete, match=item.text[:20]):
                decisions.approve(request.pk, by=ron, at=NOW, checked=others, shown=seen(request))
    with pytest.raises(ChecklistIncomplete):
        decisions.approve(request.pk, by=ron, at=NOW, shown=seen(request))
    assert fresh(request).state == "in_review"
    assert not Event.objects.filter(kind="approved").exists()
    required = Checked({item.key for item in items if item.required})
    assert decisions.approve(request.pk, by=ron, at=NOW, checked=required, shown=seen(request)).state == "approved"


def test_R3_both_of_two_go_through_the_checklist(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor, settings: Any
) -> None:
    settings.TWO_APPROVALS_FOR = ["dv"]
    request = submitted(make_certificate(), alice)
    with pytest.raises(ChecklistIncomplete):
        decisions.approve_first(request.pk, by=rita, at=NOW)
    decisions.approve_first(request.pk, by=rita, at=NOW, checked=LOOKED_AT)
    with pytest.raises(ChecklistIncomplete):
        decisions.approve(request.pk, by=ron, at=NOW)
    assert decisions.approve(request.pk, by=ron, at=NOW, checked=LOOKED_AT).revocations.count() == 1


def test_F9_without_a_letter_nothing_is_asked_about_one(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    delegate(alice, "www.aurora.example")
    order = {"brand": "digicert", "level": Level.OV, "validation_method": "dns_proxy"}
    request = submitted(make_certificate(**order), alice)
    assert request.letter_waived
    decisions.approve(request.pk, by=rita, at=NOW, checked=Checked({"reason", "names", "impact"}))
    kept = Event.objects.get(kind="approved").data["checklist"]["items"]
    assert {row["key"] for row in kept} == {"reason", "names", "impact"}


def test_N2_sparing_the_reissues_needs_the_checklist_too(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    order = {"brand": "geotrust", "level": Level.OV, "validation_method": "dns_proxy"}
    delegate(alice, "www.aurora.example")
    first = make_certificate(**order)
    reissue = make_certificate(**order, reissued_from=first.fingerprint)
    request = submitted(first, alice, reason=1)
    with pytest.raises(ChecklistIncomplete):
        decisions.approve_original(request.pk, by=rita, at=NOW, why="Replaced.")
    assert (fresh(request).state, fresh(reissue).state) == ("in_review", "revoking")


def test_L1_the_wording_that_was_shown_is_kept(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    request = submitted(make_certificate(), alice)
    items = checklist(Route.F1, letter=False)
    shown = {item.key: item.text.upper() for item in items}
    decisions.approve(request.pk, by=rita, at=NOW, checked=Checked(set(shown), shown))
    kept = Event.objects.get(kind="approved").data["checklist"]
    assert kept["version"] == VERSION
    assert [(row["text"], row["ticked"]) for row in kept["items"]] == [(item.text.upper(), True) for item in items]
