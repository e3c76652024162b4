"""U1, threat 22: what a changed password does to sessions and to log-ins that are half done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from revocation.models import Actor
from tests.accounts.conftest import NEW, PASSWORD, Seat
from tests.accounts.factors import code_of
from tests.accounts.test_own_changes import TYPED, log_in, reset_link, set_anew


def is_in(client: Client) -> bool:
    return client.get("/certificates/").status_code == 200


def test_a_changed_password_ends_all_other_sessions(seat: Seat, alice: Actor) -> None:
    here, elsewhere = seat(alice), seat(alice)
    here.post("/accounts/password/change/", TYPED)
    assert (is_in(here), is_in(elsewhere)) == (True, False)


def test_a_reset_password_ends_all_sessions(client: Client, seat: Seat, alice: Actor) -> None:
    stolen, own = seat(alice), seat(alice)
    set_anew(own, reset_link(client))
    assert (is_in(stolen), is_in(own)) == (False, False)


def test_a_mailed_link_works_once_and_dies_with_the_password(client: Client, alice: Actor, seat: Seat) -> None:
    first, second = reset_link(client), reset_link(client)
    set_anew(client, first)
    for link in (first, second):
        path = "/" + link.split("//", 1)[1].partition("/")[2]
        assert "invalid" in Client().get(path).content.decode()


def test_a_mailed_link_dies_with_the_address(client: Client, alice: Actor) -> None:
    assert alice.user
    link = reset_link(client)
    alice.user.email = "moved@aurora.example"
    alice.user.save()
    assert "invalid" in client.get("/" + link.split("//", 1)[1].partition("/")[2]).content.decode()


def test_a_mailed_link_opened_in_another_persons_session_ends_it(
    client: Client, seat: Seat, alice: Actor, bob: Actor
) -> None:
    bobs = seat(bob)
    set_anew(bobs, reset_link(client))
    assert alice.user
    assert bob.user
    bob.user.refresh_from_db()
    alice.user.refresh_from_db()
    assert bob.user.check_password(PASSWORD)
    assert alice.user.check_password(NEW)
    assert not is_in(bobs)


@pytest.mark.parametrize("becomes", ["password", "inactive"])
def test_a_log_in_that_waits_for_its_code_ends_with_the_password_or_the_account(
    client: Client, alice: Actor, enrolled: str, becomes: str
) -> None:
    assert alice.user
    assert log_in(client, PASSWORD) == "/accounts/2fa/authenticate/"
    if becomes == "password":
        alice.user.set_password(NEW)
    else:
        alice.user.is_active = False
    alice.user.save()
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_of(enrolled)})
    assert answer["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session


def test_recovery_codes_alone_are_no_second_factor_where_one_is_required(
    seat: Seat, rita: Actor, settings: Any
) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    settings.REQUIRE_SECOND_FACTOR = True
    assert rita.user
    RecoveryCodes.activate(rita.user)
    assert seat(rita).get("/admin/")["Location"] == "/accounts/2fa/totp/activate/"
