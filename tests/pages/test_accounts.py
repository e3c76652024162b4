"""The way in: second factor, preferences, and no way to other sites."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from revocation.models import Actor
from tests.conftest import MakeCertificate
from tests.pages.conftest import Seat
from tests.people import draft, fresh


def test_a_compulsory_second_factor_shuts_staff_out_until_it_is_set_up(
    seat: Seat, rita: Actor, root: Actor, alice: Actor, settings: Any
) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    for member in (rita, root):
        for address in ("/admin/", "/admin/revocation/revocationrequest/", "/certificates/", "/requests/"):
            answer = seat(member).get(address)
            assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/totp/activate/"), address
    assert seat(alice).get("/certificates/").status_code == 200
    settings.REQUIRE_SECOND_FACTOR = False
    assert seat(rita).get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_threat_21_the_login_leads_nowhere_else(client: Client, alice: Actor, where: str) -> None:
    assert alice.user is not None
    typed = {"login": alice.user.email, "password": "pw", "next": where}
    assert client.post("/accounts/login/", typed)["Location"] == "/certificates/"


def test_nobody_signs_up_by_himself(client: Client, db: None) -> None:
    answer = client.post("/accounts/signup/", {"email": "x@y.example", "password1": "a-long-Passw0rd-indeed"})
    from certportal.accounts.models import User

    assert not User.objects.filter(email="x@y.example").exists()
    assert answer.status_code == 404


def test_a_wrong_password_says_nothing_about_the_account(client: Client, alice: Actor) -> None:
    assert alice.user is not None
    known = client.post("/accounts/login/", {"login": alice.user.email, "password": "x"}).content.decode()
    unknown = client.post("/accounts/login/", {"login": "nobody@aurora.example", "password": "x"}).content.decode()
    for text in (known, unknown):
        assert "not correct" in text


def test_preferences_take_what_exists_only(page: Client) -> None:
    answer = page.post("/preferences/", {"language": "tlh", "time_zone": "Mars/Olympus"})
    assert answer.status_code == 200
    assert answer.content.decode().count("errorlist") == 2


def test_the_way_in_and_the_health_check(client: Client, page: Client) -> None:
    assert client.get("/")["Location"] == "/accounts/login/"
    assert page.get("/")["Location"] == "/certificates/"
    assert client.get("/healthz").content == b"ok"
    assert client.post("/healthz").status_code == 405


def test_every_page_carries_the_policy_that_stops_foreign_scripts(client: Client, page: Client) -> None:
    for answer in (client.get("/accounts/login/"), page.get("/certificates/"), page.get("/nowhere/")):
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(("periods", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_one_period_early_and_late(alice: Actor, periods: int, good: bool) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

    assert alice.user is not None
    with time_machine.travel(datetime(2026, 6, 15, 12, 0, 7, tzinfo=UTC), tick=False):
        totp = TOTP.activate(alice.user, secret := generate_totp_secret())
        counter = int(time.time()) // 30 + periods
        assert totp.validate_code(format_hotp_value(hotp_value(secret, counter))) is good


def test_a_request_that_nobody_reviews_asks_for_the_password_again(
    page: Client, make_certificate: MakeCertificate, alice: Actor, settings: Any
) -> None:
    """Threat 33, by setting: a stolen session stops at the password. With the password, the same press goes through."""
    settings.STEP_UP = True
    by_proof = draft(make_certificate("f3.aurora.example", brand="digicert"), alice)
    reviewed = draft(make_certificate("f1.aurora.example"), alice)
    asked = page.post(f"/requests/{by_proof.pk}/submit/")
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert fresh(by_proof).state == "draft"
    page.post(asked["Location"], {"password": "pw"})
    assert fresh(by_proof).state == "awaiting_ownership"
    page.session.flush()
    page.force_login(alice.user)
    assert page.post(f"/requests/{reviewed.pk}/submit/")["Location"] == f"/requests/{reviewed.pk}/"
    assert fresh(reviewed).state == "in_review"


@pytest.mark.parametrize("path", ["/certificates/", "/requests/", "/preferences/", "/no-such-page/"])
def test_what_the_logged_in_see_is_kept_in_no_shared_cache(seat: Seat, alice: Actor, path: str) -> None:
    assert seat(alice).get(path)["Cache-Control"] == "private, no-cache"


def test_after_the_log_out_the_back_button_shows_nothing(seat: Seat, alice: Actor) -> None:
    client = seat(alice)
    answer = client.post("/accounts/logout/")
    assert answer["Clear-Site-Data"] == '"cache"'
    assert client.get("/certificates/").status_code == 302


def test_threat_34_what_is_tried_too_often_is_refused_with_a_page(seat: Seat, alice: Actor) -> None:
    client, typed = seat(alice), {"oldpassword": "x", "password1": "y", "password2": "z"}
    answers = [client.post("/accounts/password/change/", typed) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert "Nothing was changed." in answers[-1].content.decode()
