"""Transitions of many rows: each says what it writes, refuses as for one row, and takes all back if one row moved."""

from __future__ import annotations

import pytest
from django_fsm import ConcurrentTransition, TransitionNotAllowed

from revocation.models import Actor, RevocationOrder, RevocationRequest
from revocation.services.core.set_based import write_all, written_by
from revocation.services.review import decisions
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import LOOKED_AT, submitted

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_transition_says_what_it_writes_and_refuses_as_for_a_row() -> None:
    columns = written_by(RevocationRequest, "finish", state="revoking", worker=SYSTEM, at=NOW)
    assert columns == {"state": "revoked", "finished_at": NOW, "is_open": False}
    with pytest.raises(TransitionNotAllowed):
        written_by(RevocationRequest, "finish", state="in_review", worker=SYSTEM, at=NOW)
    with pytest.raises(RevocationOrder.DoesNotExist):  # it reads `confirmed_at`, which is not given
        written_by(RevocationOrder, "confirm", state="due", revoked_at=NOW, reason=4, receipt={}, at=NOW,
                   answered=NOW, visible_by=NOW)  # fmt: skip


def test_a_person_may_not_do_what_the_worker_does(alice: Actor) -> None:
    with pytest.raises(TransitionNotAllowed):
        written_by(RevocationRequest, "finish", state="revoking", worker=alice, at=NOW)


def test_a_row_that_left_its_state_takes_all_back(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    for number in range(6):
        case = submitted(make_certificate(f"host{number}.aurora.example"), alice)
        decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    keys = list(RevocationOrder.objects.values_list("pk", flat=True))
    own = {key: {"message": f"m{key}"} for key in keys}
    same = {key: {"message": "same"} for key in keys}
    for states in (dict.fromkeys(keys, "waiting"), dict.fromkeys(keys, "due") | {keys[2]: "stuck"}):
        for columns in (own, same):
            with pytest.raises(ConcurrentTransition):
                write_all(RevocationOrder, columns, states)
