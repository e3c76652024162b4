"""Several certificates at once on the pages: each has its route or its refusal, one reason serves all, each has its
own result."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certportal.accounts.models import Customer, Membership
from revocation.models import Actor, Certificate, JointFiling, RequestState, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.requests.joint_filing import MOST
from tests.conftest import MakeCertificate
from tests.people import deploy, draft, submitted, upload_foreign

ADDRESS = "/certificates/together/"
TYPED = {"reason": "4", "reason_text": "All are replaced."}
Mixed = dict[str, Certificate]


@pytest.fixture
def mixed(make_certificate: MakeCertificate, alice: Actor) -> Mixed:
    """Ten of all kinds: each route, and each way of being refused."""
    made = {
        "f1": make_certificate("f1.aurora.example"),
        "f1-too": make_certificate("f1-too.aurora.example"),
        "f3": make_certificate("f3.aurora.example", brand="digicert"),
        "f4": make_certificate("f4.aurora.example", brand="digicert", level=Level.OV),
        "ev": make_certificate("ev.aurora.example", brand="digicert", level=Level.EV),
        "old": make_certificate("old.aurora.example", brand="digicert", start=datetime(2020, 1, 1, tzinfo=UTC)),
        "open": submitted(make_certificate("open.aurora.example"), alice).certificate,
        "drafted": draft(make_certificate("drafted.aurora.example"), alice).certificate,
        "deployed": make_certificate("deployed.aurora.example"),
        "foreign": upload_foreign(alice),
    }
    deploy(made["deployed"], alice)
    return made


def ids(mixed: Mixed) -> list[int]:
    return [certificate.pk for certificate in mixed.values()]


def test_requests_filed_together_are_found_by_customer_and_brand_in_the_queue(page: Client, mixed: Mixed) -> None:
    page.post(ADDRESS, {"id": ids(mixed), **TYPED})
    assert not RevocationRequest.objects.filter(customer__isnull=True).exists()
    assert not RevocationRequest.objects.filter(brand__isnull=True).exists()


def text(answer: Any) -> str:
    return answer.content.decode()


def test_the_choice_is_grouped_by_route_and_every_refusal_says_why(page: Client, mixed: Mixed) -> None:
    shown = text(page.get(ADDRESS, {"id": ids(mixed)}))
    assert "you control the names. There is no review" in shown
    assert "stamped confirmation letter. We review the request" in shown
    assert "issued before 25 March 2020" in shown
    assert "already being revoked" in shown
    assert "Its own issuer, Foreign CA, must revoke it." in shown
    assert "key compromise only" in shown
    assert "Start 7 requests" in shown
    assert "affiliationChanged" not in shown  # not for DV, hence not for all of them
    alone = text(page.get(ADDRESS, {"id": [mixed["f4"].pk]}))
    assert "affiliationChanged" in alone


def test_ten_of_mixed_kinds_go_their_own_ways_in_one_go(page: Client, mixed: Mixed) -> None:
    answer = page.post(ADDRESS, {**TYPED, "id": ids(mixed)}, follow=True)
    filing = JointFiling.objects.get()
    assert answer.redirect_chain == [(f"/together/{filing.pk}/", 302)]
    assert "deployed.aurora.example" in text(answer)  # refused with the reason given (M7), and said so
    assert "still deployed" in text(answer)
    states = dict(filing.requests.values_list("certificate__common_name", "state"))
    assert set(states.values()) == {RequestState.DRAFT}
    assert len(states) == 6
    done = page.post(f"/together/{filing.pk}/submit/", follow=True)
    assert "4 requests are submitted." in text(done)
    states = dict(filing.requests.values_list("certificate__common_name", "state"))
    assert states["f4.aurora.example"] == RequestState.DRAFT  # its letter is missing
    assert states["f3.aurora.example"] == RequestState.AWAITING_OWNERSHIP
    assert states["drafted.aurora.example"] == RequestState.IN_REVIEW
    before = list(RevocationRequest.objects.order_by("pk").values())
    page.post(f"/together/{filing.pk}/submit/")  # the second of two clicks
    assert list(RevocationRequest.objects.order_by("pk").values()) == before


def test_F5_what_is_missing_is_said_and_the_choice_stays(page: Client, mixed: Mixed) -> None:
    answer = page.post(ADDRESS, {"reason_text": "Because.", "id": ids(mixed)})
    assert answer.status_code == 422
    assert "Select the reason that fits best." in text(answer)
    assert "Because." in text(answer)
    assert text(answer).count('name="id"') == 7
    assert not JointFiling.objects.exists()


def test_at_most_a_hundred_and_at_least_one(page: Client, mixed: Mixed) -> None:
    assert "No certificates selected." in text(page.get(ADDRESS))
    many = [*ids(mixed), *range(10**6, 10**6 + MOST)]
    shown = text(page.get(ADDRESS, {"id": many}))
    assert "The limit is 100." in shown
    assert "<textarea" not in shown
    assert page.post(ADDRESS, {**TYPED, "id": many}).status_code == 422
    assert not JointFiling.objects.exists()
    assert page.get(ADDRESS, {"id": ["x", "9" * 30, "\0", "-1"]}).status_code == 200


def test_L3_others_certificates_are_not_there(page: Client, mixed: Mixed, charlie: Actor) -> None:
    """Threat 20: numbers put into the form by hand."""
    foreign = upload_foreign(charlie)
    assert foreign.label not in text(page.get(ADDRESS, {"id": [foreign.pk]}))
    page.post(ADDRESS, {**TYPED, "id": [foreign.pk, mixed["f1"].pk]})
    assert list(JointFiling.objects.get().requests.values_list("certificate", flat=True)) == [mixed["f1"].pk]


def test_each_organisation_gets_its_own_filing(
    page: Client, alice: Actor, make_certificate: MakeCertificate, mixed: Mixed
) -> None:
    other = Customer.objects.create(slug="second", name="Second")
    Membership.objects.create(user=alice.user, customer=other)
    theirs = make_certificate("second.example")
    Certificate.objects.filter(pk=theirs.pk).update(customer=other)
    answer = page.post(ADDRESS, {**TYPED, "id": [theirs.pk, mixed["f1"].pk]}, follow=True)
    assert JointFiling.objects.count() == 2
    assert "joint filing of your other organisation" in text(answer)


def test_the_queries_do_not_grow_with_the_choice(page: Client, make_certificate: MakeCertificate) -> None:
    chosen = [make_certificate(f"n{n}.aurora.example", brand="digicert").pk for n in range(12)]

    def counted(address: str, some: list[int]) -> int:
        with CaptureQueriesContext(connection) as seen:
            page.get(address, {"id": some})
        return len(seen)

    page.get(ADDRESS)
    assert counted(ADDRESS, chosen[:2]) == counted(ADDRESS, chosen)
    for some in (chosen[:2], chosen[2:]):
        page.post(ADDRESS, {**TYPED, "id": some})
    few, many = JointFiling.objects.order_by("pk")
    assert counted(f"/together/{few.pk}/", []) == counted(f"/together/{many.pk}/", []) <= 16
