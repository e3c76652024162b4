"""R3: four eyes in the database, at INSERT and UPDATE on both engines; and a decision that was made stays."""

from __future__ import annotations

import pytest

from revocation.guards.decisions import CARRIED_OUT, DECIDERS
from revocation.models import Actor, RevocationRequest
from revocation.models.request.desk import CARRIED_OUT as CARRIED_OUT_STATES
from revocation.services.review import decisions
from tests.conftest import MakeCertificate, person
from tests.guards.rows import execute, insert, refused, values
from tests.people import LOOKED_AT, NOW, fresh, submitted

pytestmark = pytest.mark.database

REQUESTS = RevocationRequest._meta.db_table


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return submitted(make_certificate(), alice)


@pytest.mark.parametrize("column", list(DECIDERS.values()))
@pytest.mark.parametrize("who", ["filer", "colleague"])
def test_R3_nobody_with_a_part_decides_by_update(
    case: RevocationRequest, alice: Actor, bob: Actor, column: str, who: str
) -> None:
    user = {"filer": alice, "colleague": bob}[who].user
    with refused():
        execute(f"UPDATE {REQUESTS} SET {column} = %s, {column[:-5]}at = submitted_at WHERE id = %s", user.pk, case.pk)


@pytest.mark.parametrize("column", list(DECIDERS.values()))
def test_R3_nor_by_insert(make_certificate: MakeCertificate, alice: Actor, rita: Actor, column: str) -> None:
    """The filer and a colleague are refused as deciders of a row that is inserted as decided."""
    twin = person("twin", customer="aurora", group="reviewers").user
    facts = values(RevocationRequest.of(make_certificate(), route="F1", filed_by=alice.user, filed_at=NOW))
    facts |= {"submitted_at": facts["filed_at"], "submitted_by_id": alice.user.pk}
    facts |= {"state": "rejected", "is_open": False, f"{column[:-5]}at": facts["filed_at"]}
    for user in (twin, alice.user):
        with refused():
            insert(REQUESTS, facts | {column: user.pk})
    insert(REQUESTS, facts | {column: rita.user.pk})  # she has no part in it


def test_L6_no_request_is_born_approved(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    facts = values(RevocationRequest.of(make_certificate(), route="F1", filed_by=alice.user, filed_at=NOW))
    facts |= {"submitted_at": facts["filed_at"], "submitted_by_id": alice.user.pk, "state": "approved"}
    with refused():
        insert(REQUESTS, facts)
    insert(REQUESTS, facts | {"decided_at": facts["filed_at"], "decided_by_id": rita.user.pk})


def test_R3_who_decided_stays(case: RevocationRequest, rita: Actor, ron: Actor) -> None:
    decisions.reject(case.pk, by=rita, at=NOW, why="No.")
    for change in (f"decided_by_id = {ron.user.pk}", "decided_why = 'Yes.'", "decided_at = NULL, decided_by_id = NULL"):
        with refused("a decision is made once"):
            execute(f"UPDATE {REQUESTS} SET {change}")
    assert (fresh(case).decided_by, fresh(case).decided_why) == (rita.user, "No.")


def test_L1_who_submitted_stays(case: RevocationRequest, bob: Actor) -> None:
    for change in (f"submitted_by_id = {bob.user.pk}", f"filed_by_id = {bob.user.pk}", "filed_at = decided_at"):
        with refused():
            execute(f"UPDATE {REQUESTS} SET {change}")


def test_L6_revoked_only_when_every_order_is_proven(case: RevocationRequest, rita: Actor) -> None:
    decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    with refused("orders that are not proven"):
        execute(f"UPDATE {REQUESTS} SET state = 'revoked', is_open = (1 = 0)")


def test_guards_and_models_name_the_same_states() -> None:
    assert str(tuple(CARRIED_OUT_STATES)) == CARRIED_OUT
