"""My Certificates is searched however a number or a name is written, and shows names as people write them.

On SQLite a search reads no list where nothing or little is found.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certportal.accounts.models import Customer
from revocation import triggers
from revocation.guards.search import TRIGRAMS, owner
from revocation.models import Certificate
from revocation.models.certificate import search_index
from revocation.models.certificate.search_index import found
from revocation.web.presenters.wanted import Wanted
from tests.conftest import NOW, MakeCertificate
from tests.pages.test_lists import many, shown_rows
from tests.support import effort

only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps trigrams of its own")
LETTERS = "ab.\"'*%-_ö中\ue001"
NAMES = (
    "www.aurora.example",
    "xn--strae-oqa.aurora.example",
    "*.xn--bcher-kva.aurora.example",
    "xn--fiq228c.aurora.example",
)


@pytest.fixture
def two(make_certificate: MakeCertificate) -> Certificate:
    make_certificate("strasse.aurora.example")
    return make_certificate(names=NAMES)


@pytest.mark.parametrize(
    "q",
    [
        "straße", "STRAßE.aurora.example", "straße.aurora.example.", "https://straße.aurora.example/shop",
        "xn--strae-oqa", "bücher.aurora", "*.bücher.aurora.example", "bu\u0308cher", "中文.aurora",
        "中文\u3002aurora\u3002example", "straße www", "straße.aurora.example,",
        "ｘｎ－－ｓｔｒａｅ", "\u202astraße\u202c",
    ],
)  # fmt: skip
def test_a_name_is_found_as_people_write_it(page: Client, two: Certificate, q: str) -> None:
    assert shown_rows(page.get("/certificates/", {"q": q})) == [two.title]


def test_a_sharp_s_is_never_two_others(page: Client, two: Certificate) -> None:
    assert shown_rows(page.get("/certificates/", {"q": "strasse"})) == ["strasse.aurora.example"]


def test_a_serial_number_that_begins_with_zero_is_found_in_every_writing(page: Client, two: Certificate) -> None:
    serial = "0" + two.serial_number[1:-1] + "A"
    text = two.search_text.replace(two.serial_number.lower(), serial.lower())
    Certificate.objects.filter(pk=two.pk).update(serial_number=serial, search_text=text)
    pairs = [serial[i : i + 2] for i in range(0, len(serial), 2)]
    written = [serial, serial.lower(), serial[1:], "00" + serial, "0x" + serial, str(int(serial, 16)), *(
        sign.join(pairs) for sign in (":", " ", "-")
    ), f"Serial Number: {serial}", f"序列号：{serial}"]  # fmt: skip
    for q in written:
        assert shown_rows(page.get("/certificates/", {"q": q})) == [two.title], q


def test_pages_show_names_as_people_write_them(page: Client, two: Certificate) -> None:
    shown = page.get(f"/certificates/{two.pk}/").content.decode()
    for name in ("straße.aurora.example", "*.bücher.aurora.example", "中文.aurora.example"):
        assert name in shown


def with_texts(original: Certificate, texts: Sequence[str]) -> list[Certificate]:
    """Add certificates with these texts to the list of the same customer."""
    first = Certificate.objects.count()
    many(original, len(texts), start=first)
    rows = list(Certificate.objects.order_by("-pk")[: len(texts)])
    for row, text in zip(rows, texts, strict=True):
        Certificate.objects.filter(pk=row.pk).update(search_text=text)
        row.search_text = text
    return rows


def hits(q: str, customer_id: int) -> list[int]:
    return sorted(Wanted(q=q).chosen(customer_id, NOW).values_list("pk", flat=True))


@pytest.mark.parametrize("few", [2, 500])
@pytest.mark.database
def test_a_search_finds_what_contains_every_word(
    make_certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Compared with Python's own `in`, over texts and words of few letters, quotes and wildcards among them."""
    monkeypatch.setattr(search_index, "FEW", few)
    chance, subject = random.Random(few), make_certificate()
    texts = ["".join(chance.choices(LETTERS, k=chance.randint(3, 12))) for _ in range(30)]
    rows = with_texts(subject, texts)
    for _ in range(effort.rounds(60, 5000)):
        text = chance.choice(texts)
        words = [text[start : start + chance.randint(1, 5)] for start in chance.choices(range(len(text)), k=2)]
        wanted = Wanted(q=" ".join(words[: chance.randint(1, 2)]))
        expected = [row.pk for row in rows if all(any(one in row.search_text for one in w) for w in wanted.words)]
        assert [pk for pk in hits(wanted.q, subject.customer_id) if pk != subject.pk] == sorted(expected), wanted.q


@pytest.mark.database
@only_sqlite
def test_a_search_without_a_hit_reads_no_certificate(make_certificate: MakeCertificate) -> None:
    customer_id = make_certificate().customer_id
    with CaptureQueriesContext(connection) as asked:
        assert hits("nowhere", customer_id) == []
    assert [TRIGRAMS in query["sql"] for query in asked] == [True]


@only_sqlite
@pytest.mark.parametrize("chosen", [{}, {"brand": "other"}, {"state": "issued"}, {"expires": "valid"}])
@pytest.mark.database
def test_few_hits_are_looked_up_by_their_keys(make_certificate: MakeCertificate, chosen: dict[str, str]) -> None:
    """Without statistics, which nobody makes on SQLite, it would take the whole list to be shorter than 40 keys."""
    subject = make_certificate()
    with_texts(subject, ["rare.aurora.example"] * 40)
    plan = (
        Wanted.read({"q": "rare", **chosen}).chosen(subject.customer_id, NOW).order_by("not_after", "id")[:51].explain()
    )
    assert plan.splitlines()[0].endswith("revocation_certificate USING INTEGER PRIMARY KEY (rowid=?)"), plan


@pytest.mark.database
def test_a_word_that_many_have_is_met_in_the_order_of_the_list(
    make_certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "FEW", 3)
    subject = make_certificate()
    rows = with_texts(subject, ["many.example"] * 4)
    assert found(subject.customer_id, [("many",)], connection.vendor) is None
    assert hits("many", subject.customer_id) == sorted(row.pk for row in rows)


@pytest.mark.database
def test_L3_a_search_finds_no_other_customer_s_certificates(make_certificate: MakeCertificate) -> None:
    """Not even where a name has the characters that stand for an owner in the trigrams."""
    mine = make_certificate()
    other = Customer.objects.create(slug="other", name="Other")
    (theirs,) = with_texts(mine, [f"secret.example {owner(mine.customer_id)}"])
    Certificate.objects.filter(pk=theirs.pk).update(customer=other)
    assert (hits("secret", mine.customer_id), hits("secret", other.pk)) == ([], [theirs.pk])


@pytest.mark.database
def test_the_index_follows_what_is_changed_and_deleted(make_certificate: MakeCertificate) -> None:
    subject = make_certificate()
    (row,) = with_texts(subject, ["before.example"])
    other = Customer.objects.create(slug="other", name="Other")
    Certificate.objects.filter(pk=row.pk).update(search_text="after.example", customer=other)
    assert (hits("before", other.pk), hits("after", subject.customer_id)) == ([], [])
    assert hits("after", other.pk) == [row.pk]
    Certificate.objects.filter(pk=row.pk).delete()
    assert found(other.pk, [("after",)], connection.vendor) in ([], None)


@pytest.mark.database
@only_sqlite
def test_a_trigger_of_the_index_that_is_gone_is_named_and_the_index_is_made_anew(
    make_certificate: MakeCertificate,
) -> None:
    subject = make_certificate()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER search_certificate_update")
    (row,) = with_texts(subject, ["meanwhile.example"])
    assert hits("meanwhile", subject.customer_id) == []
    assert triggers.missing() == ["search_certificate_update"]
    triggers.ensure()
    assert (triggers.missing(), hits("meanwhile", subject.customer_id)) == ([], [row.pk])


@pytest.mark.database
@only_sqlite
def test_reissues_are_found_by_an_index_of_their_own(make_certificate: MakeCertificate) -> None:
    """With statistics too: most certificates are no reissues, so that an index of all would promise far too many."""
    subject = make_certificate()
    many(subject, 60)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("ANALYZE sqlite_schema")
    for rows in (subject.reissues.all(), Certificate.objects.filter(reissued_from__in=[subject.pk, 7])):
        assert "INDEX certificate_reissues (reissued_from_id=?)" in rows.explain()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")  # forgets what the connection remembers
