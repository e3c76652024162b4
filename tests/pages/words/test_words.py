"""F5, F6: people's own words. What a form refuses is not kept, and what is kept is shown as it is."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from revocation.models import Actor, Event, RevocationRequest
from revocation.services.requests import assistance, filing
from revocation.services.requests.filing import ReasonRefused
from revocation.services.requests.joint_filing import TogetherRefused, begin_together
from tests.conftest import NOW, MakeCertificate
from tests.pages.conftest import Story

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

REFUSED = {
    "NUL": "a\0b",
    "escape": "a\x1b[31mb",
    "C1": "a\x85b",
    "half a pair": "a\ud800b",
    "too long": "W" * 2001,
}
refused = pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED)


def send(page: Client, address: str, words: str, **more: str) -> int:
    return page.post(address, {"reason": "4", "reason_text": words.replace("\ud800", "\x01")} | more).status_code


@refused
@pytest.mark.parametrize("button", [{}, {"later": "yes"}], ids=["next", "later"])
def test_F6_what_the_form_refuses_is_not_in_a_new_draft(
    page: Client, make_certificate: MakeCertificate, words: str, button: dict[str, str]
) -> None:
    address = reverse("revoke", args=[make_certificate().pk])
    assert send(page, address, words, **button) == 422
    assert [case.reason_text for case in RevocationRequest.objects.all()] == [""]
    assert send(page, address, "We have a new one.") == 302
    assert RevocationRequest.objects.get().reason_text == "We have a new one."


@refused
@pytest.mark.parametrize("button", [{}, {"later": "yes"}], ids=["next", "later"])
@pytest.mark.parametrize("door", ["revoke", "reason"])
def test_F6_what_the_form_refuses_leaves_the_words_that_were_kept(
    page: Client, story: Story, words: str, button: dict[str, str], door: str
) -> None:
    number = story.draft.certificate_id if door == "revoke" else story.draft.pk
    before = story.draft.reason_text
    assert before
    assert send(page, reverse(door, args=[number]), words, **button) == 422
    story.draft.refresh_from_db()
    assert story.draft.reason_text == before
    assert "\\u0000" not in "".join(str(event.data) for event in Event.objects.all())


def test_the_refusal_names_the_character_and_shows_where_it_stands(
    page: Client, make_certificate: MakeCertificate
) -> None:
    shown = page.post(reverse("revoke", args=[make_certificate().pk]), {"reason": "4", "reason_text": "no\0w"})
    text = shown.content.decode()
    assert "cannot be shown (U+0000)" in text
    assert "no⟨U+0000⟩w" in text
    assert "\0" not in text


@refused
def test_F5_every_door_refuses_them(story: Story, alice: Actor, make_certificate: MakeCertificate, words: str) -> None:
    """The service itself refuses them, whatever form stands before it."""
    free, before = make_certificate("more.aurora.example"), RevocationRequest.objects.count()
    with pytest.raises(ReasonRefused):
        filing.begin(free.pk, by=alice, at=NOW, reason=4, reason_text=words)
    with pytest.raises(ReasonRefused):
        filing.amend(story.draft.pk, by=alice, at=NOW, reason=4, reason_text=words)
    with pytest.raises(ReasonRefused):
        assistance.ask_for_assistance(
            story.proving.pk, by=alice, at=NOW, situation="lapsed", reason=4, reason_text=words
        )
    with pytest.raises(TogetherRefused):
        begin_together([free.pk], by=alice, at=NOW, reason=4, reason_text=words)
    assert RevocationRequest.objects.count() == before


def test_what_turns_the_direction_of_writing_is_named_on_the_customers_pages(
    page: Client, make_certificate: MakeCertificate
) -> None:
    words = "scan of \u202egpj.exe\u202c, zero\u200bwidth"
    assert send(page, reverse("revoke", args=[make_certificate().pk]), words) == 302
    case = RevocationRequest.objects.get()
    assert case.reason_text == words
    shown = page.get(reverse("request", args=[case.pk])).content.decode()
    assert "⟨U+202E⟩gpj.exe⟨U+202C⟩" in shown
    assert "\u202e" not in shown
