"""U1, U3: two changes of one account at the same time. What proved the former state does not count for the new one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth import base_user
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import connection
from django.test import Client

from certportal.accounts.models import ChangedMeanwhile, User
from certportal.accounts.one_time import Verdict, spend
from revocation.models import Actor
from tests.accounts.conftest import NEW, PASSWORD, Seat, kinds
from tests.accounts.factors import enrol, recovery_codes

pytestmark = pytest.mark.database

OWNERS = "set by the owner, meanwhile"
PAGES = {
    "/accounts/password/change/": {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
    "/admin/password_change/": {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW},
}
Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """A function that makes something happen while the new password is hashed (a third of a second in use)."""

    def happens(what: Callable[[], object]) -> None:
        def slow(password: str | None) -> str:
            monkeypatch.setattr(base_user, "make_password", make_password)
            what()
            return make_password(password)

        monkeypatch.setattr(base_user, "make_password", slow)

    return happens


def account(person: Actor) -> User:
    return User.objects.get(pk=person.user_id)


def at_once(*acts: Callable[[], int]) -> list[int]:
    """Run the acts at the same instant, each in its own thread and connection. Returns their results."""
    ready = Barrier(len(acts))

    def one(act: Callable[[], int]) -> int:
        try:
            connection.ensure_connection()
            ready.wait(timeout=30)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


@pytest.mark.parametrize("page", PAGES)
def test_U1_whoever_is_changing_the_password_stays_deactivated(
    seat: Seat, rita: Actor, meanwhile: Meanwhile, page: str
) -> None:
    client = seat(rita)
    meanwhile(lambda: User.objects.filter(pk=rita.user_id).update(is_active=False, is_staff=False))
    client.post(page, PAGES[page])
    assert not account(rita).is_active
    assert not account(rita).is_staff
    assert kinds() == ["password_changed"]


@pytest.mark.parametrize("page", PAGES)
def test_U1_a_deleted_account_does_not_come_back(seat: Seat, rita: Actor, meanwhile: Meanwhile, page: str) -> None:
    client = seat(rita)
    meanwhile(lambda: User.objects.filter(pk=rita.user_id).delete())
    answer = client.post(page, PAGES[page])
    assert answer.status_code == 409
    assert "Nothing was saved because this account was changed at the same time." in answer.content.decode()
    assert not User.objects.filter(pk=rita.user_id).exists()


@pytest.mark.parametrize("page", PAGES)
def test_U1_a_former_password_proves_nothing_about_the_one_that_was_set_meanwhile(
    seat: Seat, rita: Actor, meanwhile: Meanwhile, page: str
) -> None:
    """A thief who knows the former password cannot replace the one that the owner has just set with a mailed link."""
    client = seat(rita)
    meanwhile(lambda: User.objects.filter(pk=rita.user_id).update(password=make_password(OWNERS)))
    assert client.post(page, PAGES[page]).status_code == 409
    assert account(rita).check_password(OWNERS)
    assert kinds() == []


@pytest.mark.django_db(transaction=True)
def test_U1_of_many_at_once_one_sets_a_password_with_the_mailed_link() -> None:
    user = User.objects.create_user("alice@aurora.example", PASSWORD)
    link = f"{user_pk_to_url_str(user)}-{PasswordResetTokenGenerator().make_token(user)}"
    ready = []
    for number in range(4):
        client = Client()
        page = client.get(f"/accounts/password/reset/key/{link}/")["Location"]
        typed = dict.fromkeys(("password1", "password2"), f"{NEW}-{number}")
        ready.append(lambda client=client, page=page, typed=typed: client.post(page, typed).status_code)
    assert at_once(*ready).count(302) == 1
    assert kinds() == ["password_reset"]


@pytest.mark.django_db(transaction=True)
def test_U3_a_recovery_code_while_new_ones_are_generated() -> None:
    """The code is accepted or refused. Neither request ends in an error, and neither waits for the other for ever."""
    user = User.objects.create_user("alice@aurora.example", PASSWORD)
    enrol(user)
    for _ in range(4):
        guest, owner, code = Client(), Client(), recovery_codes(user)[0]
        guest.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        owner.force_login(user)
        owner.post("/accounts/reauthenticate/", {"password": PASSWORD})
        used, made = at_once(
            lambda guest=guest, code=code: guest.post("/accounts/2fa/authenticate/", {"code": code}).status_code,  # type: ignore[misc]
            lambda owner=owner: owner.post("/accounts/2fa/recovery-codes/generate/").status_code,  # type: ignore[misc]
        )
        assert used in (200, 302)
        assert made == 302
        assert len(recovery_codes(user)) == 10


def test_U3_a_recovery_code_of_a_set_that_is_gone_opens_nothing(alice: Actor, enrolled: str) -> None:
    assert alice.user
    found = Authenticator.objects.select_related("user").get(user=alice.user, type="recovery_codes")
    code = recovery_codes(alice.user)[0]
    Authenticator.objects.filter(pk=found.pk).delete()
    assert spend(found, code) is Verdict.WRONG


def test_a_save_writes_no_right_that_it_did_not_change(alice: Actor) -> None:
    stale = account(alice)
    User.objects.filter(pk=stale.pk).update(is_active=False, email="moved@aurora.example")
    stale.first_name = "Alicia"
    stale.save()
    assert (account(alice).first_name, account(alice).is_active) == ("Alicia", False)
    assert account(alice).email == "moved@aurora.example"


def test_a_save_writes_every_right_that_it_did_change(alice: Actor) -> None:
    user = account(alice)
    for value in (True, False, True):
        user.is_staff = value
        user.save()
        assert account(alice).is_staff is value
    User.objects.filter(pk=user.pk).update(is_staff=False)
    user.refresh_from_db(fields=["is_staff"])
    user.is_staff, user.is_active = True, False
    user.refresh_from_db(fields=["language"])
    user.save()
    assert (account(alice).is_staff, account(alice).is_active) == (True, False)


def test_a_save_that_meets_another_password_saves_nothing(alice: Actor) -> None:
    stale, other = account(alice), account(alice)
    other.set_password(OWNERS)
    other.save()
    stale.set_password(NEW)
    stale.first_name = "Alicia"
    with pytest.raises(ChangedMeanwhile):
        stale.save()
    assert account(alice).check_password(OWNERS)
    assert account(alice).first_name != "Alicia"
