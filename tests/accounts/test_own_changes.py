"""U2: each change that a person makes to their own account is an event and a mail."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from revocation.models import Actor, Event, Mail
from revocation.services.notifications import mail as mail_queue
from tests.accounts.conftest import NEW, PASSWORD, Seat, delivered, kinds, told
from tests.accounts.factors import code_of, recovery_codes

ALICE = "alice@aurora.example"
TYPED = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
RENEWED = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}


def log_in(client: Client, password: str) -> str:
    answer = client.post("/accounts/login/", {"login": ALICE, "password": password})
    return str(answer.get("Location", ""))


def reset_link(client: Client) -> str:
    client.post("/accounts/password/reset/", {"email": ALICE})
    found = re.search(r"http\S+/accounts/password/reset/key/\S+", delivered()[-1].body)
    assert found
    return found[0]


def set_anew(client: Client, link: str) -> None:
    form = client.get(link.split("//", 1)[1].partition("/")[2].join(("/", "")))["Location"]
    client.post(form, {"password1": NEW, "password2": NEW})


def test_U2_a_changed_password(seat: Seat, alice: Actor) -> None:
    seat(alice).post("/accounts/password/change/", TYPED)
    event = Event.objects.get()
    assert alice.user
    assert (event.kind, event.person_id, event.actor_id) == ("password_changed", alice.user.pk, alice.user.pk)
    assert (event.source, event.actor_label) == ("127.0.0.1", "Alice <alice@aurora.example>")
    assert told() == {("password_changed", ALICE)}


def test_U2_a_password_changed_in_the_administration(seat: Seat, rita: Actor) -> None:
    client = seat(rita)
    client.post("/admin/password_change/", RENEWED | {"old_password": "guessed"})
    assert kinds() == []
    client.post("/admin/password_change/", RENEWED)
    assert told() == {("password_changed", "rita@certportal.example")}


def test_U2_a_password_reset_by_mail(client: Client, alice: Actor) -> None:
    set_anew(client, reset_link(client))
    event = Event.objects.get()
    assert alice.user
    assert (event.kind, event.person_id, event.source) == ("password_reset", alice.user.pk, "127.0.0.1")
    assert told() == {("password_reset", ALICE)}
    assert log_in(client, NEW) == "/certificates/"


def test_U2_a_second_factor_added_and_removed(fresh_seat: Seat, alice: Actor) -> None:
    client = fresh_seat(alice)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    assert kinds() == ["factor_added", "recovery_codes_made"]
    client.post("/accounts/2fa/recovery-codes/generate/")
    assert kinds()[2:] == ["recovery_codes_removed", "recovery_codes_made"]
    client.post("/accounts/2fa/totp/deactivate/")
    assert kinds()[4:] == ["factor_removed", "recovery_codes_removed"]
    assert {to for _, to in told()} == {ALICE}
    assert Mail.objects.count() == Event.objects.count() == 6


def test_U2_a_recovery_code_used_at_a_log_in(client: Client, alice: Actor, enrolled: str) -> None:
    assert alice.user
    assert log_in(client, PASSWORD) == "/accounts/2fa/authenticate/"
    client.post("/accounts/2fa/authenticate/", {"code": recovery_codes(alice.user)[0]})
    assert "_auth_user_id" in client.session
    event = Event.objects.get()
    assert (event.kind, event.person_id, event.data["left"]) == ("recovery_code_used", alice.user.pk, 9)
    assert told() == {("recovery_code_used", ALICE)}


def test_U2_a_log_in_and_what_is_no_credential_are_no_change(client: Client, alice: Actor) -> None:
    log_in(client, PASSWORD)
    client.post("/preferences/", {"language": "en", "time_zone": "UTC"})
    client.post("/accounts/logout/")
    assert kinds() == []


def test_a_password_that_is_hashed_anew_at_a_log_in_is_no_change(client: Client, alice: Actor, settings: Any) -> None:
    assert alice.user
    before = alice.user.password
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert log_in(client, PASSWORD) == "/certificates/"
    alice.user.refresh_from_db()
    assert alice.user.password != before
    assert kinds() == []


@pytest.mark.parametrize("form", [TYPED | {"oldpassword": ""}, TYPED | {"oldpassword": "guessed"}])
def test_U1_the_present_password_is_asked_for(seat: Seat, alice: Actor, form: dict[str, str]) -> None:
    assert alice.user
    seat(alice).post("/accounts/password/change/", form)
    alice.user.refresh_from_db()
    assert alice.user.check_password(PASSWORD)


def test_a_mailed_link_is_no_way_around_the_second_factor(client: Client, alice: Actor, enrolled: str) -> None:
    set_anew(client, reset_link(client))
    assert client.get("/certificates/").status_code == 302
    assert log_in(client, NEW) == "/accounts/2fa/authenticate/"
    assert client.get("/certificates/").status_code == 302
    client.post("/accounts/2fa/authenticate/", {"code": code_of(enrolled)})
    assert client.get("/certificates/").status_code == 200


def test_the_mailed_link_leads_to_the_portal_whatever_host_was_asked(
    client: Client, alice: Actor, settings: Any
) -> None:
    settings.PORTAL_URL, settings.ALLOWED_HOSTS = "https://portal.example.com", ["testserver"]
    client.post("/accounts/password/reset/", {"email": ALICE}, headers={"host": "testserver:4711"})
    assert re.findall(r"(https?://[^/]+)/accounts/", delivered()[-1].body) == ["https://portal.example.com"]


def test_U2_the_mail_says_what_who_when_and_from_where(seat: Seat, alice: Actor) -> None:
    seat(alice).post("/accounts/password/change/", TYPED)
    written = mail_queue.compose(Mail.objects.get())
    assert written.subject == "Your account: password changed"
    for text in (written.body, str(written.alternatives[0][0])):
        assert "The password of your account was changed." in text
        assert "from 127.0.0.1" in text
        assert "You cannot turn this off" in text
        assert NEW not in text
    assert not mail.outbox  # the request itself sends nothing: the worker does


def test_the_mailed_link_goes_to_the_accounts_address_and_not_to_the_one_that_was_typed(
    client: Client, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some databases take ſ for S: two addresses that count as equal may be two mailboxes (CVE-2019-19844)."""
    from allauth.account import forms

    monkeypatch.setattr(forms, "filter_users_by_email", lambda *_, **__: [alice.user])
    client.post("/accounts/password/reset/", {"email": "alice@aurora\u017fexample.example"})
    assert list(Mail.objects.values_list("to", flat=True)) == ["alice@aurora.example"]
