"""Each situation of a request, reached by calling services, for the matrices of states, verbs and actors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from revocation.models import (
    Actor,
    RevocationRequest,
)
from revocation.pki.facts import Level
from revocation.services.letters import upload
from revocation.services.ownership import proofs
from revocation.services.requests import assistance, filing
from revocation.services.review import assignment, decisions
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import LOOKED_AT, delegate, draft, submitted
from tests.support import scripted, world


class Stories:
    """Methods that reach each situation by calling services."""

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

    def assistance_asked_for(self) -> RevocationRequest:
        return assistance.ask_for_assistance(
            self.f3().pk, by=self.alice, at=NOW, situation="lapsed", reason=5, reason_text="It lapsed."
        )

    def f3(self) -> RevocationRequest:
        return submitted(self.make(brand="digicert"), self.alice)

    def exempt(self) -> RevocationRequest:
        names = ("*.aurora.example",)
        order = {"brand": "trustasia", "term_years": 2}
        delegate(self.alice, "aurora.example")
        return draft(self.make(names=names, **order), self.alice)

    def taken(self) -> RevocationRequest:
        case = self.f1()
        assignment.assign(case.pk, by=self.rita, at=NOW)
        return case

    def doubled(self) -> RevocationRequest:
        """Submit a request while the setting asks for two approvals; afterwards it asks for one."""
        with override_settings(TWO_APPROVALS_FOR=["dv"]):
            return self.f1()

    def first_approved(self) -> RevocationRequest:
        return decisions.approve_first(self.doubled().pk, by=self.rita, at=NOW, checked=LOOKED_AT)

    def assisted(self) -> RevocationRequest:
        return submitted(self.make(), self.alice, assisted=True)

    def vouched(self) -> RevocationRequest:
        return decisions.vouch(self.assisted().pk, by=self.rita, at=NOW, why="Known.")

    def handed_back(self) -> RevocationRequest:
        return decisions.hand_back(self.f1().pk, by=self.rita, at=NOW, why="Blurred.")

    def handed_back_without_letter(self) -> RevocationRequest:
        case = draft(self.make(brand="digicert", level=Level.OV), self.alice)
        from demo.requests import stamped_letter

        upload.upload(case.pk, by=self.alice, at=NOW, data=stamped_letter(), file_name="x.jpg")
        filing.submit(case.pk, by=self.alice, at=NOW)
        return decisions.hand_back(case.pk, by=self.rita, at=NOW, why="Blurred.")

    def proven(self) -> RevocationRequest:
        """Return a request between the last name's proof and the transition that follows in the same moment."""
        case = self.f3()
        case.name_proofs.update(proven_at=NOW)
        return case

    def approved(self) -> RevocationRequest:
        return decisions.approve(self.f1().pk, by=self.people["ron"], at=NOW, checked=LOOKED_AT)

    def revoking(self) -> RevocationRequest:
        case = self.approved()
        self.tell(scripted.WAITS)
        return case

    def revoked(self) -> RevocationRequest:
        case = self.approved()
        self.tell(scripted.CONFIRMS)
        return case

    def rejected(self) -> RevocationRequest:
        return decisions.reject(self.f1().pk, by=self.rita, at=NOW, why="No.")

    def failed(self) -> RevocationRequest:
        case = self.f3()
        late = NOW + timedelta(hours=73)
        case.name_proofs.update(checked_at=late)
        proofs.close(case.pk, by=SYSTEM, at=late)
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
    "handed_back, evidence missing (A1)": Stories.assistance_asked_for,
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
