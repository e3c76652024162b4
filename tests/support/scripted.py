"""An authority that answers what a test tells it to. It really does what it confirms, unless it lies."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from revocation.authorities import registry
from revocation.authorities.interface import (
    Authority,
    Confirmed,
    NeedsAttention,
    NotRevoked,
    RevocationInstruction,
    TryAgain,
    Unseen,
    Waiting,
)
from revocation.services.authority import dispatch, embedded_publication, publication_check, receipts
from tests.people import NOW, SYSTEM

Answer = Confirmed | Waiting | TryAgain | NeedsAttention
CONFIRMED = Confirmed(NOW, 4, {"seen": "in the CRL"})
WAITING = Waiting("staff", "revoke_by_hand", {"authority": "Scripted", "seen_at": "never"}, timedelta(hours=1))
CONFIRMS = [CONFIRMED]
WAITS = [WAITING]


@dataclass
class Scripted:
    """An authority that gives its answers in turn, the last one for ever, and keeps what it was asked."""

    answers: list[Answer]
    slug: str = "scripted"
    name: str = "Scripted"
    takes_reasons: frozenset[int] = frozenset({0, 1, 3, 4, 5, 9})
    asked: list[RevocationInstruction] = field(default_factory=list)
    before_answer: Callable[[], object] = lambda: None
    lies: bool = False
    real: Callable[[str], Authority] = registry.authority

    def revoke(self, order: RevocationInstruction) -> Confirmed | Waiting:
        self.asked.append(order)
        self.before_answer()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, TryAgain | NeedsAttention):
            raise answer
        if isinstance(answer, Confirmed) and not self.lies:
            self.real("local").revoke(order)
        return answer

    def status(self, order: RevocationInstruction) -> Confirmed | NotRevoked | Unseen:
        return self.real("local").status(order)


def tell_all(at: Any = NOW) -> None:
    """Do one pass of the worker: send due orders, publish, check the publication, make the receipts."""
    for order in dispatch.due_orders(at=at):
        dispatch.tell(order, by=SYSTEM, at=at)
    for shard in embedded_publication.due_shards(at=timezone.now()):
        embedded_publication.publish_shard(shard, at=timezone.now())
    publication_check.look(publication_check.due_looks(at=at), by=SYSTEM, at=at)
    receipts.make(receipts.due_receipts(at=at), by=SYSTEM, at=at)


def install(monkeypatch: pytest.MonkeyPatch, answers: list[Any], **more: Any) -> Scripted:
    authority = Scripted(list(answers), **more)
    monkeypatch.setattr(registry, "authority", lambda slug: authority)
    return authority
