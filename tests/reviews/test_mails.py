"""The list of waiting mails says what happened in the reader's language."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from revocation.models import Mail
from revocation.services.notifications.mail import send
from tests.reviews import desk

pytestmark = pytest.mark.django_db


def happened(client: Client, language: str) -> list[str]:
    """Return the column that says what happened."""
    page = client.get("/admin/revocation/mail/", headers={"accept-language": language})
    return re.findall('<td class="field-what">([^<]*)<', page.content.decode())


@pytest.mark.parametrize(("language", "words"), [("en", "request submitted"), ("zh-hans", "申请已提交")])
def test_a_mail_that_waits_says_what_happened_and_one_that_went_is_not_listed(
    client: Client, language: str, words: str
) -> None:
    desk.in_review(desk.person("alice", customer=desk.customer()))
    client.force_login(desk.person("root", is_staff=True, is_superuser=True))
    waiting = Mail.objects.count()
    assert happened(client, language) == [words] * waiting
    assert waiting
    Mail.objects.update(sent_at=timezone.now(), next_attempt_at=None)
    assert happened(client, language) == []


def test_a_mail_that_failed_says_why_in_the_readers_language_and_quotes_the_server(
    client: Client, settings: Any
) -> None:
    client.post("/accounts/password/reset/", {"email": desk.person("alice", customer=desk.customer()).email})
    (mail,) = Mail.objects.all()
    settings.KEY_ENCRYPTION_KEY = "another-key-altogether-8fK2mQ9xLr4T"
    send(mail.pk, at=timezone.now())
    client.force_login(desk.person("root", is_staff=True, is_superuser=True))
    pages = [reverse("admin:revocation_mail_changelist"), reverse("admin:revocation_mail_change", args=[mail.pk])]
    for page in pages:
        shown = client.get(page, headers={"accept-language": "zh-hans"}).content.decode()
        assert "无法用 KEY_ENCRYPTION_KEY 解密" in shown
        assert "It does not open" not in shown
    Mail.objects.update(last_error="550 unknown", last_error_code="")
    assert '<q lang="en">550 unknown</q>' in client.get(pages[0]).content.decode()
