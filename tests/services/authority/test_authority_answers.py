"""Threat 27, any order of answers: an authority that fails, refuses, is limited, loses its answer, or lies.

A state machine of hypothesis plays authority, worker and staff; after every step the promises must hold.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from revocation.authorities import registry
from revocation.authorities.interface import Confirmed, NeedsAttention, RevocationInstruction, TryAgain
from revocation.authorities.local.models import IssuedCertificate, LocalAuthority
from revocation.models import Actor, Event, RevocationOrder, RevocationRequest
from revocation.services.authority import dispatch
from revocation.services.authority.by_hand import OrderRefused
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.people import LOOKED_AT, submitted
from tests.support.effort import rounds
from tests.support.scripted import tell_all

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

DOES = "does it and says so"
FORGETS = "does it, and the answer is lost"
LIES = "says so and does nothing"
DOWN, LIMITED, REFUSES = "down", "429 with Retry-After", "refuses"
ANSWERS = (DOES, FORGETS, LIES, DOWN, LIMITED, REFUSES)


class Moody:
    """An authority of many moods on top of a real one; keeps the reasons it was told."""

    slug = name = "local"
    takes_reasons = frozenset({0, 1, 4, 5})

    def __init__(self, real: Any) -> None:
        self.real, self.mood, self.told = real, DOES, list[int]()

    def revoke(self, order: RevocationInstruction) -> Confirmed:
        self.told.append(order.reason)
        if self.mood == DOWN:
            raise TryAgain("The answer has status 500.")
        if self.mood == LIMITED:
            raise TryAgain("The answer has status 429.", timedelta(minutes=7))
        if self.mood == REFUSES:
            raise NeedsAttention("unauthorized")
        if self.mood == LIES:
            return Confirmed(NOW, order.reason, {"said": "done"})
        done: Confirmed = self.real.revoke(order)
        if self.mood == FORGETS:
            raise TryAgain("The connection was lost before the answer.")
        return done

    def status(self, order: RevocationInstruction) -> Any:
        return self.real.status(order)


class Answers(RuleBasedStateMachine):
    """A state machine of answers. A subclass says who files, who decides, and which authority answers."""

    make: MakeCertificate
    alice: Actor
    rita: Actor
    moody: Moody

    def __init__(self) -> None:
        super().__init__()
        self.at = NOW
        self.authority = self.moody
        self.authority.mood, self.authority.told = DOES, []
        case = submitted(self.make(), self.alice)
        self.case = decisions.approve(case.pk, by=self.rita, at=NOW, checked=LOOKED_AT).pk

    @rule(mood=st.sampled_from(ANSWERS))
    def the_mood_changes(self, mood: str) -> None:
        self.authority.mood = mood

    @rule(minutes=st.sampled_from([0, 1, 10, 90, 3 * 24 * 60]))
    def the_worker_works(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)
        tell_all(self.at)

    @rule()
    def staff_try_again(self) -> None:
        with suppress(OrderRefused):  # it is under way, or finished
            dispatch.retry(self.order.pk, by=self.rita, at=self.at)

    @property
    def order(self) -> RevocationOrder:
        return RevocationOrder.objects.get(request=self.case)

    @invariant()
    def revoked_only_when_the_authority_did_it_and_it_was_seen(self) -> None:
        if self.order.certificate.state == "revoked":
            assert self.issued.effective_revocations == 1
            assert self.order.observations.filter(outcome="yes").exists()

    @invariant()
    def never_told_another_reason(self) -> None:
        assert set(self.authority.told) <= {4}

    @invariant()
    def one_event_of_each_end(self) -> None:
        ends = Event.objects.filter(request_id=self.case, kind__in=["certificate_revoked", "revoked"])
        assert ends.count() in (0, 2)

    @property
    def issued(self) -> IssuedCertificate:
        return IssuedCertificate.objects.get(serial_number=f"{int(self.order.certificate.serial_number, 16):x}")

    def teardown(self) -> None:
        """Prove that the request ends revoked, once the authority works and staff have tried again."""
        self.authority.mood = DOES
        self.staff_try_again()
        for hours in (0, 2, 4):
            tell_all(self.at + timedelta(hours=hours))
        assert RevocationRequest.objects.get(pk=self.case).state == "revoked"
        assert self.issued.effective_revocations == 1


def test_M5_whatever_the_authority_answers(
    make_certificate: MakeCertificate,
    alice: Actor,
    rita: Actor,
    authority: LocalAuthority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moody = Moody(registry.authority(authority.slug))
    monkeypatch.setattr(registry, "authority", lambda slug: moody)
    world = {"make": staticmethod(make_certificate), "alice": alice, "rita": rita, "moody": moody}
    bounded = settings(
        max_examples=rounds(12, 300), stateful_step_count=12, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(type("Played", (Answers,), world), settings=bounded)
