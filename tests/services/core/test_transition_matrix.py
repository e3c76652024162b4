"""Every state of a request × every verb × every actor: what is written here is allowed, all else changes nothing.

The tables are written by hand from the rules; the code under test has no part in them. A state, a transition or a
situation without a row fails.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from revocation.models import (
    Actor,
    RequestState,
    RevocationRequest,
)
from revocation.services.authority import dispatch
from revocation.services.authority.by_hand import OrderRefused
from revocation.services.core.errors import NotOwner
from revocation.services.core.transitions import EVENT_OF, ActorRefused, TransitionRefused, refuse_unless_possible
from revocation.services.letters import evidence, upload
from revocation.services.ownership import proofs
from revocation.services.requests import assistance, filing
from revocation.services.review import assignment, decisions
from tests.conftest import NOW
from tests.people import LOOKED_AT, fresh, seen
from tests.support.stories import SITUATIONS, Stories
from tests.support.trying import rows, who_may

pytestmark = pytest.mark.slow

MEMBERS = {"alice", "bob", "twin"}
DECIDERS = {"rita", "ron", "root"}
OTHER_DECIDERS = {"ron", "root"}  # rita vouched
MAY_RETRY = {"rita", "ron", "root", "twin"}
MAY_RECORD = {"rita", "ron", "root", "carl"}  # certificate staff too; nobody of the customer's own
WORKER = {"worker"}
STAFF = {"carl", "root"}
NOTING = {"note": DECIDERS}
TAKING = {"assign": DECIDERS, "reassign": DECIDERS}
OPEN = {"prove_key": MEMBERS, "overtake": WORKER}
Cells = dict[str, set[str]]


# -- requests: the state machine ----------------------------------------------------------------------------------

# situation -> transition of the state machine -> who; the state is the part before the comma
TRANSITIONS: dict[str, Cells] = {
    "draft, F1": {**OPEN, "submit_for_review": MEMBERS, "discard": MEMBERS},
    "draft, F3": {**OPEN, "submit_for_proof": MEMBERS, "discard": MEMBERS},
    "draft, exempt (O3)": {**OPEN, "submit_exempt": MEMBERS, "discard": MEMBERS},
    "draft, letter missing": {**OPEN, "discard": MEMBERS},
    "draft, reason missing": {**OPEN, "discard": MEMBERS},
    "draft, evidence missing (A1)": {**OPEN, "discard": MEMBERS},
    "handed_back, evidence missing (A1)": {**OPEN, "reject": DECIDERS, "fail": WORKER},
    "in_review": {**OPEN, "approve": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING},
    "in_review, original replaced": {**OPEN,
        "approve": DECIDERS, "approve_original": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING,
    },
    "in_review, taken by rita": {**OPEN,
        "approve": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, "unassign": {"rita"}, **TAKING,
    },
    "in_review, two needed": {**OPEN, "approve_first": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING},
    "in_review, first approved by rita": {**OPEN,
        "approve": OTHER_DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING,
    },
    "in_review, assisted": {**OPEN, "vouch": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING},
    "in_review, vouched by rita": {**OPEN,
        "vouch": OTHER_DECIDERS, "approve": OTHER_DECIDERS, "reject": OTHER_DECIDERS, "hand_back": OTHER_DECIDERS,
        "assign": OTHER_DECIDERS, "reassign": OTHER_DECIDERS,
    },
    "handed_back": {**OPEN, "resubmit": MEMBERS, "reject": DECIDERS},
    "handed_back, letter missing": {**OPEN, "reject": DECIDERS},
    "awaiting_ownership": {**OPEN, "fail": WORKER, "ask_for_assistance": MEMBERS},
    "awaiting_ownership, every name proven": {**OPEN, "fail": WORKER, "prove": WORKER, "ask_for_assistance": MEMBERS},
    "approved": {"begin_revoking": WORKER},
    "revoking": {"finish": WORKER},
    "revoked": {},
    "rejected": {},
    "failed": {},
    "discarded": {},
    "overtaken": {},
}  # fmt: skip

# -- requests: the services, for people ---------------------------------------------------------------------------

SERVICES: dict[str, Cells] = {
    "draft, F1": {"submit": MEMBERS, "discard": MEMBERS, "amend": MEMBERS, "remove_evidence": MEMBERS},
    "draft, F3": {"submit": MEMBERS, "discard": MEMBERS, "amend": MEMBERS, "remove_evidence": MEMBERS},
    "draft, exempt (O3)": {"submit": MEMBERS, "discard": MEMBERS, "amend": MEMBERS, "remove_evidence": MEMBERS},
    "draft, letter missing": {"discard": MEMBERS, "amend": MEMBERS, "remove_evidence": MEMBERS, "upload": MEMBERS},
    "draft, reason missing": {"discard": MEMBERS, "amend": MEMBERS, "remove_evidence": MEMBERS},
    "draft, evidence missing (A1)": {
        "discard": MEMBERS, "amend": MEMBERS, "add_evidence": MEMBERS, "remove_evidence": MEMBERS,
    },
    "handed_back, evidence missing (A1)": {**NOTING,
        "amend": MEMBERS, "add_evidence": MEMBERS, "reject": DECIDERS,
    },
    "in_review": {**NOTING, "approve": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING},
    "in_review, original replaced": {**NOTING,
        "approve": DECIDERS, "approve_original": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING,
    },
    "in_review, taken by rita": {**NOTING,
        "approve": {"rita"}, "reject": {"rita"}, "hand_back": {"rita"}, "unassign": {"rita"},
        "assign": {"rita"}, "reassign": DECIDERS,
    },
    "in_review, two needed": {**NOTING, "approve_first": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING},
    "in_review, first approved by rita": {**NOTING,
        "approve": OTHER_DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING,
    },
    "in_review, assisted": {**NOTING, "vouch": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING},
    "in_review, vouched by rita": {**NOTING,
        "vouch": OTHER_DECIDERS, "approve": OTHER_DECIDERS, "reject": OTHER_DECIDERS, "hand_back": OTHER_DECIDERS,
        "assign": OTHER_DECIDERS, "reassign": OTHER_DECIDERS,
    },
    "handed_back": {**NOTING, "submit": MEMBERS, "amend": MEMBERS, "reject": DECIDERS},
    "handed_back, letter missing": {**NOTING, "upload": MEMBERS, "amend": MEMBERS, "reject": DECIDERS},
    "awaiting_ownership": {**NOTING, "check_now": MEMBERS, "choose_method": MEMBERS, "ask_for_assistance": MEMBERS},
    "awaiting_ownership, every name proven": {**NOTING,
        "check_now": MEMBERS, "choose_method": MEMBERS, "ask_for_assistance": MEMBERS,
    },
    "approved": {**NOTING, "retry": MAY_RETRY, "record_by_hand": MAY_RECORD},
    "revoking": {**NOTING, "retry": MAY_RETRY, "record_by_hand": MAY_RECORD},
    "revoked": {**NOTING},
    "rejected": {**NOTING},
    "failed": {**NOTING},
    "discarded": {},
    "overtaken": {**NOTING},
}  # fmt: skip

Verb = Callable[[RevocationRequest, Actor], object]


def order_of(case: RevocationRequest) -> int:
    order = case.revocations.first()
    if order is None:
        raise TransitionRefused("retry", case)  # there is no order to name
    return order.pk


VERBS: dict[str, Verb] = {
    "submit": lambda case, by: filing.submit(case.pk, by=by, at=NOW),
    "discard": lambda case, by: filing.discard(case.pk, by=by, at=NOW),
    "amend": lambda case, by: filing.amend(case.pk, by=by, at=NOW, reason=5, reason_text="Closed."),
    "upload": lambda case, by: upload.upload(case.pk, by=by, at=NOW, data=b"", file_name="x.pdf"),
    "add_evidence": lambda case, by: evidence.add(case.pk, by=by, at=NOW, data=b"", file_name="x.pdf"),
    "remove_evidence": lambda case, by: evidence.remove(case.pk, 1, by=by, at=NOW),
    "ask_for_assistance": lambda case, by: assistance.ask_for_assistance(
        case.pk, by=by, at=NOW, situation="lapsed", reason=5, reason_text="It lapsed."
    ),
    "check_now": lambda case, by: proofs.check_now(case.pk, by=by, at=NOW + timedelta(minutes=5)),
    "choose_method": lambda case, by: proofs.choose_method(case.pk, "www.aurora.example", "file", by=by, at=NOW),
    "vouch": lambda case, by: decisions.vouch(case.pk, by=by, at=NOW, why="Known."),
    "approve": lambda case, by: decisions.approve(case.pk, by=by, at=NOW, checked=LOOKED_AT, shown=seen(case)),
    "reject": lambda case, by: decisions.reject(case.pk, by=by, at=NOW, why="No."),
    "approve_original": lambda case, by: decisions.approve_original(
        case.pk, by=by, at=NOW, why="Replaced.", checked=LOOKED_AT, shown=seen(case)
    ),
    "approve_first": lambda case, by: decisions.approve_first(
        case.pk, by=by, at=NOW, checked=LOOKED_AT, shown=seen(case)
    ),
    "hand_back": lambda case, by: decisions.hand_back(case.pk, by=by, at=NOW, why="Blurred."),
    "assign": lambda case, by: assignment.assign(case.pk, by=by, at=NOW),
    "unassign": lambda case, by: assignment.unassign(case.pk, by=by, at=NOW),
    "reassign": lambda case, by: assignment.reassign(case.pk, by=by, at=NOW, why="She is ill."),
    "note": lambda case, by: decisions.note(case.pk, by=by, at=NOW, why="Rang them up."),
    "retry": lambda case, by: dispatch.retry(order_of(case), by=by, at=NOW),
    "record_by_hand": lambda case, by: dispatch.record_by_hand(order_of(case), by=by, at=NOW, note="x"),
}
REFUSALS = (TransitionRefused, ActorRefused, OrderRefused, NotOwner)


def all_transitions() -> set[str]:
    field = RevocationRequest._meta.get_field("state")
    return {t.name for t in field.get_all_transitions(RevocationRequest)}


BY_THE_WORKER = {"begin_revoking", "finish", "overtake"}
"""Recorded where the worker does them, with what else happened to the certificate."""


def test_L1_every_verb_has_its_event() -> None:
    assert {transition.__name__ for transition in EVENT_OF} == all_transitions() - BY_THE_WORKER


def test_the_tables_are_complete() -> None:
    assert set(SITUATIONS) == set(TRANSITIONS) == set(SERVICES)
    assert {name.partition(",")[0] for name in SITUATIONS} == set(RequestState.values)
    assert {verb for cells in TRANSITIONS.values() for verb in cells} == all_transitions()
    assert {verb for cells in SERVICES.values() for verb in cells} == set(VERBS)


@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_transitions(situation: str, stories: Stories, people: dict[str, Actor]) -> None:
    case = fresh(SITUATIONS[situation](stories))
    assert case.state == situation.partition(",")[0]
    for verb in sorted(all_transitions()):
        allowed = {who for who, actor in people.items() if is_possible(case, verb, actor)}
        assert allowed == TRANSITIONS[situation].get(verb, set()), verb


def is_possible(case: RevocationRequest, verb: str, by: Actor) -> bool:
    try:
        refuse_unless_possible(case, verb, by)
    except (TransitionRefused, ActorRefused):
        return False
    return True


@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_verbs(situation: str, stories: Stories, people: dict[str, Actor]) -> None:
    case, before = SITUATIONS[situation](stories), rows()
    for name, verb in VERBS.items():
        done = who_may(partial(verb, case), people, REFUSALS)
        assert done == SERVICES[situation].get(name, set()), name
        assert rows() == before, name
