"""The list of waiting mails says what happened in the reader's language."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from revocation.models import Mail
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
