"""R4, L6: a decision takes few statements, writes only what it changed, and still loses against a state that moved."""

from __future__ import annotations

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_fsm import ConcurrentTransition

from revocation.models import Actor, Certificate, RevocationOrder, RevocationRequest
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.people import LOOKED_AT, fresh, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.database]

STATEMENTS = {
    "SELECT": 4,  # the request, its certificate, the decider's membership, earlier orders
    "DELETE": 1,  # who is viewing the case
    "UPDATE": 1,  # the request
    "INSERT": 2,  # the event and the order
}


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return submitted(make_certificate(), alice)


def verbs(statements: CaptureQueriesContext) -> dict[str, int]:
    found = [match[0] for query in statements if (match := re.match(r"SELECT|INSERT|UPDATE|DELETE", query["sql"]))]
    return {verb: found.count(verb) for verb in dict.fromkeys(found)}


def test_L6_one_approval_takes_eight_statements(case: RevocationRequest, rita: Actor) -> None:
    rita.may("revocation.decide_revocationrequest")  # rights are read once for each HTTP request
    with CaptureQueriesContext(connection) as statements:
        decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert verbs(statements) == STATEMENTS
    assert RevocationOrder.objects.get().certificate_id == case.certificate_id


def test_R4_only_what_the_decision_changes_is_written(case: RevocationRequest, rita: Actor) -> None:
    with CaptureQueriesContext(connection) as statements:
        decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    (update,) = [query["sql"] for query in statements if query["sql"].startswith("UPDATE")]
    changed = set(re.findall(r'"(\w+)" = ', update.partition(" WHERE ")[0]))
    assert changed == {"state", "queued_at", "decided_at", "decided_by_id"}
    assert '"state" = ' in update.partition(" WHERE ")[2]


@pytest.mark.parametrize("moves_itself", [True, False])
def test_R4_a_state_that_moved_meanwhile_refuses_the_saving(
    case: RevocationRequest, rita: Actor, moves_itself: bool
) -> None:
    """SQLite ignores row locks, so the state is looked at again by the UPDATE, even if that leaves it as it is."""
    read: RevocationRequest = fresh(case)
    before = read.columns()
    decisions.reject(case.pk, by=rita, at=NOW, why="Not yours.")
    if moves_itself:
        read.approve(by=rita.user, at=NOW)
    else:
        read.due_at = NOW
    with pytest.raises(ConcurrentTransition), transaction.atomic():
        read.save_changes(since=before)
    assert fresh(case).state == "rejected"


def test_M4_the_certificate_that_was_locked_with_the_request_is_the_one_that_is_there_now(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    """A certificate that is still *issued* when the request is approved is locked by the approval itself."""
    case = submitted(make_certificate(), alice)
    Certificate.objects.filter(pk=case.certificate_id).update(state="issued")
    approved = decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert (approved.certificate.state, fresh(case.certificate).state) == ("revoking", "revoking")
