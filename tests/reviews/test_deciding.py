"""R1 to R4, F8, A1: deciding through the admin, with the real services behind it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import Customer, User
from revocation.models import Event, RevocationOrder, RevocationRequest
from revocation.services.review import decisions
from tests.people import delegate
from tests.reviews import desk
from tests.reviews.conftest import Seat

pytestmark = pytest.mark.django_db


def address(request: RevocationRequest, verb: str) -> str:
    return reverse("admin:revocation_revocationrequest_decide", args=[request.pk, verb])


def case_of(request: RevocationRequest) -> str:
    return reverse("admin:revocation_revocationrequest_change", args=[request.pk])


def decide(client: Client, request: RevocationRequest, verb: str, **given: Any) -> Any:
    """Read the confirmation as a browser does, then answer it."""
    return client.post(address(request, verb), answer_to(client, request, verb) | given)


def answer_to(client: Client, request: RevocationRequest, verb: str, **given: Any) -> dict[str, Any]:
    """Return an answer with the whole checklist ticked, but not the sentence that names the affected certificates."""
    form = client.get(address(request, verb)).context["form"]
    ticks = {name: "on" for name in form.fields if name.startswith("check_")}
    return {"seen": form.initial["seen"]} | ticks | given


def test_R1_approve_is_the_transition_of_the_service_and_leaves_an_order(alice: User, rita: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    response = decide(seat(rita), request, "approve", sure="on", why="Compared.")
    assert response.status_code == 302
    after = desk.fresh(request)
    assert (after.state, after.decided_by, after.decided_why) == ("approved", rita, "Compared.")
    assert RevocationOrder.objects.get(request=request).certificate == request.certificate
    event = Event.objects.get(kind="approved")
    assert (event.actor_id, event.source) == (rita.pk, "127.0.0.1")


def test_R2_approve_names_the_certificate_and_all_that_dies(alice: User, rita: User, seat: Seat) -> None:
    original = desk.certificate("old.example.com", brand="digicert", level="dv")
    desk.certificate("new.example.com", brand="digicert", level="dv", reissued_from=original)
    original.level = "ov"
    delegate(desk.actor(alice), "old.example.com", "example.com", at=timezone.now())
    original.save()
    page = seat(rita).get(address(desk.in_review(alice, original), "approve")).content.decode()
    assert "old.example.com" in page
    assert "new.example.com" in page
    assert "Also revoke: new.example.com (" in page


def test_R2_approve_without_the_tick_decides_nothing(alice: User, rita: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    response = decide(seat(rita), request, "approve")
    assert response.status_code == 200
    assert "Tick the box" in response.content.decode()
    assert desk.fresh(request).state == "in_review"


def test_N2_a_reissue_that_appeared_meanwhile_is_shown_before_anything_is_decided(
    alice: User, rita: User, seat: Seat
) -> None:
    original = desk.certificate(brand="digicert")
    delegate(desk.actor(alice), "www.example.com", "example.com", at=timezone.now())
    request = desk.in_review(alice, original)
    client = seat(rita)
    given = answer_to(client, request, "approve", sure="on")
    desk.certificate("late.example.com", brand="digicert", reissued_from=original)
    response = client.post(address(request, "approve"), given)
    page = response.content.decode()
    assert "changed while you were reading" in page
    assert "late.example.com" in page
    assert desk.fresh(request).state == "in_review"
    again = response.context["form"]["seen"].value()
    assert client.post(address(request, "approve"), given | {"seen": again}).status_code == 302


def test_threat_6_the_answer_is_bound_to_the_letter_that_was_shown(
    alice: User, rita: User, ron: User, seat: Seat
) -> None:
    request = desk.with_letter(alice)
    client, digest = seat(rita), request.current_letter().sha256
    given = answer_to(client, request, "approve", sure="on")
    assert digest in client.get(address(request, "approve")).content.decode()
    request.current_letter().pictures.update(sha256="0" * 64)
    refused = client.post(address(request, "approve"), given)
    assert "changed while you were reading" in refused.content.decode()
    assert desk.fresh(request).state == "in_review"
    again = refused.context["form"]["seen"].value()
    assert client.post(address(request, "approve"), given | {"seen": again}).status_code == 302
    assert Event.objects.get(kind="approved").data["shown"][0]["pictures"] == ["0" * 64]


@pytest.mark.parametrize(("verb", "state"), [("reject", "rejected"), ("hand_back", "handed_back")])
def test_R2_F8_reject_and_hand_back_need_words(alice: User, rita: User, seat: Seat, verb: str, state: str) -> None:
    request = desk.in_review(alice)
    client = seat(rita)
    assert "The customer sees it" in decide(client, request, verb, why="  ").content.decode()
    assert desk.fresh(request).state == "in_review"
    assert decide(client, request, verb, why="The seal is missing.").status_code == 302
    assert desk.fresh(request).state == state


def test_R2_a_get_decides_nothing(alice: User, rita: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    seat(rita).get(address(request, "approve") + "?sure=on&why=x")
    assert desk.fresh(request).state == "in_review"


def test_R3_whoever_belongs_to_the_organisation_is_offered_nothing_and_refused(
    alice: User, acme: Customer, seat: Seat
) -> None:
    request = desk.in_review(alice)
    rights = ("revocation.decide_revocationrequest", "revocation.view_revocationrequest")
    insider = desk.person("ivan", *rights, customer=acme, is_staff=True)
    page = seat(insider).get(case_of(request)).content.decode()
    assert "Another reviewer must decide" in page
    assert "/decide/" not in page
    assert seat(insider).get(address(request, "approve")).status_code == 403
    seen = {"seen": "x", "sure": "on"}
    assert seat(insider).post(address(request, "approve"), seen).status_code == 403
    assert desk.fresh(request).state == "in_review"


def test_R3_superusers_included_and_the_attempt_is_recorded(acme: Customer, seat: Seat, rita: User) -> None:
    boss = desk.person("boss", customer=acme, is_staff=True, is_superuser=True)
    request = desk.in_review(boss)
    given = answer_to(seat(rita), request, "approve", sure="on")
    response = seat(boss).post(address(request, "approve"), given)
    assert response.status_code == 403
    assert "You took part in this request" in response.content.decode()
    assert Event.objects.get(kind="decision_refused").actor_id == boss.pk


def test_R3_a_reader_without_the_right_to_decide_is_refused(alice: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    reader = desk.person("rhea", "revocation.view_revocationrequest", is_staff=True)
    page = seat(reader).get(case_of(request)).content.decode()
    assert "/decide/" not in page
    assert seat(reader).get(address(request, "reject")).status_code == 403


def test_R4_the_slower_reviewer_is_told_who_decided_what(alice: User, rita: User, ron: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    slow = seat(ron)
    seen = slow.get(address(request, "reject")).context["form"].initial["seen"]
    assert decide(seat(rita), request, "approve", sure="on").status_code == 302
    response = slow.post(address(request, "reject"), {"seen": seen, "why": "No."})
    assert response.status_code == 409
    page = response.content.decode()
    assert "Rita has already decided" in page
    assert "approved" in page
    assert RevocationOrder.objects.filter(request=request).count() == 1


def test_R4_a_double_click_gets_the_same_answer_and_one_decision(alice: User, rita: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    client = seat(rita)
    answer = answer_to(client, request, "approve", sure="on")
    first, second = (client.post(address(request, "approve"), answer).status_code for _ in range(2))
    assert (first, second) == (302, 409)
    assert Event.objects.filter(kind="approved").count() == 1


def test_R4_told_also_when_it_was_handed_back(alice: User, rita: User, ron: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    decisions.hand_back(request.pk, by=desk.actor(rita), at=request.queued_at, why="Which site?")
    response = seat(ron).get(address(request, "approve"))
    assert response.status_code == 409
    assert "Which site?" in response.content.decode()
    assert "Rita" in response.content.decode()


def test_A1_one_vouches_and_another_approves(alice: User, rita: User, ron: User, seat: Seat) -> None:
    request = desk.in_review(alice, assisted=True)
    assert seat(rita).get(address(request, "approve")).status_code == 409
    assert decide(seat(rita), request, "vouch", why="I rang them up.").status_code == 302
    assert seat(rita).get(address(request, "approve")).status_code == 403
    assert decide(seat(ron), request, "approve", sure="on").status_code == 302
    assert desk.fresh(request).decided_by == ron


def test_unknown_verbs_and_requests_are_404(alice: User, rita: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    client = seat(rita)
    assert client.get(address(request, "finish")).status_code == 404
    assert client.get(reverse("admin:revocation_revocationrequest_decide", args=[9999, "approve"])).status_code == 404


def test_fields_of_the_model_in_the_form_change_nothing_else(alice: User, rita: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    decide(seat(rita), request, "hand_back", why="x", state="revoked", decided_by=alice.pk, due_at="2020-01-01")
    after = desk.fresh(request)
    assert (after.state, after.decided_by, after.due_at) == ("handed_back", None, request.due_at)
