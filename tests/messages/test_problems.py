"""RFC 9457: whoever prefers JSON to a page gets every refusal as problem details, with the same status."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from certportal.problems import wants_problem
from revocation.messages import CATALOGUE
from revocation.models import Actor, Certificate, RevocationRequest
from revocation.services.core.unavailable import StoreUnavailable
from revocation.services.inventory import deletion
from revocation.services.inventory.deployments import DeployRefused
from revocation.services.requests import filing
from revocation.web.guards.refusals import DomainRefusals
from tests.conftest import NOW, MakeCertificate
from tests.people import draft, submitted

JSON = "application/problem+json"
Ask = Callable[..., Any]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def subject(make_certificate: MakeCertificate) -> Certificate:
    return make_certificate()


@pytest.fixture
def browser() -> Callable[[Actor], Client]:
    def of(person: Actor) -> Client:
        client = Client()
        assert person.user is not None
        client.force_login(person.user)
        return client

    return of


def told(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, JSON)
    details: dict[str, Any] = answer.json()
    assert list(details) == ["type", "title", "status", "detail", "code", "params"]
    assert (details["type"], details["status"], details["code"]) == ("about:blank", status, code)
    assert code in CATALOGUE
    return details


@pytest.mark.parametrize(("accept", "wanted"), [
    ("*/*", False), ("text/html,application/xhtml+xml,*/*;q=0.8", False), ("", False), ("image/png", False),
    (JSON, True), ("application/json", True), ("application/json, text/html;q=0.9", True),
    ("text/html, application/json;q=0.9", False), (f"{JSON}, */*;q=0.1", True),
])  # fmt: skip
def test_browsers_get_pages_and_machines_get_problems(accept: str, wanted: bool) -> None:
    headers = {"accept": accept} if accept else {}
    assert wants_problem(RequestFactory().get("/", headers=headers)) is wanted


def test_L3_what_is_somebody_elses_is_not_found_just_as_what_is_not_there(
    browser: Callable[[Actor], Client], subject: Certificate, charlie: Actor
) -> None:
    client = browser(charlie)
    answers = [client.get(f"/certificates/{pk}/", headers={"accept": JSON}) for pk in (subject.pk, 999_999)]
    first, second = (told(answer, 404, "actor.not_found") for answer in answers)
    assert first == second
    assert first["title"] == "Not Found"
    assert client.get(f"/certificates/{subject.pk}/").headers["Content-Type"].startswith("text/html")


def test_L3_a_stranger_to_the_verb_is_not_found_either(
    browser: Callable[[Actor], Client], subject: Certificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = draft(subject, alice)
    client = browser(alice)

    def withdrawn(*args: Any, **more: Any) -> RevocationRequest:
        assert alice.user is not None
        alice.user.memberships.all().delete()
        return discard(*args, **more)

    discard = filing.discard
    monkeypatch.setattr(filing, "discard", withdrawn)
    told(client.post(f"/requests/{case.pk}/discard/", headers={"accept": JSON}), 404, "actor.not_found")


def test_M3_what_the_state_forbids_is_a_conflict_with_the_state_in_the_readers_language(
    browser: Callable[[Actor], Client], subject: Certificate, alice: Actor
) -> None:
    case, client = submitted(subject, alice), browser(alice)
    answer = client.post(f"/requests/{case.pk}/discard/", headers={"accept": JSON})
    details = told(answer, 409, "request.moved_on")
    assert details["params"] == {"number": case.number, "state": "in review"}
    assert "Accept" in answer["Vary"]
    assert alice.user is not None
    alice.user.language = "zh-hans"
    alice.user.save()
    chinese = client.post(f"/requests/{case.pk}/discard/", headers={"accept": JSON}).json()
    assert chinese["params"] == details["params"]
    assert chinese["detail"] != details["detail"]
    assert "in review" not in chinese["detail"]
    page = client.post(f"/requests/{case.pk}/discard/")
    assert (page.status_code, page["Content-Type"]) == (409, "text/html; charset=utf-8")
    assert chinese["detail"] in page.content.decode()


def test_M7_the_rules_that_stand_against_a_request_are_named(
    browser: Callable[[Actor], Client], subject: Certificate, alice: Actor
) -> None:
    case = draft(subject, alice)
    Certificate.objects.filter(pk=subject.pk).update(not_after=NOW - timedelta(days=1))
    details = told(
        browser(alice).post(f"/requests/{case.pk}/submit/", headers={"accept": JSON}), 409, "request.against_rules"
    )
    assert [refusal["code"] for refusal in details["params"]["refusals"]] == ["eligibility.expired"]
    assert details["detail"].startswith("This certificate has expired")


def test_M6_a_verb_that_refuses_says_why(
    browser: Callable[[Actor], Client], subject: Certificate, alice: Actor
) -> None:
    answer = browser(alice).post(f"/certificates/{subject.pk}/delete/", headers={"accept": JSON})
    assert told(answer, 409, "deletion.valid")["params"] == {"certificate": str(subject)}
    with pytest.raises(deletion.DeletionRefused):
        deletion.hide(subject.pk, by=alice, at=NOW)


def test_what_does_not_answer_may_be_asked_again(
    browser: Callable[[Actor], Client], subject: Certificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any, **more: Any) -> None:
        raise StoreUnavailable

    case = draft(subject, alice)
    monkeypatch.setattr(filing, "discard", down)
    answer = browser(alice).post(f"/requests/{case.pk}/discard/", headers={"accept": JSON})
    told(answer, 503, "unavailable.letter_store")
    assert answer["Retry-After"] == "30"


def test_every_refusal_that_no_view_expects_is_answered_with_its_own_status() -> None:
    guard = DomainRefusals(lambda request: pytest.fail("not asked"))
    request = RequestFactory().post("/", headers={"accept": JSON})
    refusal = DeployRefused("deployment.expired")
    answer = guard.process_exception(request, refusal)
    assert answer is not None
    assert answer.status_code == 409
    assert guard.process_exception(request, ValueError("a fault")) is None
