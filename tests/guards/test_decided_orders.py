"""L6 in the database: what was decided stays as it was decided, even for SQL past the services."""

from __future__ import annotations

from typing import Any

import pytest

from revocation import triggers
from revocation.models import Actor, Certificate, RevocationOrder, RevocationRequest, StatusObservation
from revocation.services.review import decisions
from tests.conftest import MakeCertificate
from tests.guards.rows import UNDECIDED, execute, insert, insert_order, only_postgresql, only_sqlite, refused, values
from tests.people import LOOKED_AT, NOW, fresh, submitted
from tests.support.scripted import CONFIRMS, install, tell_all

pytestmark = pytest.mark.database

ORDERS = RevocationOrder._meta.db_table
REQUESTS = RevocationRequest._meta.db_table
CERTIFICATES = Certificate._meta.db_table


@pytest.fixture
def decided_after_a_rejection(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> Any:
    """Return a rejected request, to which an order could move, and an approved one for the same certificate."""
    subject = make_certificate()
    earlier = decisions.reject(submitted(subject, alice).pk, by=rita, at=NOW, why="No.")
    later = decisions.approve(submitted(fresh(subject), alice).pk, by=rita, at=NOW, checked=LOOKED_AT)
    return earlier, later


def test_L6_a_decided_order_does_not_move_to_an_earlier_request(
    decided_after_a_rejection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even through *stuck*, where the worker sets stray orders aside, does a decided or proven order move."""
    earlier, _ = decided_after_a_rejection
    for state in ("due", "stuck"):
        with refused():
            execute(f"UPDATE {ORDERS} SET state = %s, request_id = %s", state, earlier.pk)
    install(monkeypatch, CONFIRMS)
    tell_all()
    before = RevocationOrder.objects.values().get()
    with refused("a proven order stays"):
        execute(
            f"UPDATE {ORDERS} SET state = 'stuck', request_id = %s, proven_at = NULL, proven_through = ''", earlier.pk
        )
    assert RevocationOrder.objects.values().get() == before
    assert before["state"] == "proven"


@pytest.mark.parametrize("column", ["receipt", "unstated", "revoked_at", "recorded_by_hand_at"])
def test_L6_what_the_receipt_will_say_of_a_proven_order_stays(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch, rita: Actor, column: Any
) -> None:
    install(monkeypatch, CONFIRMS)
    tell_all()
    values = {"receipt": "'{\"x\": 1}'", "unstated": "(1 = 1)", "revoked_at": "NULL"}
    by_hand = f"receipt_due_at, recorded_by_hand_by_id = {rita.user.pk}"
    execute(f"UPDATE {ORDERS} SET receipt_due_at = confirmed_at")
    with refused("a proven order stays"):
        execute(f"UPDATE {ORDERS} SET {column} = {values.get(column, by_hand)}")


FORGED = {
    "a reviewer's name": "decided_at = submitted_at, decided_by_id = {reviewer}",
    "a proof of the key": "route = 'K1', reason = 4, proven_at = submitted_at",
    "an exemption": "route = 'F3', proof_waived = (1 = 1)",
    "the first of two alone": "approvals_needed = 1, first_approved_by_id = NULL, first_approved_at = NULL",
}


@pytest.mark.parametrize("forgery", list(FORGED))
def test_L6_a_decision_without_its_event_orders_nothing(waiting: RevocationRequest, ron: Actor, forgery: Any) -> None:
    """Whatever is written into the request's row: without the event of the decision no order is taken."""
    more = FORGED[forgery].format(reviewer=ron.user.pk)
    with refused():
        execute(f"UPDATE {REQUESTS} SET state = 'approved', queued_at = NULL, {more} WHERE id = %s", waiting.pk)
        insert_order(waiting.certificate, waiting)


def test_L6_what_a_request_needs_stays_after_submission(waiting: RevocationRequest) -> None:
    for change in ("approvals_needed = 2", "proof_waived = (1 = 1)", "letter_waived = (1 = 1)"):
        with refused("what it needs"):
            execute(f"UPDATE {REQUESTS} SET {change} WHERE id = %s", waiting.pk)


def test_L6_no_certificate_enters_or_leaves_a_family_that_was_decided_on(
    approved: RevocationRequest, make_certificate: MakeCertificate
) -> None:
    victim = make_certificate("victim.aurora.example")
    between = make_certificate("between.aurora.example", reissued_from=approved.certificate.fingerprint)
    for parent in (approved.certificate_id, between.pk):
        with refused("enters or leaves a family"):
            execute(f"UPDATE {CERTIFICATES} SET reissued_from_id = %s WHERE id = %s", parent, victim.pk)
    with refused("enters or leaves a family"):
        execute(f"UPDATE {CERTIFICATES} SET reissued_from_id = NULL WHERE id = %s", between.pk)


def test_L6_a_certificate_that_was_asked_for_does_not_become_another(
    waiting: RevocationRequest, approved: RevocationRequest, make_certificate: MakeCertificate
) -> None:
    other = make_certificate("other.aurora.example")
    execute(f"UPDATE {CERTIFICATES} SET fingerprint = 'x', serial_number = '1' WHERE id = %s", other.pk)
    for case in (waiting, approved):
        for column in ("fingerprint", "serial_number"):
            with refused("never changes"):
                execute(
                    f"UPDATE {CERTIFICATES} SET {column} = %s WHERE id = %s",
                    getattr(other, column),
                    case.certificate_id,
                )
        with refused("a tombstone"):
            execute(f"DELETE FROM {CERTIFICATES} WHERE id = %s", case.certificate_id)


@only_sqlite
def test_L6_nor_by_replace(approved: RevocationRequest, make_certificate: MakeCertificate) -> None:
    other = make_certificate("other.aurora.example")
    facts = values(Certificate.objects.get(pk=approved.certificate_id))
    with refused("stands in the place"):
        insert(CERTIFICATES, facts | {"fingerprint": "x", "serial_number": other.serial_number}, "INSERT OR REPLACE")


def test_threat_42_an_observation_without_a_decision_is_refused(waiting: RevocationRequest) -> None:
    triggers.remove()
    insert_order(waiting.certificate, waiting)
    triggers.ensure()
    seen = StatusObservation(
        revocation=RevocationOrder.objects.get(), place="crl", url="http://crl.example/", looked_at=NOW
    )
    for row in (seen, StatusObservation(revocation=seen.revocation, place="ocsp", url="x", looked_at=NOW, seen_at=NOW)):
        with refused("a status observation needs an order of a decided request"):
            insert(StatusObservation._meta.db_table, values(row))


@only_sqlite
@pytest.mark.parametrize("column", ["proven_at", "confirmed_at"])
def test_L1_a_time_does_not_become_a_number(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch, column: Any
) -> None:
    """The same instant as a Julian day number: SQLite would take it, and no page could read it."""
    install(monkeypatch, CONFIRMS)
    tell_all()
    with refused("a proven order stays"):
        execute(f"UPDATE {ORDERS} SET {column} = julianday({column})")


@only_postgresql
def test_L6_an_operator_of_somebody_s_own_decides_nothing(waiting: RevocationRequest) -> None:
    """PostgreSQL has no `=` for two varchars: one in the tables' schema would come first if the path had it."""
    for right in ("varchar", "text"):
        execute(
            f"CREATE FUNCTION public.agreed(varchar, {right}) RETURNS boolean LANGUAGE sql IMMUTABLE "
            "AS $$ SELECT $2::text OPERATOR(pg_catalog.<>) 'hand' $$"
        )
        execute(f"CREATE OPERATOR public.= (leftarg = varchar, rightarg = {right}, function = public.agreed)")
    with refused(UNDECIDED):
        insert_order(waiting.certificate, waiting)
