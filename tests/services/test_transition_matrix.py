"""Every state × every verb × every actor: what is written here is allowed, all else is refused and changes nothing.

The tables are written by hand from the rules; the code under test has no part in them. A state, a transition or a
situation without a row fails.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from revocation.letters.inspection import LetterRejected
from revocation.models import (
    Actor,
    Certificate,
    CertificateState,
    Deployment,
    DeploymentTarget,
    Letter,
    NameProof,
    RequestState,
    Revocation,
    RevocationRequest,
)
from revocation.pki.facts import Level
from revocation.services import (
    assisting,
    deciding,
    deleting,
    deploying,
    evidence,
    filing,
    letters,
    ownership,
    taking,
    telling,
)
from revocation.services.deleting import DeletionRefused, StaffOnly
from revocation.services.deploying import DeployRefused
from revocation.services.filing import NotYours, RequestRefused
from revocation.services.transitions import ActorRefused, TransitionRefused, refuse_unless_possible
from tests.conftest import NOW, SYSTEM, MakeCertificate, person
from tests.people import LOOKED_AT, delegate, draft, fresh, submitted, upload_foreign
from tests.services import scripted, world

MEMBERS = {"alice", "bob", "twin"}
DECIDERS = {"rita", "ron", "root"}
OTHER_DECIDERS = {"ron", "root"}  # rita vouched
MAY_RETRY = {"rita", "ron", "root", "twin"}
WORKER = {"worker"}
STAFF = {"carl", "root"}
NOTING = {"note": DECIDERS}
TAKING = {"take": DECIDERS, "take_over": DECIDERS}
OPEN = {"prove_key": MEMBERS, "overtake": WORKER}
Cells = dict[str, set[str]]


@pytest.fixture
def people(
    alice: Actor, bob: Actor, charlie: Actor, rita: Actor, ron: Actor, carl: Actor, root: Actor
) -> dict[str, Actor]:
    """`twin` reviews and belongs to the customer; `gone` was a member, `dismissed` a reviewer: both inactive."""
    twin = person("twin", customer="aurora", group="reviewers")
    gone, dismissed = person("gone", customer="aurora"), person("dismissed", group="reviewers")
    for left in (gone, dismissed):
        assert left.user is not None
        left.user.is_active = False
        left.user.save()
    return {
        "alice": alice, "bob": bob, "charlie": charlie, "rita": rita, "ron": ron, "carl": carl, "root": root,
        "twin": twin, "gone": gone, "dismissed": dismissed, "worker": SYSTEM,
    }  # fmt: skip


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
        "approve": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, "give_back": {"rita"}, **TAKING,
    },
    "in_review, two needed": {**OPEN, "approve_first": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING},
    "in_review, first approved by rita": {**OPEN,
        "approve": OTHER_DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING,
    },
    "in_review, assisted": {**OPEN, "vouch": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING},
    "in_review, vouched by rita": {**OPEN,
        "vouch": OTHER_DECIDERS, "approve": OTHER_DECIDERS, "reject": OTHER_DECIDERS, "hand_back": OTHER_DECIDERS,
        "take": OTHER_DECIDERS, "take_over": OTHER_DECIDERS,
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
        "approve": {"rita"}, "reject": {"rita"}, "hand_back": {"rita"}, "give_back": {"rita"},
        "take": {"rita"}, "take_over": DECIDERS,
    },
    "in_review, two needed": {**NOTING, "approve_first": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING},
    "in_review, first approved by rita": {**NOTING,
        "approve": OTHER_DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING,
    },
    "in_review, assisted": {**NOTING, "vouch": DECIDERS, "reject": DECIDERS, "hand_back": DECIDERS, **TAKING},
    "in_review, vouched by rita": {**NOTING,
        "vouch": OTHER_DECIDERS, "approve": OTHER_DECIDERS, "reject": OTHER_DECIDERS, "hand_back": OTHER_DECIDERS,
        "take": OTHER_DECIDERS, "take_over": OTHER_DECIDERS,
    },
    "handed_back": {**NOTING, "resubmit": MEMBERS, "amend": MEMBERS, "reject": DECIDERS},
    "handed_back, letter missing": {**NOTING, "upload": MEMBERS, "amend": MEMBERS, "reject": DECIDERS},
    "awaiting_ownership": {**NOTING, "check_now": MEMBERS, "choose_method": MEMBERS, "ask_for_assistance": MEMBERS},
    "awaiting_ownership, every name proven": {**NOTING,
        "check_now": MEMBERS, "choose_method": MEMBERS, "ask_for_assistance": MEMBERS,
    },
    "approved": {**NOTING, "retry": MAY_RETRY, "record_by_hand": MAY_RETRY},
    "revoking": {**NOTING, "retry": MAY_RETRY, "record_by_hand": MAY_RETRY},
    "revoked": {**NOTING, "retry": MAY_RETRY, "record_by_hand": MAY_RETRY},  # allowed, and without effect
    "rejected": {**NOTING},
    "failed": {**NOTING},
    "discarded": {},
    "overtaken": {**NOTING},
}  # fmt: skip

Verb = Callable[[RevocationRequest, Actor], object]


def order_of(case: RevocationRequest) -> int:
    order = case.revocations.first()
    if order is None:
        raise TransitionRefused("retry", case)  # there is nothing that could be named
    return order.pk


VERBS: dict[str, Verb] = {
    "submit": lambda case, by: filing.submit(case.pk, by=by, at=NOW),
    "discard": lambda case, by: filing.discard(case.pk, by=by, at=NOW),
    "amend": lambda case, by: filing.amend(case.pk, by=by, at=NOW, reason=5, reason_text="Closed."),
    "upload": lambda case, by: letters.upload(case.pk, by=by, at=NOW, data=b"", file_name="x.pdf"),
    "add_evidence": lambda case, by: evidence.add(case.pk, by=by, at=NOW, data=b"", file_name="x.pdf"),
    "remove_evidence": lambda case, by: evidence.remove(case.pk, 1, by=by, at=NOW),
    "ask_for_assistance": lambda case, by: assisting.ask_for_assistance(
        case.pk, by=by, at=NOW, situation="lapsed", reason=5, reason_text="It lapsed."
    ),
    "resubmit": lambda case, by: filing.resubmit(case.pk, by=by, at=NOW),
    "check_now": lambda case, by: ownership.check_now(case.pk, by=by, at=NOW + timedelta(minutes=5)),
    "choose_method": lambda case, by: ownership.choose_method(case.pk, "www.aurora.example", "file", by=by, at=NOW),
    "vouch": lambda case, by: deciding.vouch(case.pk, by=by, at=NOW, why="Known."),
    "approve": lambda case, by: deciding.approve(case.pk, by=by, at=NOW, checked=LOOKED_AT),
    "reject": lambda case, by: deciding.reject(case.pk, by=by, at=NOW, why="No."),
    "approve_original": lambda case, by: deciding.approve_original(
        case.pk, by=by, at=NOW, why="Replaced.", checked=LOOKED_AT
    ),
    "approve_first": lambda case, by: deciding.approve_first(case.pk, by=by, at=NOW, checked=LOOKED_AT),
    "hand_back": lambda case, by: deciding.hand_back(case.pk, by=by, at=NOW, why="Blurred."),
    "take": lambda case, by: taking.take(case.pk, by=by, at=NOW),
    "give_back": lambda case, by: taking.give_back(case.pk, by=by, at=NOW),
    "take_over": lambda case, by: taking.take_over(case.pk, by=by, at=NOW, why="She is ill."),
    "note": lambda case, by: deciding.note(case.pk, by=by, at=NOW, why="Rang them up."),
    "retry": lambda case, by: telling.retry(order_of(case), by=by, at=NOW),
    "record_by_hand": lambda case, by: telling.record_by_hand(order_of(case), by=by, at=NOW, note="x"),
}
REFUSALS = (TransitionRefused, ActorRefused, NotYours)


class Stories:
    """Each situation, reached by calling services."""

    def __init__(self, make: MakeCertificate, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
        self.make, self.people, self.monkeypatch = make, people, monkeypatch
        self.alice, self.rita = people["alice"], people["rita"]

    def tell(self, answers: list[Any]) -> None:
        scripted.install(self.monkeypatch, answers)
        scripted.tell_all()

    def f1(self, **order: Any) -> RevocationRequest:
        return submitted(self.make(**order), self.alice)

    def replaced(self) -> RevocationRequest:
        order = {"brand": "geotrust", "level": Level.OV, "validation_method": "dns_proxy"}
        delegate(self.alice, "www.aurora.example")
        first = self.make(**order)
        self.make(**order, reissued_from=first.fingerprint)
        return submitted(first, self.alice, reason=1)

    def f3(self) -> RevocationRequest:
        return submitted(self.make(brand="digicert"), self.alice)

    def exempt(self) -> RevocationRequest:
        names = ("*.aurora.example",)
        order = {"brand": "trustasia", "term_years": 2}
        delegate(self.alice, "aurora.example")
        return draft(self.make(names=names, **order), self.alice)

    def taken(self) -> RevocationRequest:
        case = self.f1()
        taking.take(case.pk, by=self.rita, at=NOW)
        return case

    def doubled(self) -> RevocationRequest:
        """The setting asks for two approvals when it is submitted, and no longer afterwards."""
        settings.TWO_APPROVALS_FOR = ["dv"]
        case = self.f1()
        settings.TWO_APPROVALS_FOR = []
        return case

    def first_approved(self) -> RevocationRequest:
        return deciding.approve_first(self.doubled().pk, by=self.rita, at=NOW, checked=LOOKED_AT)

    def assisted(self) -> RevocationRequest:
        return submitted(self.make(), self.alice, assisted=True)

    def vouched(self) -> RevocationRequest:
        return deciding.vouch(self.assisted().pk, by=self.rita, at=NOW, why="Known.")

    def handed_back(self) -> RevocationRequest:
        return deciding.hand_back(self.f1().pk, by=self.rita, at=NOW, why="Blurred.")

    def handed_back_without_letter(self) -> RevocationRequest:
        case = draft(self.make(brand="digicert", level=Level.OV), self.alice)
        from demo.requests import stamped_letter

        letters.upload(case.pk, by=self.alice, at=NOW, data=stamped_letter(), file_name="x.jpg")
        filing.submit(case.pk, by=self.alice, at=NOW)
        return deciding.hand_back(case.pk, by=self.rita, at=NOW, why="Blurred.")

    def proven(self) -> RevocationRequest:
        """Between the last name's proof and the transition that follows in the same moment."""
        case = self.f3()
        case.name_proofs.update(proven_at=NOW)
        return case

    def approved(self) -> RevocationRequest:
        return deciding.approve(self.f1().pk, by=self.people["ron"], at=NOW, checked=LOOKED_AT)

    def revoking(self) -> RevocationRequest:
        case = self.approved()
        self.tell(scripted.WAITS)
        return case

    def revoked(self) -> RevocationRequest:
        case = self.approved()
        self.tell(scripted.CONFIRMS)
        return case

    def rejected(self) -> RevocationRequest:
        return deciding.reject(self.f1().pk, by=self.rita, at=NOW, why="No.")

    def failed(self) -> RevocationRequest:
        case = self.f3()
        late = NOW + timedelta(hours=73)
        case.name_proofs.update(checked_at=late)
        ownership.close(case.pk, by=SYSTEM, at=late)
        return case

    def discarded(self) -> RevocationRequest:
        return filing.discard(draft(self.make(), self.alice).pk, by=self.alice, at=NOW)

    def overtaken(self) -> RevocationRequest:
        case = self.f1()
        world.revoke_elsewhere(case.certificate)
        world.compare_all()
        return case


SITUATIONS: dict[str, Callable[[Stories], RevocationRequest]] = {
    "draft, F1": lambda s: draft(s.make(), s.alice),
    "draft, F3": lambda s: draft(s.make(brand="digicert"), s.alice),
    "draft, exempt (O3)": Stories.exempt,
    "draft, letter missing": lambda s: draft(s.make(brand="digicert", level=Level.OV), s.alice),
    "draft, evidence missing (A1)": lambda s: draft(s.make(), s.alice, assisted=True),
    "handed_back, evidence missing (A1)": lambda s: VERBS["ask_for_assistance"](s.f3(), s.alice),
    "draft, reason missing": lambda s: draft(s.make(), s.alice, reason=None, words=""),
    "in_review": Stories.f1,
    "in_review, original replaced": Stories.replaced,
    "in_review, taken by rita": Stories.taken,
    "in_review, two needed": Stories.doubled,
    "in_review, first approved by rita": Stories.first_approved,
    "in_review, assisted": Stories.assisted,
    "in_review, vouched by rita": Stories.vouched,
    "handed_back": Stories.handed_back,
    "handed_back, letter missing": Stories.handed_back_without_letter,
    "awaiting_ownership": Stories.f3,
    "awaiting_ownership, every name proven": Stories.proven,
    "approved": Stories.approved,
    "revoking": Stories.revoking,
    "revoked": Stories.revoked,
    "rejected": Stories.rejected,
    "failed": Stories.failed,
    "discarded": Stories.discarded,
    "overtaken": Stories.overtaken,
}


@pytest.fixture
def stories(make_certificate: MakeCertificate, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> Stories:
    return Stories(make_certificate, people, monkeypatch)


def all_transitions() -> set[str]:
    field = RevocationRequest._meta.get_field("state")
    return {t.name for t in field.get_all_transitions(RevocationRequest)}  # type: ignore[union-attr]


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


def rows() -> list[Any]:
    tables = (RevocationRequest, Certificate, Letter, NameProof, Revocation, Deployment)
    return [list(table.objects.order_by("pk").values()) for table in tables]


class TakenBack(Exception):
    """Ends the transaction of an allowed cell, so that the next one finds the same situation."""


def is_done(verb: Callable[[], object], refusals: tuple[type[Exception], ...]) -> bool:
    """Tries, and takes everything back. A letter that is looked at and found wanting was allowed to come."""
    before = rows()
    try:
        with transaction.atomic():
            try:
                verb()
            except LetterRejected:
                pass
            except refusals:
                assert rows() == before
                return False
            raise TakenBack
    except TakenBack:
        return True


@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_verbs(situation: str, stories: Stories, people: dict[str, Actor]) -> None:
    case = SITUATIONS[situation](stories)
    for name, verb in VERBS.items():
        done = {who for who, by in people.items() if is_done(lambda by=by, verb=verb: verb(case, by), REFUSALS)}
        assert done == SERVICES[situation].get(name, set()), name


# -- certificates -------------------------------------------------------------------------------------------------

CERTIFICATES: dict[str, Cells] = {
    "issued": {"begin": MEMBERS, "deploy": MEMBERS},
    "issued, expired": {"hide": MEMBERS, "purge": STAFF},
    "issued, uploaded": {"deploy": MEMBERS, "hide": MEMBERS, "purge": STAFF},
    "issued, draft open": {"begin": MEMBERS, "deploy": MEMBERS},
    "revoking": {},
    "revoked": {"hide": MEMBERS, "purge": STAFF},
    "deleted": {},
}
CERTIFICATE_VERBS: dict[str, Callable[[Certificate, Actor, int], object]] = {
    "begin": lambda subject, by, target: filing.begin(subject.pk, by=by, at=NOW, reason=4, reason_text="x"),
    "deploy": lambda subject, by, target: deploying.deploy(subject.pk, target, by=by, at=NOW),
    "hide": lambda subject, by, target: deleting.hide(subject.pk, by=by, at=NOW),
    "purge": lambda subject, by, target: deleting.purge(subject.pk, by=by, at=NOW),
}
CERTIFICATE_REFUSALS = (NotYours, RequestRefused, DeployRefused, DeletionRefused, StaffOnly)


def purged(stories: Stories) -> Certificate:
    subject = stories.revoked().certificate
    deleting.purge(subject.pk, by=stories.people["carl"], at=NOW)
    return subject


CERTIFICATE_SITUATIONS: dict[str, Callable[[Stories], Certificate]] = {
    "issued": lambda s: s.make(),
    "issued, expired": lambda s: s.make(left=timedelta(seconds=-1)),
    "issued, uploaded": lambda s: upload_foreign(s.alice),
    "issued, draft open": lambda s: draft(s.make(), s.alice).certificate,
    "revoking": lambda s: s.f1().certificate,
    "revoked": lambda s: s.revoked().certificate,
    "deleted": purged,
}


def test_the_tables_of_certificates_are_complete() -> None:
    assert set(CERTIFICATES) == set(CERTIFICATE_SITUATIONS)
    assert {name.partition(",")[0] for name in CERTIFICATES} == set(CertificateState.values)
    assert {verb for cells in CERTIFICATES.values() for verb in cells} == set(CERTIFICATE_VERBS)


@pytest.mark.parametrize("situation", list(CERTIFICATES))
def test_verbs_of_certificates(situation: str, stories: Stories, people: dict[str, Actor]) -> None:
    subject = fresh(CERTIFICATE_SITUATIONS[situation](stories))
    assert subject.state == situation.partition(",")[0]
    target = DeploymentTarget.objects.create(customer=subject.customer, name="web", folder="web").pk
    for name, verb in CERTIFICATE_VERBS.items():
        done = {
            who
            for who, by in people.items()
            if is_done(lambda by=by, verb=verb: verb(subject, by, target), CERTIFICATE_REFUSALS)
        }
        assert done == CERTIFICATES[situation].get(name, set()), name
