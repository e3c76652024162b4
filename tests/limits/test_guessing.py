"""U4: guesses are limited by account and address; no stranger locks an owner out, distributed guessing is bounded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from certportal.limits import rates
from certportal.limits.counting import Rate
from revocation.models import Actor, Mail
from revocation.services.notifications.mail import compose
from tests.conftest import NOW

pytestmark = pytest.mark.slow

LOG_IN, RESET = "/accounts/login/", "/accounts/password/reset/"
HERE, THERE = "192.0.2.10", "198.51.100.20"


@pytest.fixture
def email(alice: Actor) -> str:
    assert alice.user is not None
    return alice.user.email


def mails() -> QuerySet[Mail]:
    """Return the mails about accounts in the outbox."""
    return Mail.objects.filter(event=None)


def log_in(email: str, password: str, where: str, client: Client | None = None, **headers: Any) -> Any:
    given = {"login": email, "password": password}
    return (client or Client()).post(LOG_IN, given, REMOTE_ADDR=where, **headers)


def guess(email: str, times: int, where: str) -> list[int]:
    return [log_in(email, "wrong", where).status_code for _ in range(times)]


def test_U4_five_wrong_passwords_stop_that_address_and_not_the_owner_elsewhere(email: str) -> None:
    assert guess(email, 6, HERE) == [200] * 5 + [429]
    assert log_in(email, "pw", HERE).status_code == 429
    assert log_in(email, "pw", THERE).status_code == 302


def test_U4_the_refusal_says_when_to_go_on_and_keeps_what_was_typed(email: str) -> None:
    guess(email, 5, HERE)
    answer = log_in(email, "a secret", HERE)
    page = answer.content.decode()
    assert answer["Retry-After"] == "300"
    assert "Too many failed sign-in attempts. Nothing was changed. Try again in 5 minutes." in page
    assert f'value="{email}"' in page
    assert "a secret" not in page
    machine = log_in(email, "a secret", HERE, headers={"accept": "application/json"})
    assert (machine.status_code, machine.json()["code"]) == (429, "limit.too_many_attempts")
    assert machine["Retry-After"] == "300"


def test_U4_after_the_window_the_address_may_try_again(email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    guess(email, 6, HERE)
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(seconds=301))
    assert log_in(email, "pw", HERE).status_code == 302


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("HTTP_HOST", ["localhost", "localhost:1", "127.0.0.1:2", "[::1]:3", "localhost:4", "localhost:5"]),
        ("HTTP_X_FORWARDED_FOR", [f"203.0.113.{number}" for number in range(6)]),
        ("HTTP_ACCEPT", ["application/json"] * 6),
        ("HTTP_X_REQUESTED_WITH", ["XMLHttpRequest"] * 6),
        ("HTTP_USER_AGENT", [f"browser {number}" for number in range(6)]),
    ],
)
def test_U4_no_header_of_the_client_makes_a_new_counter(
    email: str, settings: Any, header: str, values: list[Any]
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "[::1]"]
    codes = [log_in(email, "wrong", HERE, **{header: value}).status_code for value in values]
    assert codes[-1] == 429


def test_U4_no_spelling_of_the_address_makes_a_new_counter(email: str) -> None:
    spelt = [email, email.upper(), f" {email}", f"{email}  ", email.title(), email]
    assert [log_in(text, "wrong", HERE).status_code for text in spelt][-1] == 429


def test_U4_an_unknown_account_is_refused_just_like_a_known_one(email: str) -> None:
    assert guess("nobody@aurora.example", 6, HERE) == guess(email, 6, THERE)


def test_U4_one_address_cannot_try_many_accounts(db: None) -> None:
    codes = [log_in(f"person-{number}@aurora.example", "wrong", HERE).status_code for number in range(21)]
    assert codes == [200] * 20 + [429]


def test_U4_the_addresses_of_one_ipv6_subscriber_count_together(email: str) -> None:
    codes = [log_in(email, "wrong", f"2001:db8:0:1::{number:x}").status_code for number in range(6)]
    assert codes == [200] * 5 + [429]
    assert log_in(email, "pw", "2001:db8:0:2::1").status_code == 302


def test_U4_logging_in_often_is_no_guessing(email: str) -> None:
    assert {log_in(email, "pw", HERE).status_code for _ in range(30)} == {302}


def test_U4_a_right_password_does_not_clear_the_address_for_more_guesses(email: str, bob: Actor) -> None:
    """Otherwise somebody with one account could guess at others for ever."""
    assert bob.user is not None
    codes = []
    for number in range(25):
        codes.append(log_in(f"person-{number}@aurora.example", "wrong", HERE).status_code)
        log_in(bob.user.email, "pw", HERE)
    assert codes[20:] == [429] * 5


@pytest.fixture
def few_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    password = rates.Rates(Rate(5, 300), Rate(20, 60), Rate(10, 3600), Rate(100, 3600))
    monkeypatch.setitem(rates.RATES, rates.Kind.PASSWORD, password)


def distributed(email: str, places: int) -> list[int]:
    return [code for number in range(places) for code in guess(email, 4, f"203.0.113.{number}")]


def test_U4_guessing_from_many_addresses_is_bounded(few_strangers: None, email: str) -> None:
    codes = distributed(email, 5)
    assert codes == [200] * 10 + [429] * 10
    page = log_in(email, "wrong", "203.0.113.77").content.decode()
    assert "The attempts came from many network addresses." in page
    assert RESET in page


def test_U4_the_owner_gets_in_where_the_account_was_used_before(few_strangers: None, email: str) -> None:
    assert log_in(email, "pw", HERE).status_code == 302
    browser = Client()
    assert log_in(email, "pw", HERE, browser).status_code == 302
    browser.post("/accounts/logout/")
    distributed(email, 5)
    assert log_in(email, "pw", HERE).status_code == 302  # the address is known
    assert log_in(email, "pw", THERE, browser).status_code == 302  # the browser is known
    assert log_in(email, "pw", THERE).status_code == 302  # and now this address is known too
    assert log_in(email, "pw", "203.0.113.99").status_code == 429


def test_U4_the_owner_gets_in_beside_a_stranger_behind_the_same_address(email: str) -> None:
    browser = Client()
    log_in(email, "pw", HERE, browser)
    browser.post("/accounts/logout/")
    assert guess(email, 6, HERE)[-1] == 429
    assert log_in(email, "pw", HERE, browser).status_code == 302


def test_U4_a_known_browser_is_limited_too(email: str) -> None:
    browser = Client()
    log_in(email, "pw", HERE, browser)
    browser.post("/accounts/logout/")
    places = [HERE, THERE, "203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"]
    assert [log_in(email, "wrong", place, browser).status_code for place in places] == [200] * 5 + [429]


def test_U4_a_browser_is_known_to_the_accounts_that_logged_in_with_it_only(
    few_strangers: None, email: str, bob: Actor
) -> None:
    assert bob.user is not None
    browser = Client()
    log_in(bob.user.email, "pw", HERE, browser)
    browser.post("/accounts/logout/")
    distributed(email, 5)
    assert log_in(email, "pw", HERE, browser).status_code == 429


@pytest.mark.parametrize("value", ["", "x", "a:b:c", "WyJ4IixbInBlcnNvbiAxIl1d:1tkCXX:" + "A" * 43])
def test_U4_a_made_up_mark_is_worth_nothing(few_strangers: None, email: str, value: str) -> None:
    distributed(email, 5)
    assert log_in(email, "pw", THERE, HTTP_COOKIE=f"known_browser={value}").status_code == 429


def test_U4_the_mark_is_kept_from_scripts_and_sent_over_tls_only(settings: Any, email: str) -> None:
    settings.SESSION_COOKIE_SECURE = True
    cookie = log_in(email, "pw", HERE).cookies["known_browser"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
    assert email not in cookie.value


def test_U4_a_mailed_link_lets_the_owner_in_while_strangers_guess(few_strangers: None, email: str) -> None:
    distributed(email, 5)
    browser = Client()
    assert log_in(email, "pw", THERE, browser).status_code == 429
    browser.post(RESET, {"email": email}, REMOTE_ADDR=THERE)
    link = next(word for word in str(compose(mails().latest("pk")).body).split() if "/password/reset/key/" in word)
    form = browser.get(link, REMOTE_ADDR=THERE)["Location"]
    new = "Wrung-out-9-lamps"
    assert browser.post(form, {"password1": new, "password2": new}, REMOTE_ADDR=THERE).status_code == 302
    assert log_in(email, new, THERE, browser).status_code == 302


def test_U4_strangers_asking_for_links_do_not_stop_the_owner_from_asking(email: str) -> None:
    asked = [Client().post(RESET, {"email": email}, REMOTE_ADDR=HERE).status_code for _ in range(8)]
    assert asked == [302] * 5 + [429] * 3
    before = mails().count()
    assert Client().post(RESET, {"email": email}, REMOTE_ADDR=THERE).status_code == 302
    assert mails().count() == before + 1


def test_U4_nobody_fills_a_mailbox_from_many_addresses_and_the_owner_can_still_ask(email: str) -> None:
    log_in(email, "pw", THERE)
    for number in range(10):
        for _ in range(4):
            Client().post(RESET, {"email": email}, REMOTE_ADDR=f"203.0.113.{number}")
    assert mails().count() == 20
    assert Client().post(RESET, {"email": email}, REMOTE_ADDR=THERE).status_code == 302
    assert mails().count() == 21


def test_U4_links_are_not_guessed_for_ever(email: str) -> None:
    link = f"{RESET}key/1-abc123-{'0' * 32}/"
    accepted: tuple[dict[str, Any], ...] = ({}, {"HTTP_ACCEPT": "application/json"})
    for headers in accepted:
        codes = [Client().get(link, REMOTE_ADDR=HERE, **headers).status_code for _ in range(15)]
    assert codes[-1] == 429


def test_U4_every_kind_of_attempt_is_limited_from_a_known_browser_too(email: str, alice: Actor) -> None:
    assert alice.user is not None
    browser = Client()
    log_in(email, "pw", HERE, browser)
    browser.post("/accounts/logout/")
    link = f"{RESET}key/{user_pk_to_url_str(alice.user)}-abc123-{'0' * 32}/"
    assert [browser.get(link).status_code for _ in range(21)] == [200] * 20 + [429]
    assert [browser.post(RESET, {"email": email}).status_code for _ in range(6)] == [302] * 5 + [429]


@pytest.mark.parametrize("typed", ["\0", "x" * 5000, "a@b\0c.example", "ſ@aurora.example", "<b>@x"])
def test_U4_hostile_addresses_are_answered_with_a_page(db: None, typed: str) -> None:
    codes = {log_in(typed, "wrong", HERE).status_code for _ in range(8)}
    assert codes <= {200, 429}
    assert {Client().post(RESET, {"email": typed}, REMOTE_ADDR=THERE).status_code for _ in range(8)} <= {200, 302, 429}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
def test_U4_no_method_tries_links_without_a_limit(alice: Actor, method: str) -> None:
    """allauth looks at the key before it looks at the method."""
    assert alice.user
    tried = [
        Client().generic(method, f"/accounts/password/reset/key/{alice.user.pk}-abc-{number}/").status_code
        for number in range(22)
    ]
    assert tried == [200] * 20 + [429] * 2


@pytest.mark.parametrize(
    "headers",
    [{"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}, {"HTTP_ACCEPT": "application/json"}],
    ids=["by a script", "for JSON"],
)
def test_U4_logging_in_often_by_a_program_is_no_guessing(email: str, headers: dict[str, Any]) -> None:
    assert [log_in(email, "pw", "192.0.2.1", **headers).status_code for _ in range(8)] == [302] * 8
    assert [log_in(email, "x", "192.0.2.1", **headers).status_code for _ in range(6)] == [200] * 5 + [429]
