"""From *Revoke* to submission on the pages. A refusal keeps what was typed (F5, F6, M1 to N3, M3, M4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from revocation import policy
from revocation.models import Actor, Certificate, Event, EventKind, RequestState, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.pages.conftest import scan
from tests.people import deploy, draft, fresh, submitted, upload_foreign

TYPED = {"reason": "4", "reason_text": "We have a new one."}


def text(response: Any) -> str:
    return response.content.decode()


def test_F5_what_is_missing_is_said_and_what_was_typed_stays(page: Client, make_certificate: MakeCertificate) -> None:
    subject = make_certificate()
    answer = page.post(f"/certificates/{subject.pk}/revoke/", {"reason_text": "because of this"})
    assert answer.status_code == 422
    assert "Select the reason that fits best." in text(answer)
    assert "because of this" in text(answer)
    assert page.get(f"/certificates/{subject.pk}/revoke/", follow=True).redirect_chain  # another day: the draft goes on
    kept = text(page.get(f"/requests/{RevocationRequest.objects.get().pk}/reason/"))
    assert "because of this" in kept
    answer = page.post(f"/certificates/{subject.pk}/revoke/", {"reason": "4"})
    assert "Explain why you want to revoke" in text(answer)
    assert "checked" in text(answer)
    assert RevocationRequest.objects.get().state == RequestState.DRAFT


def test_nothing_typed_makes_no_draft(page: Client, make_certificate: MakeCertificate) -> None:
    assert page.post(f"/certificates/{make_certificate().pk}/revoke/", {"reason_text": " "}).status_code == 422
    assert not RevocationRequest.objects.exists()


@pytest.mark.parametrize("typed", [{"reason": "4"}, {"reason_text": "half a sen"}, TYPED])
def test_F6_a_draft_is_kept_for_later_however_little_was_typed(
    page: Client, make_certificate: MakeCertificate, typed: dict[str, str]
) -> None:
    subject = make_certificate()
    answer = page.post(f"/certificates/{subject.pk}/revoke/", {**typed, "later": "1"}, follow=True)
    case = RevocationRequest.objects.get()
    assert f"Draft {case.number} is saved." in text(answer)
    assert (case.reason, case.reason_text) == (4 if "reason" in typed else None, typed.get("reason_text", ""))
    resumed = page.get(f"/certificates/{subject.pk}/revoke/")["Location"]
    assert resumed == f"/requests/{case.pk}/" + ("" if typed == TYPED else "reason/")


def test_what_was_typed_survives_a_login_that_ran_out(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    """The form is sent after the session has ended. After the log-in the same page shows the words again, once."""
    address = f"/certificates/{make_certificate().pk}/revoke/"
    page.logout()
    answer = page.post(address, {**TYPED, "csrfmiddlewaretoken": "secret"})
    assert answer["Location"] == f"/accounts/login/?next={address}"
    page.post(answer["Location"], {"login": alice.user.email, "password": "pw"})
    shown = text(page.get(address))
    assert "We have a new one." in shown
    assert "checked" in shown
    assert "We have a new one." not in text(page.get(address))
    assert not RevocationRequest.objects.exists()


def test_one_question_a_page_each_leads_to_the_next(
    page: Client, make_certificate: MakeCertificate, letter: bytes
) -> None:
    with_letter = make_certificate("f4.aurora.example", brand="digicert", level=Level.OV)
    by_proof = make_certificate("f3.aurora.example", brand="digicert")
    first = page.post(f"/certificates/{with_letter.pk}/revoke/", TYPED)["Location"]
    assert first.endswith("/letter/")
    assert page.post(first, {"letter": scan(letter)})["Location"] == first.removesuffix("letter/")
    looked = page.post(f"/certificates/{by_proof.pk}/revoke/", {})["Location"]
    assert by_proof.label in text(page.get(looked))
    assert page.post(f"{looked}submit/")["Location"] == f"{looked}ownership/"


def test_the_timeline_renews_itself_only_when_something_happened(
    page: Client, make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    case = submitted(make_certificate(), alice)
    shown = text(page.get(f"/requests/{case.pk}/"))
    seen = re.search(r'hx-get="([^"]+)"', shown)
    assert seen
    assert "Our reviewers" in shown
    assert "2026-06-16 12:00 UTC" in shown  # R5: 24 hours
    assert page.get(seen[1]).status_code == 204
    decisions.reject(case.pk, by=rita, at=NOW, why="Not the owner.")
    ended = text(page.get(seen[1]))
    assert "Not the owner." in ended
    assert "hx-get" not in ended


@pytest.mark.parametrize("reason", ["2", "6", "9", "3", "-1", "99", "x", "٤"])
def test_F5_a_reason_that_is_not_offered_is_refused(
    page: Client, make_certificate: MakeCertificate, reason: str
) -> None:
    """3 is offered for OV and EV only."""
    subject = make_certificate()
    answer = page.post(f"/certificates/{subject.pk}/revoke/", {**TYPED, "reason": reason})
    assert answer.status_code == 422
    assert "Select a reason from the list." in text(answer)
    assert "We have a new one." in text(answer)


def test_a_double_click_makes_one_draft_and_one_submission(page: Client, make_certificate: MakeCertificate) -> None:
    subject = make_certificate()
    first = page.post(f"/certificates/{subject.pk}/revoke/", TYPED)
    second = page.post(f"/certificates/{subject.pk}/revoke/", TYPED)
    assert first["Location"] == second["Location"]
    case = RevocationRequest.objects.get()
    assert page.post(f"/requests/{case.pk}/submit/")["Location"] == f"/requests/{case.pk}/"
    assert page.post(f"/requests/{case.pk}/submit/")["Location"] == f"/requests/{case.pk}/"
    assert Event.objects.filter(kind=EventKind.SUBMITTED).count() == 1
    assert page.post(f"/certificates/{subject.pk}/revoke/", TYPED)["Location"] == f"/requests/{case.pk}/"


def test_a_draft_that_is_open_takes_what_is_typed_in_another_window(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    subject = make_certificate()
    case = draft(subject, alice)
    assert page.get(f"/certificates/{subject.pk}/revoke/")["Location"] == f"/requests/{case.pk}/"
    typed = {"reason": "1", "reason_text": "The key was stolen."}
    assert page.post(f"/certificates/{subject.pk}/revoke/", typed)["Location"] == f"/requests/{case.pk}/"
    assert (fresh(case).reason, fresh(case).reason_text) == (1, "The key was stolen.")


def test_F6_the_draft_says_what_is_missing_and_submission_waits_for_it(
    page: Client, make_certificate: MakeCertificate, alice: Actor, letter: bytes
) -> None:
    case = draft(make_certificate(brand="digicert", level=Level.OV), alice)
    shown = text(page.get(f"/requests/{case.pk}/"))
    assert "Upload the signed and stamped letter." in shown
    assert 'disabled aria-describedby="missing"' in shown
    assert "The request is not complete." in text(page.post(f"/requests/{case.pk}/submit/", follow=True))
    assert fresh(case).state == RequestState.DRAFT
    page.post(f"/requests/{case.pk}/letter/", {"letter": scan(letter)})
    assert "disabled" not in text(page.get(f"/requests/{case.pk}/"))
    page.post(f"/requests/{case.pk}/submit/")
    assert fresh(case).state == RequestState.IN_REVIEW


def test_F8_handed_back_says_what_to_correct_and_takes_a_new_letter(
    page: Client, make_certificate: MakeCertificate, alice: Actor, rita: Actor, letter: bytes
) -> None:
    case = draft(make_certificate(brand="digicert", level=Level.OV), alice)
    page.post(f"/requests/{case.pk}/letter/", {"letter": scan(letter)})
    page.post(f"/requests/{case.pk}/submit/")
    decisions.hand_back(case.pk, by=rita, at=NOW, why="The stamp cannot be read.")
    shown = text(page.get(f"/requests/{case.pk}/"))
    assert "The stamp cannot be read." in shown
    assert "Submit again:" in shown
    assert "The stamp cannot be read." in text(page.get(f"/requests/{case.pk}/letter/"))
    assert "Upload the signed and stamped letter." in shown
    assert "The request is not complete." in text(page.post(f"/requests/{case.pk}/submit/", follow=True))
    page.post(f"/requests/{case.pk}/letter/", {"letter": scan(letter)})
    page.post(f"/requests/{case.pk}/reason/", {"reason": "4", "reason_text": "Better words."})
    page.post(f"/requests/{case.pk}/submit/")
    assert fresh(case).state == RequestState.IN_REVIEW


def test_M3_after_submission_nothing_takes_it_back(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    case = submitted(make_certificate(), alice)
    shown = text(page.get(f"/requests/{case.pk}/"))
    for address in ("discard", "reason", "submit", "letter"):
        assert f"/requests/{case.pk}/{address}/" not in shown
    assert page.post(f"/requests/{case.pk}/discard/").status_code == 409
    assert page.post(f"/requests/{case.pk}/reason/", TYPED).status_code == 409
    assert page.post(f"/requests/{case.pk}/letter/", {}).status_code == 409
    assert fresh(case).state == RequestState.IN_REVIEW


def test_M4_locked_from_submission_until_it_ends_without_a_revocation(
    page: Client, make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    subject = make_certificate()
    case = submitted(subject, alice)
    for form in ("pem", "der", "p7b"):
        refused = page.get(f"/certificates/{subject.pk}/download/?format={form}")
        assert refused.status_code == 409
        assert b"BEGIN" not in refused.content
    assert "/download/" not in text(page.get(f"/certificates/{subject.pk}/"))
    decisions.reject(case.pk, by=rita, at=NOW, why="Not the owner.")
    assert page.get(f"/certificates/{subject.pk}/download/").status_code == 200
    shown = text(page.get(f"/requests/{case.pk}/"))
    assert "Not the owner." in shown
    assert "Nothing was revoked" in shown


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _original(make: MakeCertificate) -> str:
    fingerprint: str = make(brand="digicert").fingerprint
    return fingerprint


REFUSED: dict[str, Callable[[MakeCertificate, Actor], Certificate]] = {
    "M1": lambda make, alice: upload_foreign(alice),
    "M2 open": lambda make, alice: submitted(make(), alice).certificate,
    "N1": lambda make, alice: make(brand="digicert", to_be_renewed=True, left=timedelta(days=10)),
    "N2": lambda make, alice: make(
        "new.aurora.example", brand="digicert", reissued_from=make(brand="digicert").fingerprint
    ),
    "N3": lambda make, alice: make(brand="digicert", start=LONG_AGO),
}
WAYS_OUT = {
    "M1": "Foreign CA",
    "M2 open": "Open the request",
    "N1": "Request assistance",
    "N2": "Revoke the original",
    "N3": "Request assistance",
}


@pytest.mark.parametrize("rule", list(REFUSED))
def test_why_cant_I_revoke_this_is_answered_with_the_way_out(
    page: Client, make_certificate: MakeCertificate, alice: Actor, rule: str
) -> None:
    subject = REFUSED[rule](make_certificate, alice)
    requests = RevocationRequest.objects.count()
    shown = page.get(f"/certificates/{subject.pk}/revoke/")
    assert shown.status_code == 200
    assert "Why can&#x27;t I revoke this?" in text(shown) or "Why can't I revoke this?" in text(shown)
    assert WAYS_OUT[rule] in text(shown)
    assert text(shown).count("<li class=") == len(policy.RULES)  # every rule has its line
    if rule != "M2 open":
        assert page.post(f"/certificates/{subject.pk}/revoke/", TYPED).status_code == 409
    assert RevocationRequest.objects.count() == requests


def test_M7_still_deployed_leaves_only_key_compromise(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    subject = make_certificate()
    deployment = deploy(subject, alice)
    shown = text(page.get(f"/certificates/{subject.pk}/revoke/"))
    assert f"/deployments/{deployment}/undeploy/" in shown
    assert "(keyCompromise)" in shown
    assert "(superseded)" not in shown
    assert page.post(f"/certificates/{subject.pk}/revoke/", TYPED).status_code == 422
    assert page.post(f"/certificates/{subject.pk}/revoke/", {**TYPED, "reason": "1"}).status_code == 302


def test_N2_all_that_dies_is_named_before_the_customer_confirms(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    original = make_certificate(brand="digicert", level=Level.OV)
    child = make_certificate(
        "child.aurora.example", brand="digicert", level=Level.OV, reissued_from=original.fingerprint
    )
    grandchild = make_certificate(
        "grandchild.aurora.example", brand="digicert", level=Level.OV, reissued_from=child.fingerprint
    )
    assert all(c.label in text(page.get(f"/certificates/{original.pk}/revoke/")) for c in (child, grandchild))
    case = draft(original, alice)
    assert all(c.label in text(page.get(f"/requests/{case.pk}/")) for c in (child, grandchild))


def test_A1_the_assisted_form_asks_why_and_keeps_the_words(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    subject = make_certificate(brand="digicert", start=LONG_AGO)
    address = f"/certificates/{subject.pk}/assisted/"
    answer = page.post(address, {"reason": "5", "reason_text": "The site is closed."})
    assert answer.status_code == 422
    assert "The site is closed." in text(answer)
    typed = {"reason": "5", "reason_text": "Closed.", "why_not": "The domain lapsed.", "situation": "lapsed"}
    done = page.post(address, typed)
    case = RevocationRequest.objects.get()
    assert done["Location"] == f"/requests/{case.pk}/evidence/"
    assert (case.route, case.state, case.situation) == ("A1", RequestState.DRAFT, "lapsed")
    assert "The domain lapsed." in case.reason_text


def test_the_world_moves_between_draft_and_submission(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    """M7 has come to stand against the draft. It stays, and the refusal says why."""
    subject: Certificate = make_certificate()
    case = draft(subject, alice)
    deploy(subject, alice)
    answer = page.post(f"/requests/{case.pk}/submit/")
    assert answer.status_code == 409
    assert "still deployed" in text(answer)
    assert fresh(case).state == RequestState.DRAFT


@pytest.mark.parametrize("route", list(policy.Route))
def test_the_steps_drawn_are_the_routes(route: policy.Route) -> None:
    from revocation.web.presenters.progress import NEXT, ROUTE_STEPS, STEP_OF_STATE, Step

    needs, steps = policy.NEEDS[route], ROUTE_STEPS[route]
    assert (Step.LETTER in steps) == bool(needs.letter)
    assert (Step.OWNERSHIP in steps) == needs.ownership
    assert (Step.REVIEW in steps) == needs.review
    assert steps[-2:] == (Step.AUTHORITY, Step.REVOKED)
    assert set(NEXT) == set(STEP_OF_STATE) == set(RequestState)
