"""The desk's verbs: assign, unassign, take over, next case; the second approval; notes. On the database at hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from revocation.models import STAFF_ONLY, Actor, CaseView, Event, RevocationRequest
from revocation.services.core.transitions import ActorRefused, TransitionRefused
from revocation.services.review import assignment, decisions
from revocation.services.review.assignment import TakenByAnother
from tests.conftest import MakeCertificate, person
from tests.people import HOUR, LOOKED_AT, NOW, fresh, submitted

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return submitted(make_certificate(), alice)


def test_R4_what_one_reviewer_took_no_other_decides_on_before_the_lease_is_over(
    case: RevocationRequest, rita: Actor, ron: Actor
) -> None:
    assignment.assign(case.pk, by=rita, at=NOW)
    for verb in (decisions.approve, lambda *a, **k: decisions.reject(*a, why="No.", **k)):
        with pytest.raises(TakenByAnother, match=r"assigned to Rita until 12:30"):
            verb(case.pk, by=ron, at=NOW + timedelta(minutes=29))
    assert decisions.approve(case.pk, by=ron, at=NOW + timedelta(minutes=31), checked=LOOKED_AT).decided_by == ron.user


def test_L1_taking_again_prolongs_the_lease_without_another_event(case: RevocationRequest, rita: Actor) -> None:
    for minutes in (0, 20):
        assignment.assign(case.pk, by=rita, at=NOW + timedelta(minutes=minutes))
    assert fresh(case).taken_until == NOW + timedelta(minutes=50)
    assert Event.objects.filter(kind="taken").count() == 1


def test_R4_taking_over_needs_a_person_and_keeps_the_reason(case: RevocationRequest, rita: Actor, ron: Actor) -> None:
    assignment.assign(case.pk, by=rita, at=NOW)
    assignment.reassign(case.pk, by=ron, at=NOW, why="Rita went home.")
    with pytest.raises(TakenByAnother, match="assigned to Ron"):
        decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert Event.objects.get(kind="taken_over").why == "Rita went home."
    with pytest.raises(ActorRefused):
        assignment.unassign(case.pk, by=rita, at=NOW)
    assignment.unassign(case.pk, by=ron, at=NOW)
    assert fresh(case).taken_by is None


def test_R1_the_next_case_is_the_nearest_that_is_free_and_not_ones_own(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor
) -> None:
    first, second, third = (
        submitted(make_certificate(f"n{n}.aurora.example"), alice, at=NOW - (3 - n) * HOUR) for n in range(3)
    )
    assignment.assign(first.pk, by=ron, at=NOW)
    assert assignment.assign_next(by=rita, at=NOW) == second.pk
    assert assignment.assign_next(by=rita, at=NOW) == second.pk  # still hers
    assert assignment.assign_next(by=rita, at=NOW, after=second.pk) == third.pk
    assert assignment.assign_next(by=rita, at=NOW, after=third.pk) == second.pk  # round to the beginning
    assert assignment.assign_next(by=person("rosa", group="reviewers"), at=NOW) is None
    assert assignment.assign_next(by=person("twin", customer="aurora", group="reviewers"), at=NOW + HOUR) is None  # R3


def test_R10_an_overdue_case_comes_first_whichever_case_was_decided(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    late, soon, decided, last = (
        submitted(make_certificate(f"n{n}.aurora.example"), alice, at=NOW - hours * HOUR)
        for n, hours in enumerate((30, 20, 10, 1))
    )
    assert assignment.assign_next(by=rita, at=NOW, after=decided.pk) == late.pk
    assert assignment.assign_next(by=rita, at=NOW, after=last.pk) == late.pk
    assert assignment.assign_next(by=rita, at=NOW, after=late.pk) == soon.pk


def test_R10_what_another_reviewer_has_open_is_left_to_them(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor
) -> None:
    first, second = (
        submitted(make_certificate(f"n{n}.aurora.example"), alice, at=NOW - (2 - n) * HOUR) for n in range(2)
    )
    assignment.note_view(first.pk, by=ron, at=NOW - timedelta(minutes=5))
    assignment.note_view(second.pk, by=rita, at=NOW)  # one's own view does not count
    assert assignment.assign_next(by=rita, at=NOW) == second.pk
    assert assignment.assign_next(by=rita, at=NOW, after=second.pk) is None
    assert assignment.assign_next(by=rita, at=NOW + timedelta(minutes=11)) == first.pk  # Ron has left long ago
    assignment.note_view(first.pk, by=ron, at=NOW + timedelta(minutes=12))
    assert assignment.assign_next(by=rita, at=NOW + timedelta(minutes=12), after=second.pk) == first.pk  # it is hers


def test_R10_cases_that_were_passed_over_come_again_when_nothing_else_waits(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    first, second, third = (
        submitted(make_certificate(f"n{n}.aurora.example"), alice, at=NOW - (3 - n) * HOUR) for n in range(3)
    )
    passed = [first.pk, second.pk]
    assert assignment.assign_next(by=rita, at=NOW, after=second.pk, passed=passed) == third.pk
    assert assignment.assign_next(by=rita, at=NOW, after=third.pk, passed=[*passed, third.pk]) == first.pk


def test_R3_where_two_must_approve_the_second_is_another_and_the_authority_waits(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor, settings: Any
) -> None:
    settings.TWO_APPROVALS_FOR = ["dv"]
    case = submitted(make_certificate(), alice)
    settings.TWO_APPROVALS_FOR = []  # fixed when it was submitted
    with pytest.raises(TransitionRefused):
        decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    decisions.approve_first(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert not fresh(case).revocations.exists()
    with pytest.raises(ActorRefused):
        decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert decisions.approve(case.pk, by=ron, at=NOW, checked=LOOKED_AT).revocations.count() == 1


def test_R3_a_rejection_by_the_second_ends_it_and_a_correction_starts_anew(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor, settings: Any
) -> None:
    settings.TWO_APPROVALS_FOR = ["dv"]
    first, second = (submitted(make_certificate(f"n{n}.aurora.example"), alice) for n in range(2))
    for case in (first, second):
        decisions.approve_first(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert decisions.reject(first.pk, by=ron, at=NOW, why="No.").state == "rejected"
    assert decisions.hand_back(second.pk, by=ron, at=NOW, why="Which?").first_approved_by is None


@pytest.mark.parametrize("column", ["decided_by", "first_approved_by"])
def test_R3_the_database_is_the_last_line(
    make_certificate: MakeCertificate, alice: Actor, bob: Actor, rita: Actor, settings: Any, column: str
) -> None:
    """Written past the services: the filer, a colleague of theirs, one person for both approvals."""
    settings.TWO_APPROVALS_FOR = ["dv"]
    case = submitted(make_certificate(), alice)
    decisions.approve_first(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    wrong = {alice.user, bob.user} | ({rita.user} if column == "decided_by" else set())
    for user in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            RevocationRequest.objects.filter(pk=case.pk).update(**{column: user, column[:-3] + "_at": NOW})


def test_R3_the_database_lets_nothing_be_carried_out_without_the_first_approval(case: RevocationRequest) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RevocationRequest.objects.filter(pk=case.pk).update(approvals_needed=2, state="approved", queued_at=None)


def test_L1_notes_and_the_work_of_the_desk_are_never_the_customers(
    case: RevocationRequest, rita: Actor, ron: Actor
) -> None:
    assignment.assign(case.pk, by=rita, at=NOW)
    decisions.note(case.pk, by=ron, at=NOW, why="They sounded nervous.")
    events = Event.objects.filter(request_id=case.pk)
    assert {"taken", "noted"} <= set(events.values_list("kind", flat=True))
    assert not set(events.for_customers().values_list("kind", flat=True)) & STAFF_ONLY
    with pytest.raises(decisions.ReasonRequired):
        decisions.note(case.pk, by=ron, at=NOW, why="  ")


def test_presence_is_forgotten_with_the_decision(case: RevocationRequest, rita: Actor) -> None:
    for minutes in (0, 5):
        assignment.note_view(case.pk, by=rita, at=NOW + timedelta(minutes=minutes))
    assert CaseView.objects.get().at == NOW + timedelta(minutes=5)
    decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert not CaseView.objects.exists()
