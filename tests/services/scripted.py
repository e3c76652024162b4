"""An authority that answers what a test tells it to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from revocation.authorities import registry
from revocation.authorities.interface import Confirmed, NeedsAttention, RevocationOrder, TryAgain, Waiting
from tests.people import NOW

Answer = Confirmed | Waiting | TryAgain | NeedsAttention
CONFIRMED = Confirmed(NOW, 4, {"seen": "in the CRL"})
WAITING = Waiting("staff", "revoke_by_hand", {"authority": "Scripted", "seen_at": "never"}, timedelta(hours=1))
CONFIRMS = [CONFIRMED]
WAITS = [WAITING]


@dataclass
class Scripted:
    """Gives its answers in turn, the last one for ever, and keeps what it was asked."""

    answers: list[Answer]
    slug: str = "scripted"
    name: str = "Scripted"
    takes_reasons: frozenset[int] = frozenset({0, 1, 3, 4, 5, 9})
    asked: list[RevocationOrder] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None

    def revoke(self, order: RevocationOrder) -> Confirmed | Waiting:
        self.asked.append(order)
        self.before_answer()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, TryAgain | NeedsAttention):
            raise answer
        return answer


def install(monkeypatch: pytest.MonkeyPatch, answers: list[Any], **more: Any) -> Scripted:
    authority = Scripted(list(answers), **more)
    monkeypatch.setattr(registry, "authority", lambda slug: authority)
    return authority
