"""L2: who gets which mail; a mail that cannot be sent delays nothing."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail as sent
from django.core.mail.backends.locmem import EmailBackend

from revocation.models import Actor, Mail
from revocation.notifications import AUDIENCES
from revocation.services.core.errors import NotOwner
from revocation.services.notifications import mail as mail_queue
from revocation.services.notifications import watchers
from revocation.services.notifications.mail import compose
from revocation.services.review import decisions
from revocation.web.forms.requests import OPTIONAL_MAILS
from tests.conftest import NOW, MakeCertificate
from tests.people import SECOND, fresh, submitted

pytestmark = pytest.mark.database


def test_L2_mail_goes_to_both_colleagues_and_to_reviewers(
    make_certificate: MakeCertificate, alice: Actor, bob: Actor, rita: Actor
) -> None:
    submitted(make_certificate(), alice)
    written = set(Mail.objects.values_list("template", "to"))
    assert written == {
        ("submitted", "alice@aurora.example"),
        ("submitted", "bob@aurora.example"),
        ("queued", "rita@certportal.example"),
    }


def test_L2_who_is_told_of_what() -> None:
    """The whole table, as the rule says it, and what the portal adds to it."""
    told = {(kind.value, notice.audience.name, notice.template) for kind, row in AUDIENCES.items() for notice in row}
    by_rule = {
        ("submitted", "CUSTOMER", "submitted"),
        ("submitted", "REVIEWERS", "queued"),
        ("resubmitted", "REVIEWERS", "queued"),
        ("handed_back", "CUSTOMER", "handed_back"),
        ("rejected", "CUSTOMER", "rejected"),
        ("ownership_reminder", "CUSTOMER", "ownership_reminder"),
        ("failed", "CUSTOMER", "failed"),
        ("revoked", "CUSTOMER", "revoked"),
        ("overdue", "REVIEWERS", "overdue"),
    }
    added = {
        ("method_fell_back", "CUSTOMER", "method_fell_back"),
        ("letter_damaged", "REVIEWERS", "letter_damaged"),
        ("authority_stuck", "REVIEWERS", "authority_stuck"),
        ("assistance_asked", "CUSTOMER", "assistance_asked"),
        ("key_proven", "CUSTOMER", "key_proven"),
        ("key_known", "CUSTOMER", "key_known"),
        ("revoked_elsewhere", "CUSTOMER", "revoked_elsewhere"),
        ("differences_found", "REVIEWERS", "differences_found"),
        ("not_compared", "REVIEWERS", "not_compared"),
        ("record_refused", "REVIEWERS", "record_refused"),
        ("sighting_late", "REVIEWERS", "sighting_late"),
        ("order_refused", "REVIEWERS", "order_refused"),
    }
    added.add(("webhook_gave_up", "CUSTOMER", "webhook_gave_up"))
    assert told == by_rule | added


def test_what_may_be_switched_off_is_the_same_on_the_page_and_in_the_table() -> None:
    optional = {notice.template for row in AUDIENCES.values() for notice in row if notice.optional}
    assert optional == set(OPTIONAL_MAILS)
    assert not optional & {"submitted", "revoked"}


def test_L2_a_person_does_without_the_mails_they_switched_off_and_never_without_submitted(
    make_certificate: MakeCertificate, alice: Actor, bob: Actor, rita: Actor
) -> None:
    alice.user.muted_mails = ["handed_back", "submitted"]
    alice.user.save()
    case = submitted(make_certificate(), alice)
    decisions.hand_back(case.pk, by=rita, at=NOW, why="The name is missing.")
    told = set(Mail.objects.exclude(template="queued").values_list("template", "to"))
    alices, bobs = "alice@aurora.example", "bob@aurora.example"
    assert told == {("submitted", alices), ("submitted", bobs), ("handed_back", bobs)}


def test_watchers_are_told_what_happens_without_the_reviewers_words(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    subject = make_certificate()
    for email in ("Ops@elsewhere.example", "ops@elsewhere.example ", "alice@aurora.example"):
        watchers.watch(subject.pk, email, by=alice, at=NOW, language="zh-hans")
    case = submitted(subject, alice)
    decisions.reject(case.pk, by=rita, at=NOW, why="Confidential words.")
    to_watcher = compose(Mail.objects.get(to="ops@elsewhere.example", template="rejected"))
    to_alice = compose(Mail.objects.get(to="alice@aurora.example", template="rejected"))
    assert "Confidential words." in to_alice.body
    assert "Confidential words." not in to_watcher.message().as_string()
    assert "驳回" in to_watcher.body
    assert Mail.objects.filter(to="alice@aurora.example").count() == 2  # once an event, though she is a watcher as well


@pytest.mark.parametrize("email", ["", "x", "a@b\nBcc: c@d.example", "<a@b.example>", "a" * 300 + "@b.example"])
def test_a_watcher_is_an_address(make_certificate: MakeCertificate, alice: Actor, email: str) -> None:
    with pytest.raises(watchers.WatcherRefused):
        watchers.watch(make_certificate().pk, email, by=alice, at=NOW, language="en")


def test_L3_only_members_say_who_watches(make_certificate: MakeCertificate, alice: Actor, charlie: Actor) -> None:
    subject = make_certificate()
    added = watchers.watch(subject.pk, "ops@elsewhere.example", by=alice, at=NOW, language="en")
    with pytest.raises(NotOwner):
        watchers.watch(subject.pk, "c@elsewhere.example", by=charlie, at=NOW, language="en")
    with pytest.raises(NotOwner):
        watchers.unwatch(added.pk, by=charlie, at=NOW)
    for n in range(watchers.MOST - 1):
        watchers.watch(subject.pk, f"n{n}@elsewhere.example", by=alice, at=NOW, language="en")
    with pytest.raises(watchers.WatcherRefused, match="10"):
        watchers.watch(subject.pk, "one-more@elsewhere.example", by=alice, at=NOW, language="en")


def test_a_mail_has_text_and_html_one_link_and_fetches_nothing(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    """Threats 9 and 38: what others wrote is text in both; nothing remote, no second link, no new header."""
    evil = "<script>alert(1)</script><img src=//evil.example/x>\r\nBcc: x@evil.example"
    case = submitted(make_certificate(), alice)
    decisions.reject(case.pk, by=rita, at=NOW, why=evil)
    mail = compose(Mail.objects.get(to="alice@aurora.example", template="rejected"))
    html = str(mail.alternatives[0][0])
    assert "<script>" not in html
    assert "<img" not in html
    assert "src=" not in html.replace("&lt;img src=", "")
    assert re.findall(r'href="([^"]+)"', html) == [f"{settings.PORTAL_URL}/requests/{case.pk}/"]
    assert mail.body.count("://") == 1
    message = mail.message()
    assert message["Bcc"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["References"].startswith(f"<request-{case.pk}@")
    assert message.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "error", [smtplib.SMTPRecipientsRefused({}), ConnectionRefusedError("no server"), TimeoutError()]
)
def test_L2_a_mail_that_cannot_be_sent_delays_nothing_and_is_retried(
    make_certificate: MakeCertificate, alice: Actor, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    request = submitted(make_certificate(), alice)
    waiting = Mail.objects.get()

    def broken(*args: Any) -> None:
        raise error

    with monkeypatch.context() as down:
        down.setattr(EmailBackend, "send_messages", broken)
        mail_queue.send(waiting.pk, at=NOW)
    assert (fresh(request).state, fresh(waiting).attempts, fresh(waiting).sent_at) == ("in_review", 1, None)
    assert mail_queue.due_mails(at=NOW + mail_queue.PAUSES.shortest - SECOND) == []
    assert mail_queue.due_mails(at=NOW + timedelta(minutes=1)) == [waiting.pk]
    for _ in range(2):  # two workers
        mail_queue.send(waiting.pk, at=NOW + timedelta(minutes=1))
    assert [message.to for message in sent.outbox] == [["alice@aurora.example"]]
    assert mail_queue.due_mails(at=NOW + timedelta(days=30)) == []


def test_L2_after_the_last_attempt_the_mail_stays_for_staff_to_see(
    make_certificate: MakeCertificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(make_certificate(), alice)
    waiting = Mail.objects.get()

    def broken(*args: Any) -> None:
        raise TimeoutError("no answer")

    monkeypatch.setattr(EmailBackend, "send_messages", broken)
    at = NOW
    for _ in range(mail_queue.GIVE_UP_AFTER):
        mail_queue.send(waiting.pk, at=at)
        at += mail_queue.PAUSES.step(99)
    left = fresh(waiting)
    assert (left.next_attempt_at, left.sent_at, left.last_error) == (None, None, "no answer")
