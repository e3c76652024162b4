"""Mails about accounts: nothing waits for a mail server, no link leads elsewhere, and none is kept in the clear
(threats 21, 32, 38, 55)."""

from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from certportal.accounts.adapter import Adapter
from revocation.models import Actor, Mail
from revocation.services.core.sealing import SealBroken
from revocation.services.notifications import mail as mail_queue

RESET = "/accounts/password/reset/"


@pytest.fixture
def address(alice: Actor) -> str:
    assert alice.user
    EmailAddress.objects.create(user=alice.user, email=alice.user.email, verified=True, primary=True)
    return alice.user.email


@pytest.fixture
def black_hole() -> Iterator[socket.socket]:
    """A mail server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def link_in(row: Mail) -> str:
    found = re.search(r"https?://\S+/accounts/password/reset/key/\S+", str(mail_queue.compose(row).body))
    assert found
    return found[0]


@pytest.mark.parametrize("email", ["alice@aurora.example", "nobody@aurora.example"])
@pytest.mark.filterwarnings("ignore:The EMAIL_")  # Django 6.1 has another name for it
def test_threat_55_a_password_reset_waits_for_no_mail_server(
    client: Client, address: str, black_hole: socket.socket, settings: Any, email: str
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = black_hole.getsockname()
    answer = client.post(RESET, {"email": email})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/done/")
    with pytest.raises(BlockingIOError):  # nobody has connected
        black_hole.accept()
    assert list(Mail.objects.values_list("to", flat=True)) == [email] * (email == address)


def test_U2_a_notice_of_a_changed_password_goes_through_the_outbox_too(
    client: Client, address: str, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    new = "another-Passw0rd-entirely"
    client.post("/accounts/login/", {"login": address, "password": "pw"})
    client.post("/accounts/password/change/", {"oldpassword": "pw", "password1": new, "password2": new})
    assert Mail.objects.get(event=None).template == "password_changed"
    assert mail.outbox == []


@pytest.mark.parametrize("host", ["evil.example", "pki.example.com", "127.0.0.1:9999"])
def test_threat_21_links_lead_to_the_portal_whatever_host_was_asked_for(
    client: Client, address: str, settings: Any, host: str
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.PORTAL_URL = "https://portal.example.com"
    client.post(RESET, {"email": address}, headers={"host": host, "x-forwarded-host": host})
    row = Mail.objects.get()
    assert link_in(row).startswith("https://portal.example.com/accounts/password/reset/key/")
    assert host not in str(mail_queue.compose(row).message())
    opened = client.get(link_in(row).removeprefix("https://portal.example.com"))
    assert opened.status_code == 302


def test_threat_21_no_mail_about_an_account_names_the_host_that_was_asked_for(rf: Any, alice: Actor) -> None:
    """This holds for any mail that allauth may send, with any address in it."""
    request = rf.get("/", headers={"host": "evil.example"})
    request.get_host = lambda: "evil.example"
    told = {"user": alice.user, "key": "x", "activate_url": "http://evil.example/accounts/confirm-email/x/?a=1"}
    with request_context(request):
        Adapter(request).send_mail("account/email/email_confirmation", "alice@aurora.example", told)
    written = str(mail_queue.compose(Mail.objects.get()).message())
    assert "evil.example" not in written
    assert "http://127.0.0.1:8000/accounts/confirm-email/x/?a=1" in written.replace("=3D", "=").replace("=\n", "")


def test_threat_38_the_link_lies_nowhere_in_the_clear_and_is_erased_once_sent(
    client: Client, address: str, root: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    client.post(RESET, {"email": address})
    row = Mail.objects.get()
    token = link_in(row).strip("/").rsplit("/", 1)[1].split("-", 1)[1]
    assert token.encode() not in bytes(row.sealed or b"")
    assert token not in " ".join(map(str, Mail.objects.values_list().get()))
    client.force_login(root.user)
    for page in ("/admin/revocation/mail/", f"/admin/revocation/mail/{row.pk}/change/"):
        shown = client.get(page, follow=True).content.decode()
        assert token not in shown
        assert "sealed" not in shown
    assert "account notification" in client.get("/admin/revocation/mail/").content.decode()
    mail_queue.send(row.pk, at=timezone.now())
    assert token in str(mail.outbox[0].body)
    row.refresh_from_db()
    assert row.sealed is None
    assert row.sent_at
    assert token not in caplog.text


def test_L2_a_mail_server_that_is_down_delays_nothing_and_the_mail_is_sent_later(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post(RESET, {"email": address})
    row, at = Mail.objects.get(), timezone.now()

    def refuse(self: EmailBackend, messages: Any) -> int:
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as down:
        down.setattr(EmailBackend, "send_messages", refuse)
        mail_queue.send(row.pk, at=at)
    assert mail_queue.due_mails(at=at) == []
    later = at + timedelta(minutes=2)
    assert mail_queue.due_mails(at=later) == [row.pk]
    mail_queue.send(row.pk, at=later)
    assert len(mail.outbox) == 1


def test_threat_38_a_mail_that_is_given_up_keeps_no_link(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post(RESET, {"email": address})
    row = Mail.objects.get()

    def refuse(self: EmailBackend, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({address: (550, b"no such person")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    Mail.objects.update(attempts=mail_queue.GIVE_UP_AFTER - 1)
    mail_queue.send(row.pk, at=timezone.now())
    row.refresh_from_db()
    assert (row.sealed, row.next_attempt_at) == (None, None)
    assert "550" in row.last_error


def test_a_mail_sealed_with_another_key_is_given_up_and_holds_up_no_other(
    client: Client, address: str, settings: Any
) -> None:
    client.post(RESET, {"email": address})
    settings.KEY_ENCRYPTION_KEY = "another-key-altogether-8fK2mQ9xLr4T"
    row = Mail.objects.get()
    with pytest.raises(SealBroken):
        mail_queue.compose(row)
    mail_queue.send(row.pk, at=timezone.now())
    row.refresh_from_db()
    assert row.next_attempt_at is None
    assert "KEY_ENCRYPTION_KEY" in row.last_error


def test_the_mail_is_in_the_language_that_the_person_chose(client: Client, address: str, alice: Actor) -> None:
    assert alice.user
    alice.user.language = "zh-hans"
    alice.user.save()
    client.post(RESET, {"email": address}, headers={"accept-language": "en"})
    row = Mail.objects.get()
    assert row.language == "zh-hans"
    assert re.search("[一-鿿]", str(mail_queue.compose(row).subject))
