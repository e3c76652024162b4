"""L2: who is told of what, and that a mail which cannot be sent delays nothing."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as sent
from django.core.mail.backends.locmem import EmailBackend

from revocation.models import Actor, Mail
from revocation.notifications import AUDIENCES
from revocation.services import mailing
from tests.conftest import NOW, MakeCertificate
from tests.people import SECOND, fresh, submitted


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
        ("record_refused", "REVIEWERS", "record_refused"),
        ("sighting_late", "REVIEWERS", "sighting_late"),
    }
    assert told == by_rule | added


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
        mailing.send(waiting.pk, at=NOW)
    assert (fresh(request).state, fresh(waiting).attempts, fresh(waiting).sent_at) == ("in_review", 1, None)
    assert mailing.due_mails(at=NOW + timedelta(minutes=1) - SECOND) == []
    assert mailing.due_mails(at=NOW + timedelta(minutes=1)) == [waiting.pk]
    for _ in range(2):  # two workers
        mailing.send(waiting.pk, at=NOW + timedelta(minutes=1))
    assert [message.to for message in sent.outbox] == [["alice@aurora.example"]]
    assert mailing.due_mails(at=NOW + timedelta(days=30)) == []


def test_L2_after_the_last_attempt_the_mail_stays_for_staff_to_see(
    make_certificate: MakeCertificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(make_certificate(), alice)
    waiting = Mail.objects.get()

    def broken(*args: Any) -> None:
        raise TimeoutError("no answer")

    monkeypatch.setattr(EmailBackend, "send_messages", broken)
    at = NOW
    for _ in range(mailing.GIVE_UP_AFTER):
        mailing.send(waiting.pk, at=at)
        at += mailing.PAUSES[-1]
    left = fresh(waiting)
    assert (left.next_attempt_at, left.sent_at, left.last_error) == (None, None, "no answer")
