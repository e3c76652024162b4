"""L6 in the database, for SQL past the services: no order without a decision, no receipt without a proven order."""

from __future__ import annotations

from typing import Any

import pytest

from revocation import triggers
from revocation.models import Actor, Certificate, Receipt, RevocationOrder, RevocationRequest
from revocation.services.authority.receipt_signing import current_key
from revocation.services.ownership import proofs
from revocation.services.requests import filing
from revocation.services.review import decisions
from tests.conftest import MakeCertificate
from tests.guards.rows import SQLITE, UNDECIDED, execute, insert, insert_order, only_sqlite, refused, values
from tests.people import NOW, SYSTEM, draft, fresh, submitted
from tests.support.scripted import CONFIRMS, install, tell_all

pytestmark = pytest.mark.database
ORDERS = RevocationOrder._meta.db_table
REQUESTS = RevocationRequest._meta.db_table
CERTIFICATES = Certificate._meta.db_table


def in_draft(certificate: Any, alice: Actor, rita: Actor) -> Any:
    return draft(certificate, alice)


def in_review(certificate: Any, alice: Actor, rita: Actor) -> Any:
    return submitted(certificate, alice)


def handed_back(certificate: Any, alice: Actor, rita: Actor) -> Any:
    return decisions.hand_back(in_review(certificate, alice, rita).pk, by=rita, at=NOW, why="Which?")


def rejected(certificate: Any, alice: Actor, rita: Actor) -> Any:
    return decisions.reject(in_review(certificate, alice, rita).pk, by=rita, at=NOW, why="No.")


def discarded(certificate: Any, alice: Actor, rita: Actor) -> Any:
    return filing.discard(draft(certificate, alice).pk, by=alice, at=NOW)


def failed(certificate: Any, alice: Actor, rita: Actor) -> Any:
    request = in_review(certificate, alice, rita)
    request.name_proofs.update(checked_at=request.ownership_deadline, next_check_at=None)
    proofs.close(request.pk, by=SYSTEM, at=request.ownership_deadline)
    return fresh(request)


NOT_DECIDED = {
    "draft": (in_draft, {}),
    "in_review": (in_review, {}),
    "handed_back": (handed_back, {}),
    "rejected": (rejected, {}),
    "discarded": (discarded, {}),
    "awaiting_ownership": (in_review, {"brand": "geotrust"}),
    "failed": (failed, {"brand": "geotrust"}),
}


@pytest.fixture(params=list(NOT_DECIDED))
def undecided(request: Any, make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> Any:
    story, order = NOT_DECIDED[request.param]
    case = story(make_certificate(**order), alice, rita)
    assert fresh(case).state == request.param
    Certificate.objects.filter(pk=case.certificate_id).update(state="revoking")  # an attacker's SQL does this too
    return case


@pytest.mark.parametrize("verb", ["INSERT", *["INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"] * SQLITE])
def test_L6_an_order_for_an_undecided_request_is_refused(undecided: Any, verb: Any) -> None:
    with refused(UNDECIDED):
        insert_order(undecided.certificate, undecided, verb)
    assert not RevocationOrder.objects.exists()


@pytest.mark.parametrize("state", ["due", "waiting", "stuck", "confirmed", "proven"])
def test_L6_whatever_state_the_order_claims(waiting: RevocationRequest, state: Any) -> None:
    proof: dict[str, Any] = {
        "confirmed_at": NOW,
        "revoked_at": NOW,
        "receipt": "{}",
        "proven_at": NOW,
        "proven_through": "word",
    }
    claimed: dict[str, Any] = {
        "confirmed": {"confirmed_at": NOW, "revoked_at": NOW, "receipt": "{}"},
        "proven": proof,
    }.get(state, {})
    with refused(UNDECIDED):
        insert_order(waiting.certificate, waiting, state=state, **claimed)


def test_L6_an_order_does_not_move_to_an_undecided_request(
    approved: RevocationRequest, waiting: RevocationRequest
) -> None:
    with refused():
        execute(f"UPDATE {ORDERS} SET request_id = %s", waiting.pk)
    with refused():
        execute(f"UPDATE {ORDERS} SET certificate_id = %s", waiting.certificate_id)
    with refused():
        execute(f"UPDATE {ORDERS} SET request_id = %s, certificate_id = %s", waiting.pk, waiting.certificate_id)


def test_L6_a_request_with_orders_is_not_taken_back(approved: RevocationRequest) -> None:
    back = {
        "in_review": "queued_at = decided_at, decided_at = NULL, decided_by_id = NULL",
        "draft": "decided_at = NULL, decided_by_id = NULL, submitted_at = NULL, submitted_by_id = NULL",
        "rejected": f"is_open = {'0' if SQLITE else 'false'}",
    }
    for state, more in back.items():
        with refused():
            execute(f"UPDATE {REQUESTS} SET state = %s, {more} WHERE id = %s", state, approved.pk)
    for ground in ("decided_at = NULL, decided_by_id = NULL", "route = 'F3'", "route = 'K1'", "submitted_at = NULL"):
        with refused():
            execute(f"UPDATE {REQUESTS} SET {ground} WHERE id = %s", approved.pk)
    with refused("never deleted"):
        execute(f"DELETE FROM {REQUESTS} WHERE id = %s", approved.pk)
    with refused("stays with its certificate"):
        execute(f"UPDATE {REQUESTS} SET certificate_id = certificate_id + 1000 WHERE id = %s", approved.pk)


def test_L6_nothing_is_carried_out_that_nobody_decided(waiting: RevocationRequest, rita: Actor) -> None:
    """SQL alone approves no request, whatever route, decider or time it writes."""
    approve = f"UPDATE {REQUESTS} SET state = 'approved', queued_at = NULL"
    for more in ("", ", route = 'F3'", ", route = 'K1'", ", decided_by_id = NULL", ", decided_at = submitted_at"):
        with refused():
            execute(f"{approve}{more} WHERE id = %s", waiting.pk)
    with refused("four eyes"):
        execute(f"{approve}, decided_at = submitted_at, decided_by_id = filed_by_id WHERE id = %s", waiting.pk)


def test_L6_a_proof_that_no_name_has_is_none(make_certificate: MakeCertificate, alice: Actor) -> None:
    case = submitted(make_certificate(brand="geotrust"), alice)
    with refused("only a decided request"):
        execute(f"UPDATE {REQUESTS} SET state = 'approved', proven_at = submitted_at WHERE id = %s", case.pk)


def test_L6_an_order_is_for_the_family_of_its_request(
    make_certificate: MakeCertificate, approved: RevocationRequest, alice: Actor
) -> None:
    stranger = make_certificate("stranger.aurora.example")
    Certificate.objects.filter(pk=stranger.pk).update(state="revoking")
    with refused("a reissue of it"):
        insert_order(stranger, approved)
    child = make_certificate("child.aurora.example", reissued_from=approved.certificate.fingerprint)
    with refused("in revocation"):  # M4: not locked
        insert_order(child, approved)
    grandchild = make_certificate("grandchild.aurora.example", reissued_from=child.fingerprint)
    Certificate.objects.filter(pk=grandchild.pk).update(state="revoking")
    insert_order(grandchild, approved)
    assert RevocationOrder.objects.count() == 2


def test_L6_a_circle_of_reissues_ends(make_certificate: MakeCertificate, approved: RevocationRequest) -> None:
    one, two = make_certificate("one.aurora.example"), make_certificate("two.aurora.example")
    Certificate.objects.filter(pk=one.pk).update(reissued_from=two, state="revoking")
    Certificate.objects.filter(pk=two.pk).update(reissued_from=one)
    with refused("a reissue of it"):
        insert_order(one, approved)


def test_L6_orders_are_never_deleted_or_replaced(approved: RevocationRequest) -> None:
    with refused("never deleted"):
        execute(f"DELETE FROM {ORDERS}")
    if SQLITE:
        facts = values(RevocationOrder.objects.get(), reason=1)
        for key in ("id", "certificate_id"):
            other = {"id": 9999} if key == "certificate_id" else {}
            with refused("stands in the place"):
                insert(ORDERS, facts | other, "INSERT OR REPLACE")
    assert RevocationOrder.objects.get().reason == 4


def test_L6_what_was_decided_is_what_is_told(approved: RevocationRequest) -> None:
    """The reason is the one that was decided on, in the order and in its request."""
    for statement in (
        f"UPDATE {ORDERS} SET reason = 1",
        f"UPDATE {REQUESTS} SET reason = 1",
        f"UPDATE {REQUESTS} SET reason_text = 'Another.'",
    ):
        with refused():
            execute(statement)
    execute(f"UPDATE {ORDERS} SET reason_sent = 4")
    with refused("written once"):
        execute(f"UPDATE {ORDERS} SET reason_sent = 1")


@only_sqlite
def test_L6_checks_that_a_connection_ignores_are_no_way_in(waiting: RevocationRequest, rita: Actor) -> None:
    execute("PRAGMA ignore_check_constraints = ON")
    try:
        with refused("only a decided request"):
            execute(f"UPDATE {REQUESTS} SET state = 'approved', queued_at = NULL WHERE id = %s", waiting.pk)
        with refused(UNDECIDED):
            insert_order(waiting.certificate, waiting)
    finally:
        execute("PRAGMA ignore_check_constraints = OFF")


def test_L6_a_table_of_the_same_name_decides_nothing(waiting: RevocationRequest) -> None:
    """A temporary table shadows the real one for the session's own statements, not for the guards."""
    execute(f"CREATE TEMPORARY TABLE shadow AS SELECT * FROM {REQUESTS}")
    execute("UPDATE shadow SET state = 'approved', decided_at = submitted_at, decided_by_id = 1, queued_at = NULL")
    execute(f"ALTER TABLE shadow RENAME TO {REQUESTS}")
    try:
        with refused(UNDECIDED):
            insert_order(waiting.certificate, waiting)
    finally:
        execute(f"DROP TABLE {'temp' if SQLITE else 'pg_temp'}.{REQUESTS}")


# -- receipts -----------------------------------------------------------------------------------------------------


def receipt(order: RevocationOrder) -> Receipt:
    signed = dict.fromkeys(("json", "json_signature", "pdf", "pdf_signature"), b"x")
    return Receipt(revocation=order, made_at=NOW, key=current_key(), **signed)


def test_L6_a_receipt_of_an_order_that_is_not_proven_is_refused(approved: RevocationRequest) -> None:
    with refused("a receipt needs a decided request and a proven order"):
        insert(Receipt._meta.db_table, values(receipt(RevocationOrder.objects.get())))


def test_L6_a_receipt_without_a_decision_is_refused(waiting: RevocationRequest) -> None:
    triggers.remove()
    proof: dict[str, Any] = {
        "confirmed_at": NOW,
        "revoked_at": NOW,
        "receipt": "{}",
        "proven_at": NOW,
        "proven_through": "word",
    }
    insert_order(waiting.certificate, waiting, state="proven", **proof)
    triggers.ensure()
    with refused("a receipt needs a decided request and a proven order"):
        insert(Receipt._meta.db_table, values(receipt(RevocationOrder.objects.get())))


def test_L6_what_was_decided_is_told_proven_and_has_its_receipt(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guards do not hinder an order that was decided."""
    install(monkeypatch, CONFIRMS)
    tell_all()
    assert (fresh(approved).state, RevocationOrder.objects.get().state) == ("revoked", "proven")
    assert Receipt.objects.get().revocation.request_id == approved.pk
    with refused("a proven order stays"):
        execute(f"UPDATE {ORDERS} SET state = 'due'" + ", proven_at = NULL, proven_through = ''")
    with refused("cannot be taken back"):
        execute(f"UPDATE {REQUESTS} SET state = 'approved'")
