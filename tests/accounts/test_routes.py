"""U1: only the account pages that are needed exist, and a session alone changes nothing on any of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from revocation.models import Actor
from tests.accounts.conftest import NEW, Seat, credentials, kinds
from tests.accounts.factors import code_of

# name -> what a thief would post there
ROUTED: dict[str, dict[str, str]] = {
    "account_login": {"login": "alice@aurora.example", "password": "x"},
    "account_logout": {},
    "account_inactive": {},
    "account_reauthenticate": {"password": "x"},
    "account_change_password": {"oldpassword": "x", "password1": NEW, "password2": NEW},
    "account_reset_password": {"email": "alice@aurora.example"},
    "account_reset_password_done": {},
    "account_reset_password_from_key": {"password1": NEW, "password2": NEW},
    "account_reset_password_from_key_done": {},
    "mfa_index": {},
    "mfa_authenticate": {"code": "000000"},
    "mfa_reauthenticate": {"code": "000000"},
    "mfa_activate_totp": {"code": "000000"},
    "mfa_deactivate_totp": {},
    "mfa_view_recovery_codes": {},
    "mfa_generate_recovery_codes": {},
    "mfa_download_recovery_codes": {},
}
POSTED = ("mfa_deactivate_totp", "mfa_generate_recovery_codes")
ASK_AGAIN = (*POSTED, "mfa_view_recovery_codes", "mfa_download_recovery_codes")
ARGUMENTS = {"account_reset_password_from_key": {"uidb36": "1", "key": "set-password"}}
NOT_ROUTED = (
    "email/",
    "confirm-email/",
    "confirm-email/MQ:1abc:x/",
    "password/set/",
    "signup/",
    "login/code/",
    "login/code/confirm/",
    "phone/change/",
    "2fa/trust/",
    "2fa/webauthn/",
    "2fa/webauthn/add/",
)


def patterns(found: URLResolver) -> Iterator[URLPattern]:
    for each in found.url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns(each)
        else:
            yield each


def module_of(pattern: URLPattern) -> str:
    view = getattr(pattern.callback, "view_class", pattern.callback)
    return str(view.__module__)


def at(name: str) -> str:
    return reverse(name, kwargs=ARGUMENTS.get(name))


def test_U1_no_other_page_of_allauth_is_routed_anywhere() -> None:
    ours = ("allauth.", "certportal.accounts.views")
    found = {p.name for p in patterns(get_resolver()) if module_of(p).startswith(ours)}
    assert found == set(ROUTED)


@pytest.mark.parametrize("path", NOT_ROUTED)
def test_U1_what_is_not_needed_does_not_exist(seat: Seat, alice: Actor, path: str) -> None:
    client, before = seat(alice), credentials()
    taken = {"email": "thief@evil.example", "action_add": "", "action_primary": "", "password1": NEW, "password2": NEW}
    assert client.get(f"/accounts/{path}").status_code == 404
    assert client.post(f"/accounts/{path}", taken).status_code == 404
    assert credentials() == before


@pytest.mark.parametrize("enrolled_first", [False, True], ids=["password only", "second factor"])
@pytest.mark.parametrize("name", ROUTED)
def test_U1_a_borrowed_session_changes_no_credential(
    seat: Seat, alice: Actor, name: str, enrolled_first: bool, request: pytest.FixtureRequest
) -> None:
    if enrolled_first:
        request.getfixturevalue("enrolled")
    client, before = seat(alice), credentials()
    client.get(at(name))
    client.post(at(name), ROUTED[name])
    assert credentials() == before
    assert kinds() == []


@pytest.mark.parametrize("name", ASK_AGAIN)
def test_U1_pages_of_the_second_factor_ask_again(seat: Seat, alice: Actor, enrolled: str, name: str) -> None:
    client = seat(alice)
    answers = [client.get(at(name)), client.post(at(name))]
    for answer in answers if name in POSTED else answers[:1]:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_U1_the_set_up_of_a_second_factor_asks_again(seat: Seat, alice: Actor) -> None:
    answer = seat(alice).get(at("mfa_activate_totp"))
    assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_U1_who_can_show_nothing_is_sent_to_the_mailed_link(seat: Seat, alice: Actor) -> None:
    """The account has neither a password nor a second factor. allauth would accept the session alone."""
    assert alice.user
    alice.user.set_unusable_password()
    alice.user.save()
    client, before = seat(alice), credentials()
    for name in ("account_change_password", "mfa_activate_totp", *ASK_AGAIN):
        assert client.get(at(name))["Location"] == "/accounts/password/reset/", name
        assert client.post(at(name), ROUTED[name])["Location"] == "/accounts/password/reset/", name
    assert credentials() == before


def test_U1_what_was_shown_long_ago_does_not_count(seat: Seat, alice: Actor, enrolled: str) -> None:
    import time_machine

    client = seat(alice)
    with time_machine.travel(1_781_524_800, tick=False) as clock:
        client.post("/accounts/2fa/reauthenticate/", {"code": code_of(enrolled)})
        assert client.get(at("mfa_deactivate_totp")).status_code == 200
        clock.shift(301)
        assert client.post(at("mfa_deactivate_totp"))["Location"].startswith("/accounts/reauthenticate/")


def test_the_person_sees_their_address_and_who_changes_it(seat: Seat, alice: Actor) -> None:
    page = seat(alice).get("/preferences/").content.decode()
    assert "alice@aurora.example" in page
    assert "contact the staff of this portal" in page


def test_no_page_links_to_a_page_that_does_not_exist(fresh_seat: Seat, alice: Actor, enrolled: str) -> None:
    import re

    client = fresh_seat(alice)
    for name in ("account_change_password", "mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"):
        for link in re.findall(r'(?:href|action)="(/accounts/[^"]*)"', client.get(at(name)).content.decode()):
            assert client.get(link).status_code in (200, 302), (name, link)


def test_a_stranger_sees_the_doors_only(client: Client, db: None) -> None:
    for name in ROUTED:
        assert client.get(at(name)).status_code in (200, 302), name
