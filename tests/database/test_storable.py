"""A value that SQLite or PostgreSQL cannot hold never reaches a database, from whichever door it comes."""

from __future__ import annotations

import pytest
from django.db import connection, connections
from django.urls import URLPattern, URLResolver, get_resolver

from certportal.accounts.models import Customer
from certportal.database.storable import NumberTooLarge, guard, storable
from certportal.numbers import row_number
from revocation.models import Actor, Certificate, Event, EventKind
from revocation.ownership.outcome import Outcome
from revocation.services.core.events import record
from revocation.services.ownership import claims, proofs
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import submitted

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ODD = {"NUL": "a\0b", "half a pair": "a\ud800b", "other half": "a\udfffb"}
odd = pytest.mark.parametrize("text", ODD.values(), ids=ODD)


@pytest.mark.parametrize(
    "text", ["", "plain", "Zürich 北京", "\U0001f469\u200d\U0001f467", "\u202e", "a\ttab\n", "\x1b", "\\u0000"]
)
def test_text_that_both_hold_stays_as_it_is(text: str) -> None:
    assert storable(text) == text
    Customer.objects.create(slug="c", name=text)
    assert Customer.objects.get(name=text).name == text


@odd
def test_text_that_one_of_them_cannot_hold_is_kept_with_the_sign_for_it(text: str) -> None:
    Customer.objects.create(slug="c", name=text)
    assert Customer.objects.get().name == "a\ufffdb"
    assert Customer.objects.filter(name=text).exists()
    Customer.objects.bulk_create([Customer(slug=f"c{n}", name=text) for n in range(3)])
    Customer.objects.update(name=text)
    assert set(Customer.objects.values_list("name", flat=True)) == {"a\ufffdb"}


@odd
def test_events_hold_it_in_their_data_too(text: str) -> None:
    record(EventKind.IMPORTED, by=SYSTEM, at=NOW, why=text, data={text: [text, {"deep": text}, 10**30]})
    assert Event.objects.get().why == "a\ufffdb"


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**400])
def test_a_number_beyond_64_bits_is_the_askers_mistake(number: int) -> None:
    with pytest.raises(NumberTooLarge), connection.cursor() as cursor:
        cursor.execute("SELECT 1 WHERE 1 < %s", [number])
    assert list(Certificate.objects.filter(pk__in=[1, 2**63 - 1])) == []
    assert row_number(str(number)) is None


def test_every_connection_is_guarded() -> None:
    connection.ensure_connection()
    assert all(guard in each.execute_wrappers for each in connections.all(initialized_only=True))


@odd
def test_O7_what_a_strangers_name_server_says_holds_up_no_check(
    make_certificate: MakeCertificate, alice: Actor, text: str
) -> None:
    case = submitted(make_certificate("f3.aurora.example", brand="digicert"), alice)
    (proof,) = claims.claim([due.proof_id for due in claims.due_names(at=NOW)], at=NOW)
    seen = Outcome(False, "record_differs", case.challenge_value, text, (text,), {"name": text, "kind": "TXT"})
    proofs.record_outcomes([(proof, seen, NOW)], by=SYSTEM, at=NOW)
    assert case.name_proofs.get().checked_at == NOW


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    found = []
    for each in patterns:
        here = f"{before}{each.pattern}"
        found += addresses(each.url_patterns, here) if isinstance(each, URLResolver) else [here]
    return found


def test_no_address_of_ours_takes_a_number_that_no_row_has() -> None:
    ours = [a for a in addresses(get_resolver().url_patterns) if "<int:" in a and not a.startswith("admin/r/")]
    assert ours == []
