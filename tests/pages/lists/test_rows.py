"""The rows of *My Certificates*: what they say, in whose language, that they hurt nobody, and what they cost."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certportal.accounts.models import Customer, Membership, User
from revocation.markup import escaped, filled, joined
from revocation.models import Actor, Brand, Certificate
from revocation.web.presenters.addresses import Addresses
from tests.conftest import MakeCertificate
from tests.people import draft, upload_foreign

HOSTILE = """<script>alert(1)</script>'\"><img src=x onerror=alert(2)>&lt;b&gt; {} {0} {__class__} %s %(name)s"""
HARMLESS = {"a", "code", "details", "div", "input", "p", "rect", "small", "span", "summary", "svg", "td", "time", "tr"}


class Reader(HTMLParser):
    """Collects the elements and the words of a page, and the values of its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.words: list[str] = []
        self.labels: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.labels += [value or "" for name, value in attrs if name == "aria-label"]
        assert not {name for name, _ in attrs} & {"onerror", "onmouseover", "onload"}

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def rows_of(page: Client, address: str = "/certificates/") -> str:
    return page.get(address).content.decode().partition("<tbody>")[2].partition("</tbody>")[0]


def test_more_offers_what_may_succeed_and_says_why_the_rest_may_not(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    make_certificate("mine.aurora.example")
    upload_foreign(alice)
    shown = page.get("/certificates/").content.decode()
    mine, foreign = (part.split("</tr>")[0] for part in sorted(shown.split("<tr>")[2:], key=lambda p: "foreign" in p))
    assert ">Revoke</a>" in mine
    assert "Revoke it before you delete it" in mine
    assert ">Revoke</a>" not in foreign
    assert "Its own issuer, Foreign CA, must revoke it." in foreign
    assert ">Delete</a>" in foreign


def test_nothing_that_a_row_shows_becomes_markup(
    page: Client, make_certificate: MakeCertificate, alice: Actor, charlie: Actor
) -> None:
    """Names, the issuer in the words of a refusal, the brand and the organisation are whatever somebody wrote."""
    foreign = upload_foreign(alice)
    Certificate.objects.filter(pk=foreign.pk).update(
        common_name=HOSTILE, names=[HOSTILE, "other.example"], serial_number=HOSTILE[:8], issuer_name=HOSTILE
    )
    make_certificate()
    Brand.objects.update(name=HOSTILE)
    Customer.objects.update(name=HOSTILE)
    Membership.objects.create(user=alice.user, customer=Customer.objects.get(users=charlie.user))
    read = Reader(rows_of(page))
    assert read.elements <= HARMLESS
    text = "".join(read.words)
    assert text.count(HOSTILE) >= 6  # the title three times, the issuer, two brands, two organisations
    assert f"Its own issuer, {HOSTILE}, must revoke it." in text
    assert any(label.startswith(f"Select {HOSTILE} (") for label in read.labels)
    assert not Reader(page.get("/certificates/").content.decode()).elements & {"img", "b"}


@pytest.mark.parametrize("text", [HOSTILE, "", "a & b", "\u202e\ud800"])
def test_pieces_are_escaped_once_and_markup_is_not(text: str) -> None:
    assert escaped(escaped(text)) == escaped(text) == filled("{}", text) == joined([text])
    assert filled("<b>{}</b>{}", text, escaped("<")) == f"<b>{escaped(text)}</b>&lt;"
    assert not set("<>\"'") & set(escaped(text))


def test_each_reader_has_their_own_language_and_zone(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    """What is prepared once for all rows is prepared for one page only."""
    make_certificate()
    seen = []
    for language, zone in (("en", "UTC"), ("zh-hans", "Asia/Shanghai"), ("en", "Pacific/Niue")):
        User.objects.filter(pk=alice.user.pk).update(language=language, time_zone=zone)
        rows = rows_of(page)
        assert f' {zone}">' in rows
        seen.append(
            (">Delete<" in rows or "<span>Delete</span>" in rows, ">吊销</a>" in rows or "<span>删除</span>" in rows)
        )
    assert seen == [(True, False), (False, True), (True, False)]


@pytest.mark.parametrize("name", ["certificate", "revoke", "download", "delete", "request"])
def test_an_address_is_the_one_that_django_builds(name: str) -> None:
    addresses = Addresses()
    assert [addresses.of(name, pk) for pk in (1, 888, 10**17)] == [reverse(name, args=[pk]) for pk in (1, 888, 10**17)]


def test_the_list_takes_ten_queries_and_three_more_for_what_waits(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    """Who asks takes three. The list takes seven: keys, rows, brands, what waits, and three for the rules."""
    subject = make_certificate(brand="digicert")
    assert queries(page) == 10
    draft(subject, alice)
    assert queries(page) == 10 + 3 + 1  # with and without a deadline, the requests, and the states in the rows


def queries(page: Client) -> int:
    page.get("/certificates/")
    with CaptureQueriesContext(connection) as seen:
        page.get("/certificates/")
    return len(seen)
