"""Threat 38: secrets that can be recognised go through the main flows, and must not leak. They are looked for in logs,
pages, addresses, events, mails, and what is left when a page breaks."""

from __future__ import annotations

import base64
import json
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.test import Client
from django.utils import timezone

from revocation.authorities.acme.models import AcmeAccount
from revocation.authorities.local.models import LocalAuthority
from revocation.models import Actor, Event, Mail, RevocationRequest
from revocation.services.authority import dispatch
from revocation.services.notifications import mail as mail_queue
from revocation.services.notifications import webhook_delivery
from revocation.services.review import decisions
from revocation.web.views import certificates
from tests.conftest import SYSTEM, MakeCertificate
from tests.people import LOOKED_AT

pytestmark = pytest.mark.slow

PASSWORD, WRONG = "canary-password-Ohx4ae", "canary-mistyped-ieV9ah"
TSIG = base64.b64encode(b"canary-tsig-key-eeM3ah-of-32-byte").decode()
PORTAL = {"SECRET_KEY": "canary-secret-key-" + "q" * 40, "KEY_ENCRYPTION_KEY": "canary-encryption-key-" + "z" * 40}
PROVIDER = {"driver": "rfc2136", "server": "127.0.0.1:1", "zones": ["aurora.example"], "key_name": "portal"}


class Watch:
    """A browser that keeps what leaves the portal (log records, answers, addresses), and the secrets to look for."""

    def __init__(self, log: pytest.LogCaptureFixture) -> None:
        self.secrets = {"password": PASSWORD, "mistyped password": WRONG, "TSIG key": TSIG} | PORTAL
        self.log, self.answers, self.client = log, list[tuple[str, str]](), Client(raise_request_exception=False)

    def go(self, address: str, typed: dict[str, Any] | None = None) -> Any:
        answer = self.client.get(address) if typed is None else self.client.post(address, typed)
        body = b"".join(answer) if answer.streaming else answer.content
        self.answers.append((f"{address} → {answer.get('Location', '')}", body.decode(errors="replace")))
        return answer

    def leaks(self) -> list[str]:
        """Return which secret is found where. An answer that may show a secret is taken out of `answers` first."""
        where = {"log": self.log.text, "events": self._events(), "mails": self._mails()}
        for number, (address, body) in enumerate(self.answers):
            where |= {f"address {number} {address}": address, f"page {number} {address}": body}
        found = []
        for name, secret in self.secrets.items():
            found += [f"{name} in {place}" for place, text in where.items() if secret in text]
        return found

    def _events(self) -> str:
        rows = [*Event.objects.values(), *Mail.objects.values()]
        return json.dumps(rows, default=lambda value: repr(bytes(value) if isinstance(value, memoryview) else value))

    def _mails(self) -> str:
        sent = "".join(str(message.message()) for message in mail.outbox)
        return sent + "".join(str(mail_queue.compose(row).message()) for row in Mail.objects.filter(sent_at=None))


@pytest.fixture
def watch(caplog: pytest.LogCaptureFixture, settings: Any, db: None) -> Watch:
    for name, value in PORTAL.items():
        setattr(settings, name, value)
    settings.DEBUG = False
    settings.DNS_PROVIDERS = {"here": {**PROVIDER, "key_secret": TSIG}}
    caplog.set_level(logging.DEBUG)
    return Watch(caplog)


@pytest.fixture
def member(watch: Watch, alice: Actor) -> Actor:
    assert alice.user
    alice.user.set_password(PASSWORD)
    alice.user.save()
    EmailAddress.objects.create(user=alice.user, email=alice.user.email, verified=True, primary=True)
    return alice


def test_threat_38_the_way_in_leaves_no_secret_behind(watch: Watch, member: Actor) -> None:
    """Covers right and wrong log-ins, a reset by mail, a second factor and the session."""
    assert member.user
    for password in (WRONG, PASSWORD):
        watch.go("/accounts/login/", {"login": member.user.email, "password": password})
    watch.secrets["session"] = watch.client.cookies["sessionid"].value
    watch.go("/accounts/2fa/totp/activate/")
    if re.search(r"reauthenticate", watch.answers[-1][0]):
        watch.go("/accounts/reauthenticate/", {"password": PASSWORD})
        watch.go("/accounts/2fa/totp/activate/")
    secret = watch.client.session[totp.SECRET_SESSION_KEY]
    watch.secrets["TOTP secret"] = secret
    assert secret in watch.answers[-1][1]  # shown once, where it belongs
    watch.answers.pop()
    code = totp.format_hotp_value(totp.hotp_value(secret, list(totp.yield_hotp_counters_from_time())[1]))
    watch.go("/accounts/2fa/totp/activate/", {"code": code})
    for address in ("/certificates/", "/preferences/", "/accounts/2fa/", "/accounts/logout/"):
        watch.go(address)
    watch.go("/accounts/logout/", {})
    watch.go("/accounts/password/reset/", {"email": member.user.email})
    waiting = Mail.objects.get(event=None)
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail_queue.compose(waiting).body))
    assert link
    token = link[0].strip("/").rsplit("/", 1)[1].split("-", 1)[1]
    watch.secrets["reset token"] = token
    assert [place for place in watch.leaks() if not place.endswith("in mails")] == []
    mail_queue.send(waiting.pk, at=timezone.now())
    mail.outbox.clear()  # the mail to its owner is where the link belongs
    opened = watch.client.get(link[0])
    watch.go(opened["Location"])  # the token is out of the address before anything else is fetched
    watch.go(opened["Location"], {"password1": PASSWORD + "2", "password2": PASSWORD + "2"})
    assert watch.leaks() == []


def test_threat_38_a_revocation_leaves_no_secret_behind(
    watch: Watch, member: Actor, make_certificate: MakeCertificate, rita: Actor
) -> None:
    """Covers an authority, a DNS provider and a webhook, and the keys that the portal uses to reach them."""
    assert member.user
    at = timezone.now()
    watch.client.force_login(member.user)
    watch.secrets["session"] = watch.client.cookies["sessionid"].value
    member.user.memberships.update(manages_webhooks=True)
    watch.go("/webhooks/", {"url": "https://127.0.0.1/hook"})
    hook = member.user.memberships.get().customer.webhooks.get()
    assert hook.secret in watch.answers.pop()[1]  # shown once, where it belongs
    subject = make_certificate(left=timedelta(days=400))
    watch.secrets |= {"webhook secret": hook.secret, "webhook nonce": hook.nonce}
    watch.go(f"/certificates/{subject.pk}/revoke/", {"reason": "4", "reason_text": "Replaced."})
    case = RevocationRequest.objects.get(certificate=subject)
    watch.go(f"/requests/{case.pk}/submit/", {})
    decisions.approve(case.pk, by=rita, at=at, checked=LOOKED_AT)
    for order in case.revocations.all():
        dispatch.tell(order.pk, by=SYSTEM, at=at)
    webhook_delivery.take_turn(hook.pk, by=SYSTEM, at=at + timedelta(minutes=1))
    auto = make_certificate("auto.aurora.example", brand="geotrust", validation_method="dns_auto", left=timedelta(400))
    watch.go(f"/certificates/{auto.pk}/revoke/", {})
    watch.go(f"/requests/{RevocationRequest.objects.get(certificate=auto).pk}/submit/", {})
    pages = ["/certificates/", "/requests/", "/webhooks/", f"/webhooks/{hook.pk}/", "/preferences/"]
    for address in [*pages, f"/requests/{case.pk}/", f"/certificates/{subject.pk}/", f"/certificates/{auto.pk}/"]:
        watch.go(address)
    assert watch.leaks() == []
    watch.secrets = {"no secret": "Replaced."}
    assert any("events" in place for place in watch.leaks())  # the search finds what is there


def test_threat_38_the_desk_shows_no_key(
    watch: Watch, root: Actor, authority: LocalAuthority, make_certificate: MakeCertificate
) -> None:
    """Covers all lists of the admin. It looks for what the database keeps: keys, a second factor, a password's hash."""
    assert root.user
    make_certificate()
    key = "canary-acme-account-key"
    now = timezone.now()
    made = {"directory": "https://acme.example/dir", "encrypted_key": key.encode(), "created_at": now, "key_since": now}
    AcmeAccount.objects.create(slug="acme", **made)
    authority.encrypted_key = b"canary-authority-key"
    authority.save(update_fields=["encrypted_key"])
    factor = Authenticator.objects.create(user=root.user, type="totp", data={"secret": "canary-totp-secret"})
    watch.client.force_login(root.user)
    watch.secrets |= {"ACME key": key, "hash of a password": root.user.password.rsplit("$", 1)[1]}
    watch.secrets |= {"authority's key": "canary-authority-key", "second factor": factor.data["secret"]}
    watch.go("/admin/")
    lists = re.findall(r'<th scope="row"[^>]*>\s*<a href="(/admin/[^"]+/)"', watch.answers[-1][1])
    assert len(lists) > 5
    for address in lists:
        watch.go(address)
        for one in re.findall(rf'href="({address}[^"/]+/change/)', watch.answers[-1][1])[:2]:
            watch.go(one)
    assert watch.leaks() == []


def test_threat_38_a_page_that_breaks_tells_nothing(
    watch: Watch, member: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With DEBUG=False the page says that the fault is ours. The log has the traceback. Neither has what was sent."""
    assert member.user

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("broken on purpose")

    watch.client.force_login(member.user)
    watch.secrets |= {"session": watch.client.cookies["sessionid"].value, "a typed secret": "canary-typed-Aing0o"}
    monkeypatch.setattr(certificates, "todos", broken)
    monkeypatch.setattr("allauth.account.forms.LoginForm.clean", broken)
    assert watch.go("/certificates/").status_code == 500
    typed = {"login": member.user.email, "password": PASSWORD, "other": "canary-typed-Aing0o"}
    watch.client.logout()
    assert watch.go("/accounts/login/", typed).status_code == 500
    assert "broken on purpose" in watch.log.text
    assert "broken on purpose" not in watch.answers[-1][1]
    assert watch.leaks() == []
