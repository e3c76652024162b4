"""Staff find anything by whatever they have at hand, in every list alike; each search uses indexes."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import User
from revocation.models import Certificate, Event, RevocationOrder, RevocationRequest
from revocation.services.review import decisions
from tests.people import LOOKED_AT
from tests.reviews import desk
from tests.reviews.conftest import Seat
from tests.reviews.test_queue import among_many, plan_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
LISTS = ("revocationrequest", "certificate", "revocationorder", "event")


def table_of(model: str) -> str:
    return apps.get_model("revocation", model)._meta.db_table


SERIAL = "03A1B2C3D4E5F60718293A4B5C6D7E8F9001"


def found(client: Client, table: str, term: str) -> set[int]:
    """Search a list for `term`; return the certificates that the rows found are about."""
    response = client.get(reverse(f"admin:revocation_{table}_changelist"), {"q": term})
    assert response.status_code == 200, (table, term)
    rows = response.context["cl"].result_list
    return {row.pk if table == "certificate" else row.certificate_id for row in rows}


@pytest.fixture
def wanted(alice: User, ron: User) -> RevocationRequest:
    """Make a row of each list about a certificate that is hard to find, beside others like it. Return its request."""
    names = ["shop.example.org", "xn--strae-oqa.example", "*.xn--bcher-kva.example", "2001:db8::1", "中文.example"]
    subject = desk.certificate("shop.example.org", names=names, serial_number=SERIAL, organization="Straßenbau AG")
    desk.certificate("strasse.example", names=["strasse.example"], serial_number=SERIAL[1:] + "0")
    dora = desk.customer("dora")
    desk.in_review(desk.person("dora", customer=dora), desk.certificate("www.example.net", customer=dora))
    request = desk.in_review(alice, subject)
    return decisions.approve(request.pk, by=desk.actor(ron), at=timezone.now(), checked=LOOKED_AT)


TERMS = {
    "leading zero": SERIAL,
    "without it": SERIAL[1:],
    "more zeros": "0000" + SERIAL,
    "colons": ":".join(SERIAL[i : i + 2].lower() for i in range(0, len(SERIAL), 2)),
    "spaces": " ".join(SERIAL[i : i + 2] for i in range(0, len(SERIAL), 2)),
    "dashes": "-".join(SERIAL[i : i + 2] for i in range(0, len(SERIAL), 2)),
    "0x": "0x" + SERIAL.lower(),
    "decimal": str(int(SERIAL, 16)),
    "heading": f"Serial Number: {SERIAL}",
    "Chinese heading": f"序列号：{SERIAL}",
    "another name": "xn--strae-oqa.example",
    "its beginning": "XN--STRAE",
    "as people write it": "straße.example",
    "in capitals": "STRAßE.Example.",
    "part of it": "straß",
    "a wildcard": "*.xn--bcher-kva.example",
    "a wildcard as people write it": "*.bücher.example",
    "without its star": "bücher.example",
    "decomposed": "bu\u0308cher.example",
    "a name kept in Unicode": "中文.example",
    "as an A-label": "xn--fiq228c.example",
    "an ideographic full stop": "中文。example",
    "an address": "https://straße.example:8443/shop?x=1",
    "with a port": "shop.example.org:443",
    "as the page shows it": "xn--strae-oqa.example (straße.example)",
    "an IP address": "2001:DB8:0:0::1",
    "an IP address as in an address": "[2001:db8::1]",
    "with a port behind it": "[2001:db8::1]:8443",
    "out of a list": "shop.example.org, ",
    "quoted": '"shop.example.org"',
    "part of a subject": "CN = shop.example.org",
    "in full width": "ｓｈｏｐ．ｅｘａｍｐｌｅ．ｏｒｇ",
    "a number in full width": SERIAL.translate({ord(each): ord(each) + 0xFEE0 for each in "0123456789ABCDEF"}),
    "with marks of direction": "\u202ashop.example.org\u202c",
    "with a place to break": f"{SERIAL[:8]}\u200b{SERIAL[8:]}\ufeff",
    "spaces around": "  shop.example.org ",
}


@pytest.mark.parametrize("table", LISTS)
def test_numbers_and_names_are_found_however_they_are_written(
    wanted: RevocationRequest, root: User, seat: Seat, table: str
) -> None:
    client, one = seat(root), {wanted.certificate_id}
    assert [how for how, term in TERMS.items() if found(client, table, term) != one] == []


@pytest.mark.parametrize("kept", ["00A1B2C3D4E5F607", "A1B2C3D4E5F607", "0A1B2C3D4E5F60", "A1B2C3D4E5F60"])
def test_a_serial_number_is_found_with_whatever_zeros_it_is_kept(
    alice: User, root: User, seat: Seat, kept: str
) -> None:
    subject = desk.certificate("odd.example", serial_number=kept)
    desk.in_review(alice, subject)
    bare = kept.lstrip("0")
    for term in (kept, bare, f"0{bare}", f"00{bare}".lower(), f"0x{bare}", str(int(kept, 16))):
        assert found(seat(root), "certificate", term) == {subject.pk}, term


@pytest.mark.parametrize("table", LISTS)
def test_fingerprints_and_request_numbers_are_found_as_pages_and_openssl_write_them(
    wanted: RevocationRequest, root: User, seat: Seat, table: str
) -> None:
    fingerprint = wanted.certificate.fingerprint
    pairs = ":".join(fingerprint[i : i + 2] for i in range(0, 64, 2))
    for term in (fingerprint.lower(), pairs, f"SHA256 Fingerprint={pairs}", wanted.number, wanted.number.lower()):
        assert found(seat(root), table, term) == {wanted.certificate_id}, term


@pytest.mark.parametrize("table", LISTS[:3])
def test_an_organisation_finds_its_certificates(wanted: RevocationRequest, root: User, seat: Seat, table: str) -> None:
    assert found(seat(root), table, "straßenbau") == {wanted.certificate_id}
    if table != "revocationorder":
        theirs = Certificate.objects.get(customer__slug="dora").pk
        assert found(seat(root), table, "dora Ltd") == found(seat(root), table, "dora") == {theirs}
        request = RevocationRequest.objects.get(customer__slug="dora")
        assert found(seat(root), table, request.submitted_by.email) == {theirs}


@pytest.mark.parametrize("table", LISTS)
def test_the_digest_of_a_letter_or_of_its_picture_finds_its_request(
    wanted: RevocationRequest, alice: User, root: User, seat: Seat, table: str
) -> None:
    request = desk.with_letter(alice)
    letter = request.letters.get()
    for digest in (letter.sha256, f"SHA-256 {letter.sha256.upper()}", letter.pictures.get().sha256):
        expected = set() if table == "revocationorder" else {request.certificate_id}  # there is no order yet
        assert found(seat(root), table, digest) == expected


@pytest.mark.parametrize("term", ["strasse.example", "STRASSE.example"])
@pytest.mark.parametrize("table", ["certificate"])
def test_a_sharp_s_is_never_two_others(
    wanted: RevocationRequest, root: User, seat: Seat, table: str, term: str
) -> None:
    """IDNA 2008: straße.example and strasse.example belong to different people."""
    assert found(seat(root), table, term) == {Certificate.objects.get(common_name="strasse.example").pk}


ODD = ("%", "_", "\\", "'", "0x", "::", "9" * 4000, "ü" * 400, "☕.example", "R-", "a" * 64 + "ü", "🦆")


@pytest.mark.parametrize("table", LISTS)
def test_odd_terms_break_nothing_and_are_no_wildcards(
    wanted: RevocationRequest, root: User, seat: Seat, table: str
) -> None:
    client = seat(root)
    assert [term for term in ODD if found(client, table, term)] == []


def many_of_each(alice: User, ron: User) -> None:
    """Make enough rows for a planner to prefer an index to reading them all. The guards of orders want them decided."""
    request = desk.in_review(alice)
    among_many(request.certificate, alice)
    now = timezone.now()
    decided = {"submitted_by": alice, "submitted_at": now, "decided_by": ron, "decided_at": now, "due_at": now}
    keys = ["customer_id", "brand_id", "not_before", "not_after", "names", "key_digest", "issuer"]
    same = {key: getattr(request.certificate, key) for key in keys}
    certificates = Certificate.objects.bulk_create(
        Certificate(common_name=f"m{n}.example.net", fingerprint=f"F{n:063X}", serial_number=f"F{n:X}", **same)
        for n in range(2000)
    )
    Certificate.objects.filter(pk__in=[row.pk for row in certificates]).update(state="revoking")
    requests = RevocationRequest.objects.bulk_create(
        RevocationRequest.of(row, route="F1", state="approved", filed_by=alice, **decided) for row in certificates
    )
    decision = {"id": None, "kind": "approved", "after": "approved", "actor_id": ron.pk}
    about = Event.objects.filter(request_id=request.pk).values().first() | decision
    Event.objects.bulk_create(
        Event(**about | {"request_id": r.pk, "certificate_id": r.certificate_id}) for r in requests
    )
    RevocationOrder.objects.bulk_create(
        RevocationOrder(request=r, certificate_id=r.certificate_id, reason=0) for r in requests
    )


@pytest.mark.database
@pytest.mark.parametrize("analysed", [True, False], ids=["analysed", "not analysed"])
def test_no_search_reads_a_whole_table(alice: User, ron: User, root: User, seat: Seat, analysed: bool) -> None:
    many_of_each(alice, ron)
    with connection.cursor() as cursor:
        if analysed:
            cursor.execute("ANALYZE")
        elif connection.vendor == "sqlite":
            cursor.execute("DROP TABLE IF EXISTS sqlite_stat1")
            cursor.execute("ANALYZE sqlite_schema")  # forgets what the connection remembers
    client, plans = seat(root), []
    for table in LISTS:
        for term in ("shop-q.example", "0A0B0C0D0E", "ab" * 32, "R-000001", "bücher-q.example"):
            sqls = searches_of(client, table, term)
            assert sqls, (table, term)
            plans += [(table, term, line) for sql in sqls for line in plan_of(sql)]
    whole = [line for line in plans if "Seq Scan on revocation_" in line[2] or "SCAN revocation_" in line[2]]
    assert not whole, "\n".join(map(str, plans))


def searches_of(client: Client, table: str, term: str) -> list[str]:
    """Search a list; return the statements that look the term up."""
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse(f"admin:revocation_{table}_changelist"), {"q": term})
    return [query["sql"] for query in asked if "UNION" in query["sql"] and f'FROM "{table_of(table)}"' in query["sql"]]


@pytest.mark.parametrize("table", LISTS)
def test_a_NUL_breaks_nothing(wanted: RevocationRequest, root: User, seat: Seat, table: str) -> None:
    found(seat(root), table, "\0shop.example.org")


def test_a_search_among_orders_and_events_looks_at_finished_ones_too(
    wanted: RevocationRequest, root: User, seat: Seat
) -> None:
    order = wanted.revocations.get()
    type(order).objects.filter(pk=order.pk).update(state="proven", proven_at=timezone.now(), proven_through="word",
        receipt={}, confirmed_at=timezone.now(), revoked_at=timezone.now())  # fmt: skip
    assert found(seat(root), "revocationorder", "shop.example.org") == {order.certificate_id}
    assert Event.objects.filter(certificate_id=order.certificate_id).exists()
