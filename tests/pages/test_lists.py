"""The lists: keyset pages, search, and a number of queries that does not grow with the rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certportal.accounts.models import Customer, Membership
from revocation.models import Actor, Certificate
from revocation.models.certificate import search_index
from revocation.pki.facts import Level
from revocation.web.guards.access import own_requests
from revocation.web.guards.paging import PAGE, page_of, written
from revocation.web.presenters.todo import todos
from revocation.web.presenters.wanted import Wanted
from tests.conftest import NOW, MakeCertificate
from tests.people import DAY, deploy, draft, submitted, upload_foreign

pytestmark = pytest.mark.slow

reads_the_plan = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="SQLite's plan: with few rows PostgreSQL rightly reads the whole table"
)


def many(original: Certificate, number: int, start: int = 0) -> None:
    """Add this many copies to the list. They have no bytes, which do not matter here."""
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
        for n in range(start, start + number)
    )


def shown_rows(answer: Any) -> list[str]:
    return re.findall(r'data-label="Name"><a[^>]*>([^<]+)<', answer.content.decode())


def follow(page: Client, rel: str, answer: Any) -> Any:
    """Press the button, as a browser does, with everything in its form. Returns None where there is no button."""
    name = {"next": "after", "prev": "before"}[rel]
    button = re.search(rf'name="{name}" value="([^"]+)"', answer.content.decode())
    asked = {key: values for key, values in answer.wsgi_request.GET.lists() if key not in ("after", "before")}
    return page.get("/certificates/", {**asked, name: unescape(button[1])}) if button else None


def test_every_row_is_on_exactly_one_page_forwards_and_backwards(
    page: Client, make_certificate: MakeCertificate
) -> None:
    many(make_certificate(), 2 * PAGE + 7)
    answer, seen, last = page.get("/certificates/"), [], None
    while answer is not None:
        seen += shown_rows(answer)
        last, answer = answer, follow(page, "next", answer)
    assert len(seen) == len(set(seen)) == 2 * PAGE + 8
    back = shown_rows(last)
    while (last := follow(page, "prev", last)) is not None:
        back = shown_rows(last) + back
    assert back == seen


def test_what_is_chosen_goes_along_from_page_to_page_and_from_search_to_search(
    page: Client, make_certificate: MakeCertificate
) -> None:
    """Without scripts the address keeps the selection. Rows on the page are ticked, others are hidden fields."""
    mine = make_certificate()
    many(mine, PAGE + 5)
    first = page.get("/certificates/", {"id": [str(mine.pk), str(mine.pk), "x", "-1"]})
    assert re.findall(r'value="(\d+)" checked', first.content.decode()) == [str(mine.pk)]
    second = follow(page, "next", first)
    hidden = f'<input type="hidden" form="chosen" name="id" value="{mine.pk}">'
    assert hidden in second.content.decode()
    assert "1 selected on other pages" in second.content.decode()
    nothing = page.get("/certificates/", {"id": str(mine.pk), "q": "nothing"}).content.decode()
    assert hidden in nothing
    assert 'formaction="/certificates/together/"' in nothing


@pytest.mark.parametrize("cursor", ["x", "2026", "2026-01-01,1", "2026-01-01T00:00:00+00:00,9" * 9, "\x00", ",", "9,9"])
def test_a_mangled_cursor_shows_the_first_page(page: Client, make_certificate: MakeCertificate, cursor: str) -> None:
    make_certificate()
    assert len(shown_rows(page.get("/certificates/", {"after": cursor}))) == 1
    assert len(shown_rows(page.get("/certificates/", {"before": cursor}))) == 1
    assert page.get("/requests/", {"before": cursor}).status_code == 200


def test_search_and_state_choose_and_offer_the_way_back(page: Client, make_certificate: MakeCertificate) -> None:
    make_certificate("shop.aurora.example")
    make_certificate("mail.aurora.example")
    assert shown_rows(page.get("/certificates/", {"q": "SHOP"})) == ["shop.aurora.example"]
    assert shown_rows(page.get("/certificates/", {"state": "revoked"})) == []
    assert "No certificates match your search." in page.get("/certificates/", {"q": "nothing%"}).content.decode()
    assert page.get("/certificates/", {"q": "\x00", "state": "\x00", "brand": "\x00"}).status_code == 200


def colons(digits: str) -> str:
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


FOUND_BY: dict[str, Callable[[Certificate], str]] = {
    "a name": lambda c: "hop.aurora",
    "another of its names": lambda c: "second.aurora.example",
    "part of its serial number": lambda c: c.serial_number[3:12],
    "its fingerprint in pairs": lambda c: colons(c.fingerprint).upper(),
    "two words": lambda c: f"second {c.serial_number[-8:]}",
    "one letter": lambda c: "_",
}


@pytest.mark.parametrize("how", list(FOUND_BY))
def test_a_certificate_is_found_by_any_name_serial_number_and_fingerprint(
    page: Client, make_certificate: MakeCertificate, how: str
) -> None:
    names = ("_shop.aurora.example", "second.aurora.example")
    wanted = make_certificate(names[0], names=names)
    make_certificate("other.aurora.example")
    assert shown_rows(page.get("/certificates/", {"q": FOUND_BY[how](wanted)})) == ["_shop.aurora.example"]


@pytest.mark.parametrize("q", ["%", "sh%p", "\\", "'", '"', "shop OR other", "*", "a" * 5000])
def test_no_character_of_a_search_is_a_wildcard(page: Client, make_certificate: MakeCertificate, q: str) -> None:
    make_certificate("shop.aurora.example")
    assert shown_rows(page.get("/certificates/", {"q": q})) == []


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"brand": "digicert"}, ["ov.aurora.example"]),
        ({"level": "ov"}, ["ov.aurora.example"]),
        ({"standard": "sm2"}, []),
        ({"expires": "30"}, ["soon.aurora.example"]),
        ({"expires": "past"}, ["past.aurora.example"]),
        ({"expires": "valid"}, ["soon.aurora.example", "ov.aurora.example", "deployed.aurora.example"]),
        ({"deployed": "1"}, ["deployed.aurora.example"]),
        ({"level": "ov", "expires": "90"}, []),
        ({"level": "nonsense", "rows": "9", "expires": "x", "owner": "x"}, None),
    ],
)
def test_the_filters_narrow_the_list(
    page: Client, make_certificate: MakeCertificate, alice: Actor, chosen: dict[str, str], found: list[str] | None
) -> None:
    make_certificate("past.aurora.example", left=-DAY)
    make_certificate("soon.aurora.example", left=20 * DAY)
    make_certificate("ov.aurora.example", brand="digicert", level=Level.OV)
    deploy(make_certificate("deployed.aurora.example"), alice)
    everything = shown_rows(page.get("/certificates/"))
    assert shown_rows(page.get("/certificates/", chosen)) == (everything if found is None else found)


@pytest.mark.database
@reads_the_plan
def test_a_search_walks_an_index_and_sorts_nothing(
    page: Client, make_certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite: the plan of the page's own query, with every filter that has an index. Many have the word."""
    monkeypatch.setattr(search_index, "FEW", 0)
    owner = make_certificate().customer_id
    for chosen in (Wanted(q="aurora"), Wanted(state="revoked"), Wanted(brand="digicert"), Wanted()):
        rows = chosen.chosen(owner, NOW).order_by("not_after", "id").values_list("not_after", "id")[:51]
        plan = rows.explain()
        assert "USING" in plan
        assert "INDEX certificate_" in plan
        assert "TEMP B-TREE" not in plan, plan
        assert "COVERING INDEX certificate_search" in plan or not chosen.q, plan


@pytest.mark.database
@reads_the_plan
def test_what_needs_the_customer_walks_an_index_of_its_own(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    draft(make_certificate(), alice)
    owner = Customer.objects.get(users=alice.user).pk
    with CaptureQueriesContext(connection) as asked:
        assert len(todos([owner, owner + 1])) == 1
    whether, *keys, rows = [_plan(query["sql"]) for query in asked]
    assert "INDEX request_with_customer (customer_id=?" in whether
    assert len(keys) == 4  # with and without a deadline, of both
    for plan in keys:
        assert "INDEX request_with_customer (customer_id=? AND due_at" in plan, plan
        assert "TEMP B-TREE" not in plan, plan
    assert "SEARCH revocation_revocationrequest USING INTEGER PRIMARY KEY" in rows
    with CaptureQueriesContext(connection) as asked:
        assert todos([owner + 1]) == []
    assert len(asked) == 1  # nothing waits, so no row is read


def _plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        return "\n".join(str(row) for row in cursor.fetchall())


def test_what_needs_the_customer_has_the_nearest_deadline_first_and_drafts_last(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    undated = draft(make_certificate(), alice)
    late, soon = (
        submitted(make_certificate(f"{name}.aurora.example", brand="geotrust"), alice, at=at)
        for name, at in (("late", NOW), ("soon", NOW - DAY))
    )
    elsewhere = Customer.objects.create(slug="second", name="Second")
    assert [todo.case for todo in todos([elsewhere.pk, undated.customer_id])] == [soon, late, undated]


def test_the_requests_of_two_organisations_are_one_list(
    page: Client, make_certificate: MakeCertificate, alice: Actor, charlie: Actor
) -> None:
    theirs = Customer.objects.get(users=charlie.user)
    Membership.objects.create(user=alice.user, customer=theirs)
    subjects = [make_certificate(f"n{number}.aurora.example") for number in range(PAGE + 3)]
    Certificate.objects.filter(pk__in=[subject.pk for subject in subjects[::2]]).update(customer=theirs)
    cases = [draft(subject, alice) for subject in subjects]
    shown = page.get("/requests/").context["page"]
    older = page.get("/requests/", {"before": shown.older}).context["page"]
    assert shown.rows + older.rows == cases[::-1]
    assert (len(shown.rows), older.older) == (PAGE, None)


@pytest.mark.database
@reads_the_plan
def test_a_deep_page_begins_where_it_begins(page: Client, make_certificate: MakeCertificate) -> None:
    """SQLite: one range of the index each way, whatever lies before it."""
    rows = Wanted().chosen(make_certificate().customer_id, NOW)
    at = written((NOW, 1))
    both: tuple[dict[str, Any], ...] = ({"after": at, "before": ""}, {"after": "", "before": at})
    for cursors in both:
        with CaptureQueriesContext(connection) as asked:
            page_of([rows], **cursors)
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + asked[0]["sql"])
            plan = "\n".join(str(row) for row in cursor.fetchall())
        assert "customer_id=? AND not_after" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


@reads_the_plan
def test_the_list_of_requests_reads_the_customers_own_alone(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    """SQLite reads along the organisation's own requests, however many others have."""
    draft(make_certificate(), alice)
    answer = page.get("/requests/")
    Membership.objects.create(user=alice.user, customer=Customer.objects.create(slug="second", name="Second"))
    lists = own_requests(answer.wsgi_request)
    assert len(lists) == 2  # with one query for both SQLite would sort all that they have
    for rows in lists:
        plan = rows.order_by("-pk")[:51].explain()
        assert "INDEX request_of_customer (customer_id=?" in plan
        assert "TEMP B-TREE" not in plan


def test_the_number_of_queries_does_not_grow_with_the_rows(
    page: Client, make_certificate: MakeCertificate, alice: Actor
) -> None:
    """There is one of each kind that the page looks something up for, then there are many."""
    subject = make_certificate(brand="digicert", level=Level.OV)
    make_certificate("child.aurora.example", brand="digicert", reissued_from=subject.fingerprint)
    draft(subject, alice)
    deploy(make_certificate("deployed.aurora.example"), alice)
    addresses = ("/certificates/", "/certificates/?q=aurora&deployed=1", "/requests/", f"/certificates/{subject.pk}/")
    counts = {address: queries(page, address) for address in addresses}
    many(subject, 2 * PAGE)
    for name in ("a", "b", "c"):
        draft(make_certificate(f"{name}.aurora.example"), alice)
        made = {"brand": "digicert", "reissued_from": subject.fingerprint, "left": 100 * DAY}  # on the first page
        make_certificate(f"new-{name}.aurora.example", **made)
    for address, before in counts.items():
        assert queries(page, address) == before <= 16, address


def queries(page: Client, address: str) -> int:
    """Return how many queries a page takes. None of them may count rows."""
    page.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert page.get(address).status_code == 200
    assert not any("COUNT(" in query["sql"].upper() for query in seen), address
    return len(seen)


@pytest.mark.parametrize("rows", [50, 100])
def test_a_person_of_several_organisations_sees_one_list_in_one_order(
    page: Client, make_certificate: MakeCertificate, alice: Actor, charlie: Actor, rows: int
) -> None:
    """The lists of both, and of no third one (threat 19), are merged page by page, forwards and backwards."""
    mine, theirs = make_certificate(), Customer.objects.get(slug="xinghe")
    Membership.objects.create(user=alice.user, customer=theirs)
    many(mine, 60)
    foreign = upload_foreign(charlie)
    many(foreign, 60, start=1000)
    address, seen = f"/certificates/?rows={rows}", []
    answer = page.get(address)
    while answer is not None:
        seen += shown_rows(answer)
        last, answer = answer, follow(page, "next", answer)
    assert len(seen) == len(set(seen)) == 122
    back = shown_rows(last)
    while (last := follow(page, "prev", last)) is not None:
        back = shown_rows(last) + back
    assert back == seen
    assert len(shown_rows(page.get(f"/certificates/?owner={theirs.pk}&rows=100"))) == 61


def test_requests_are_paged_newest_first(page: Client, make_certificate: MakeCertificate, alice: Actor) -> None:
    from revocation.models import RevocationRequest

    first = draft(make_certificate(), alice)
    RevocationRequest.objects.bulk_create(
        RevocationRequest(
            certificate=first.certificate,
            customer=first.customer,
            route="F1",
            state="discarded",
            is_open=False,
            filed_by=alice.user,
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
