"""No English is left in a Chinese page, the customer's or the desk's, but names, quotations and terms of standards.

Nor is its punctuation.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from certportal.accounts.models import User
from revocation.authorities.interface import NeedsAttention, Waiting
from revocation.models import Actor, RevocationOrder, RevocationRequest
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.pages.conftest import Seat, Story
from tests.pages.words.chinese import english, half_width
from tests.people import LOOKED_AT, submitted
from tests.support.scripted import install, tell_all

pytestmark = pytest.mark.slow

PEOPLE = "aurora alice bob rita ron root carl load balancer lb tests test local scripted panel"
BRANDS = """certportal wotrus digicert sectigo cfca certum dnspod geotrust globalsign let encrypt letsencrypt other
securesite trustasia firefox crlite chrome crlsets bind knot nsd"""
TERMS = """pem der pkcs crl ocsp dns txt cname http https url id api json csv pdf jpg png gif acme ecdsa rsa sm2 sha utc
whois rdap superseded signature webhook web dv deployments javascript english en"""
DJANGOS = "select an option model name add link change or view list authenticators false customer"
"""Texts for screen readers that Django's and allauth's own Chinese catalogues leave out."""
WRITTEN = ("We have a new one.", "Authority without an interface")
"""Texts by the customer of the fixtures, and in the installation's settings."""
ALLOWED = frozenset(f"{PEOPLE} {BRANDS} {TERMS} {DJANGOS}".split())


@pytest.fixture
def revoked(story: Story, make_certificate: MakeCertificate, alice: Actor, ron: Actor) -> RevocationRequest:
    """A request that is approved. It is revoked once the worker has passed."""
    case = submitted(make_certificate("gone.aurora.example"), alice)
    decisions.approve(case.pk, by=ron, at=NOW, checked=LOOKED_AT)
    return case


def without_written(text: str) -> str:
    for written in WRITTEN:
        text = text.replace(written, "")
    return text


def left(client: Client, addresses: list[str]) -> dict[str, object]:
    pages = {address: client.get(address) for address in addresses}
    assert {address: page.status_code for address, page in pages.items() if page.status_code != 200} == {}
    texts = {address: without_written(page.content.decode()) for address, page in pages.items()}
    found = {address: english(text, ALLOWED) or half_width(text) for address, text in texts.items()}
    return {address: words for address, words in found.items() if words}


def in_chinese(seat: Seat, person: Actor) -> Client:
    assert person.user is not None
    User.objects.filter(pk=person.user.pk).update(language="zh-hans")
    person.user.refresh_from_db()
    return seat(person)


def test_the_customers_pages(seat: Seat, story: Story, revoked: RevocationRequest, alice: Actor) -> None:
    of = {
        story.certificate.pk: ("certificate", "revoke", "assisted", "delete"),
        revoked.certificate_id: ("certificate", "revoke", "delete"),
        story.in_review.certificate_id: ("certificate", "revoke"),
    }
    addresses = [reverse(name, args=[pk]) for pk, names in of.items() for name in names]
    addresses += [reverse(name) for name in ("certificates", "requests", "together", "webhooks", "delegations")]
    cases = (story.draft, story.proving, story.in_review, story.assisted, revoked)
    addresses += [reverse("request", args=[case.pk]) for case in cases]
    addresses += [reverse(name, args=[story.draft.pk]) for name in ("letter", "reason")]
    addresses += [reverse(name, args=[story.proving.pk]) for name in ("ownership", "assistance")]
    addresses += [reverse("evidence", args=[story.assisted.pk]), reverse("joint", args=[story.joint.pk])]
    addresses += [reverse("webhook", args=[story.webhook.pk]), reverse("delegation", args=[story.delegation.pk])]
    addresses += ["/accounts/password/change/", "/accounts/2fa/"]
    assert left(in_chinese(seat, alice), addresses) == {}


SAYS: dict[str, tuple[list[object], str]] = {
    "waits": (
        [Waiting("staff", "revoke_by_hand", {"authority": "Scripted", "seen_at": "12:00"}, timedelta(hours=1))],
        "没有接口。请在其控制台中吊销证书",
    ),
    "refuses": ([NeedsAttention("badly signed")], '<q lang="en">badly signed</q>'),
}


@pytest.mark.parametrize("what", SAYS)
def test_M5_the_workers_words_are_translated_and_the_authoritys_are_quoted(
    seat: Seat, revoked: RevocationRequest, alice: Actor, root: Actor, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    answers, words = SAYS[what]
    install(monkeypatch, answers)
    tell_all()
    order = reverse("admin:revocation_revocationorder_change", args=[RevocationOrder.objects.get().pk])
    case = reverse("admin:revocation_revocationrequest_change", args=[revoked.pk])
    theirs = [reverse("request", args=[revoked.pk]), reverse("certificate", args=[revoked.certificate_id])]
    for person, addresses in ((root, [order, case]), (alice, theirs)):
        client = in_chinese(seat, person)
        assert left(client, addresses) == {}
        assert words in client.get(addresses[0]).content.decode()


def test_the_desks_pages(seat: Seat, story: Story, revoked: RevocationRequest, root: Actor) -> None:
    desk = "admin:revocation_"
    order = RevocationOrder.objects.get()
    addresses = [
        reverse(f"{desk}{model}_changelist")
        for model in ("revocationrequest", "certificate", "revocationorder", "event", "brand", "deploymenttarget")
    ]
    addresses += [reverse(desk + "revocationrequest_change", args=[case.pk]) for case in (story.in_review, revoked)]
    addresses += [
        reverse(desk + "revocationrequest_decide", args=[story.in_review.pk, verb]) for verb in ("approve", "reject")
    ]
    addresses += [reverse(desk + "certificate_change", args=[revoked.certificate_id])]
    addresses += [reverse(desk + "revocationorder_change", args=[order.pk])]
    addresses += [
        reverse(desk + name) for name in ("revocationrequest_dashboard", "certificate_import", "certificate_issue")
    ]
    addresses += [reverse("admin:index")]
    assert left(in_chinese(seat, root), addresses) == {}
