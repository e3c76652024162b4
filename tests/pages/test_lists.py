"""The lists: keyset pages, search, and a number of queries that does not grow with the rows."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from revocation.models import Actor, Certificate
from revocation.views.paging import PAGE
from tests.conftest import MakeCertificate
from tests.people import draft, upload_foreign


def many(original: Certificate, number: int) -> None:
    """Copies in the list; their bytes are of no interest here."""
    Certificate.objects.bulk_create(
        Certificate(
            customer=original.customer,
            brand=original.brand,
            common_name=f"n{n:04}.aurora.example",
            names=[f"n{n:04}.aurora.example"],
            serial_number=f"{n:08X}",
            fingerprint=f"{n:064X}",
            search_text=f"n{n:04}.aurora.example",
            not_before=original.not_before,
            not_after=original.not_after,
            standard=original.standard,
            level=original.level,
            level_source=original.level_source,
        )
        for n in range(number)
    )


def rows(answer: object) -> list[str]:
    return re.findall(r'data-label="Name"><a[^>]*>([^<]+)<', answer.content.decode())  # type: ignore[attr-defined]


def follow(page: Client, rel: str, answer: object) -> object | None:
    link = re.search(rf'rel="{rel}" href="([^"]+)"', answer.content.decode())  # type: ignore[attr-defined]
    return page.get("/certificates/" + link[1].replace("&amp;", "&")) if link else None


def test_every_row_is_on_exactly_one_page_forwards_and_backwards(
    page: Client, make_certificate: MakeCertificate
) -> None:
    many(make_certificate(), 2 * PAGE + 7)
    answer, seen, last = page.get("/certificates/"), [], None
    while answer is not None:
        seen += rows(answer)
        last, answer = answer, follow(page, "next", answer)
    assert len(seen) == len(set(seen)) == 2 * PAGE + 8
    back = rows(last)
    while (last := follow(page, "prev", last)) is not None:
        back = rows(last) + back
    assert back == seen


@pytest.mark.parametrize("cursor", ["x", "2026", "2026-01-01,1", "2026-01-01T00:00:00+00:00,9" * 9, "\x00", ",", "9,9"])
def test_a_mangled_cursor_shows_the_first_page(page: Client, make_certificate: MakeCertificate, cursor: str) -> None:
    make_certificate()
    assert len(rows(page.get("/certificates/", {"after": cursor}))) == 1
    assert len(rows(page.get("/certificates/", {"before": cursor}))) == 1
    assert page.get("/requests/", {"before": cursor}).status_code == 200


def test_search_and_state_choose_and_offer_the_way_back(page: Client, make_certificate: MakeCertificate) -> None:
    make_certificate("shop.aurora.example")
    make_certificate("mail.aurora.example")
    assert rows(page.get("/certificates/", {"q": "SHOP"})) == ["shop.aurora.example"]
    assert rows(page.get("/certificates/", {"state": "revoked"})) == []
    assert "No certificate fits this search." in page.get("/certificates/", {"q": "nothing%"}).content.decode()
    assert page.get("/certificates/", {"q": "\x00", "state": "\x00"}).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_rows(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    subject = make_certificate()
    draft(subject, alice)
    counts = {}
    for address in ("/certificates/", "/requests/"):
        page.get(address)
        with CaptureQueriesContext(
            connection,
        ) as few:
            page.get(address)
        counts[address] = len(few)
    many(subject, PAGE)
    for name in ("a", "b", "c"):
        draft(make_certificate(f"{name}.aurora.example"), alice)
    for address, before in counts.items():
        with CaptureQueriesContext(connection) as more:
            page.get(address)
        assert len(more) == before <= 8, address
        assert not any("COUNT(" in query["sql"].upper() for query in more), address


def test_the_rows_offer_what_may_succeed(page: Client, make_certificate: MakeCertificate, alice: Actor) -> None:
    make_certificate("mine.aurora.example")
    upload_foreign(alice)
    shown = page.get("/certificates/").content.decode()
    mine, foreign = (part.split("</tr>")[0] for part in sorted(shown.split("<tr>")[2:], key=lambda p: "foreign" in p))
    assert ">Revoke<" in mine
    assert ">Delete<" not in mine
    assert ">Revoke<" not in foreign
    assert ">Delete<" in foreign


def test_requests_are_paged_newest_first(page: Client, make_certificate: MakeCertificate, alice: Actor) -> None:
    from revocation.models import RevocationRequest

    first = draft(make_certificate(), alice)
    RevocationRequest.objects.bulk_create(
        RevocationRequest(
            certificate=first.certificate, route="F1", state="discarded", is_open=False, filed_by=alice.user
        )
        for _ in range(PAGE)
    )
    newest = page.get("/requests/").content.decode()
    assert first.number not in newest
    older = re.search(r'href="(\?before=\d+)"', newest)
    assert older
    shown = page.get("/requests/" + older[1]).content.decode()
    assert first.number in shown
    assert "Newest" in shown
