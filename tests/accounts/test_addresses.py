"""U1: one address for each account. Nobody reserves one, a stranger's reset leaves no trace, a taken one is refused."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from certportal.accounts.models import User
from revocation.models import Actor
from tests.accounts.conftest import NEW, PASSWORD, Seat, credentials, delivered, kinds
from tests.accounts.factors import code_of
from tests.accounts.test_own_changes import log_in
from tests.accounts.test_staff_changes import USERS, change, form_of

pytestmark = pytest.mark.database

ALICE, BOB = "alice@aurora.example", "bob@aurora.example"
VARIANTS = [BOB, "Bob@aurora.example", "BOB@AURORA.EXAMPLE", " bob@aurora.example "]


def row(person: Actor, email: str, **more: Any) -> EmailAddress:
    """Create a row of allauth's `EmailAddress`, as its own pages and resets left them."""
    return EmailAddress.objects.create(user=person.user, email=email, **more)


@pytest.mark.parametrize("email", [ALICE, "Alice@Aurora.example", "nobody@aurora.example"])
def test_a_strangers_reset_leaves_nothing_behind(client: Client, alice: Actor, email: str) -> None:
    before = credentials()
    client.post("/accounts/password/reset/", {"email": email})
    assert (credentials(), kinds()) == (before, [])


def test_a_strangers_reset_mails_nobody_without_an_account(client: Client, alice: Actor) -> None:
    answer = client.post("/accounts/password/reset/", {"email": "nobody@aurora.example"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    assert not delivered()


def test_a_strangers_reset_keeps_nobody_from_a_second_factor(client: Client, fresh_seat: Seat, alice: Actor) -> None:
    client.post("/accounts/password/reset/", {"email": ALICE})
    activates(fresh_seat(alice))


def test_an_unverified_row_from_before_keeps_nobody_from_a_second_factor(fresh_seat: Seat, alice: Actor) -> None:
    row(alice, "left-over@aurora.example")
    activates(fresh_seat(alice))


def activates(client: Client) -> None:
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"


@pytest.mark.parametrize("verified", [True, False])
def test_the_rows_follow_when_staff_change_the_address(
    client: Client, seat: Seat, root: Actor, alice: Actor, verified: bool
) -> None:
    row(alice, ALICE, verified=verified, primary=True)
    row(alice, "second@aurora.example", verified=verified)
    change(seat(root), alice, email="moved@aurora.example")
    rows = EmailAddress.objects.values_list("user", "email", "verified", "primary")
    assert list(rows) == [(alice.user_id, "moved@aurora.example", True, True)]
    for email, gets_in in (("moved", True), ("alice", False), ("second", False)):
        typed = {"login": f"{email}@aurora.example", "password": PASSWORD}
        assert (client.post("/accounts/login/", typed).status_code == 302) is gets_in, email
        client.post("/accounts/logout/")


@pytest.mark.parametrize("verified", [True, False])
def test_an_address_taken_in_advance_is_the_new_owners(
    client: Client, seat: Seat, root: Actor, charlie: Actor, alice: Actor, verified: bool
) -> None:
    row(charlie, "moved@aurora.example", verified=verified)
    change(seat(root), alice, email="moved@aurora.example")
    assert not EmailAddress.objects.filter(user=charlie.user).exists()
    client.post("/accounts/password/reset/", {"email": "moved@aurora.example"})
    assert [sent.to for sent in delivered() if "reset" in sent.body] == [["moved@aurora.example"]]


@pytest.mark.parametrize("taken", VARIANTS)
def test_a_taken_address_is_refused_when_staff_change_one(
    seat: Seat, root: Actor, alice: Actor, bob: Actor, taken: str
) -> None:
    assert alice.user
    client, before = seat(root), credentials()
    answer = client.post(f"{USERS}{alice.user.pk}/change/", form_of(client, alice.user, email=taken))
    assert answer.status_code == 200
    assert "already" in str(answer.context["errors"])
    assert (credentials(), kinds()) == (before, [])


@pytest.mark.parametrize("taken", VARIANTS)
def test_a_taken_address_is_refused_when_staff_add_somebody(seat: Seat, root: Actor, bob: Actor, taken: str) -> None:
    typed = {"email": taken, "usable_password": "true", "password1": NEW, "password2": NEW}
    rows = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    answer = seat(root).post(f"{USERS}add/", typed | rows)
    assert answer.status_code == 200
    assert "already" in str(answer.context["errors"])


def test_an_address_that_is_taken_while_it_is_saved_is_refused(
    seat: Seat, root: Actor, alice: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else takes the address after the form has checked it. The database refuses, and the page says so."""
    monkeypatch.setattr(User, "validate_unique", lambda self, exclude: None)
    monkeypatch.setattr(User, "validate_constraints", lambda self, exclude: None)
    client, before = seat(root), credentials()
    assert alice.user
    address = f"{USERS}{alice.user.pk}/change/"
    answer = client.post(address, form_of(client, alice.user, email=BOB), follow=True)
    assert "Nothing was saved" in answer.content.decode()
    assert credentials() == before


def test_a_taken_address_is_refused_by_the_command(alice: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", NEW)
    with pytest.raises(CommandError, match="already"):
        call_command("createsuperuser", email="Alice@Aurora.example", interactive=False, verbosity=0)


def test_the_database_refuses_an_address_in_another_case(alice: Actor) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="Alice@Aurora.example")])
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="ALICE@aurora.example")


def test_however_it_is_written_it_is_the_same_account(client: Client, alice: Actor) -> None:
    client.post("/accounts/login/", {"login": "ALICE@Aurora.Example", "password": PASSWORD})
    assert client.get("/certificates/").status_code == 200


def test_staff_cannot_edit_allauths_rows(seat: Seat, root: Actor) -> None:
    assert seat(root).get("/admin/account/emailaddress/").status_code == 404


def test_the_upgrade_leaves_one_address_an_account(client: Client, alice: Actor, charlie: Actor) -> None:
    User.objects.filter(pk=alice.user_id).update(email="Alice@Aurora.example")
    row(alice, "x@aurora.example", verified=True, primary=True)
    row(charlie, ALICE)
    migrate()
    assert not EmailAddress.objects.exists()
    assert log_in(client, PASSWORD) == "/certificates/"


def test_the_upgrade_names_accounts_that_differ_in_case_only(alice: Actor, bob: Actor) -> None:
    with transaction.atomic():
        connection.cursor().execute("DROP INDEX one_account_an_address")
        User.objects.filter(pk=bob.user_id).update(email="Alice@Aurora.example")
        with pytest.raises(ValueError, match=ALICE):
            migrate()
        transaction.set_rollback(True)


def migrate() -> None:
    module = importlib.import_module("certportal.accounts.migrations.0003_addresses_of_accounts")
    module.one_address_each(apps, None)
