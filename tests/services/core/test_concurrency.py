"""Exactly once: two reviewers at the same instant, and double clicks; on the database at hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from revocation.models import Actor, Event, RevocationOrder, RevocationRequest
from revocation.services.core.transitions import TransitionRefused
from revocation.services.requests import filing
from revocation.services.review import assignment, decisions
from tests.conftest import MakeCertificate, person
from tests.people import LOOKED_AT

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rita(transactional_db: None) -> Actor:
    return person("rita", group="reviewers")


@pytest.fixture
def ron(transactional_db: None) -> Actor:
    return person("ron", group="reviewers")


def at_once(*verbs: Callable[[], Any]) -> list[Any]:
    """Run each verb in a thread of its own, all at the same instant. Return their results or exceptions."""
    results: list[Any]
    barrier, results = threading.Barrier(len(verbs)), [None] * len(verbs)

    def run(index: int, verb: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[index] = verb()
        except Exception as error:  # noqa: BLE001 - what went wrong in the thread is the result
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("attempt", range(5))
def test_R4_two_reviewers_one_decision_and_one_order(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor, attempt: int
) -> None:
    now = timezone.now()
    certificate = make_certificate(left=timedelta(days=900))
    request = filing.begin(certificate.pk, by=alice, at=now, reason=4, reason_text="Replaced.")
    filing.submit(request.pk, by=alice, at=now)
    results = at_once(
        lambda: decisions.approve(request.pk, by=rita, at=now, checked=LOOKED_AT),
        lambda: decisions.approve(request.pk, by=ron, at=now, checked=LOOKED_AT),
        lambda: decisions.reject(request.pk, by=rita, at=now, why="No."),
        lambda: decisions.reject(request.pk, by=ron, at=now, why="No."),
    )
    assert sum(isinstance(result, TransitionRefused) for result in results) == 3, results
    assert Event.objects.filter(kind__in=["approved", "rejected"]).count() == 1
    state = RevocationRequest.objects.get().state
    assert RevocationOrder.objects.count() == (1 if state == "approved" else 0)


def test_M2_a_double_click_makes_one_request(make_certificate: MakeCertificate, alice: Actor) -> None:
    now = timezone.now()
    certificate = make_certificate(left=timedelta(days=900))
    click = lambda: filing.begin(certificate.pk, by=alice, at=now, reason=4, reason_text="x")  # noqa: E731
    results = at_once(click, click, click, click)
    assert len({result.pk for result in results}) == 1, results
    draft = results[0]
    submit = lambda: filing.submit(draft.pk, by=alice, at=now)  # noqa: E731
    results = at_once(submit, submit, submit)
    assert sum(isinstance(result, TransitionRefused) for result in results) == 2, results
    assert Event.objects.filter(kind="submitted").count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_R4_one_of_those_who_take_a_case_at_once_gets_it(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor, attempt: int
) -> None:
    """Threat 25: assign against assign, and approve against take over: whoever is second is told."""
    now = timezone.now()
    request = filing.begin(make_certificate(left=timedelta(days=900)).pk, by=alice, at=now, reason=4, reason_text="x")
    filing.submit(request.pk, by=alice, at=now)
    results = at_once(
        lambda: assignment.assign(request.pk, by=rita, at=now),
        lambda: assignment.assign(request.pk, by=ron, at=now),
    )
    assert sum(isinstance(result, TransitionRefused) for result in results) == 1, results
    holder, other = (rita, ron) if results[0] is None else (ron, rita)
    approved, over = at_once(
        lambda: decisions.approve(request.pk, by=holder, at=now, checked=LOOKED_AT),
        lambda: assignment.reassign(request.pk, by=other, at=now, why="Hurry."),
    )
    assert isinstance(approved, TransitionRefused) != isinstance(over, TransitionRefused), (approved, over)
    assert Event.objects.filter(kind__in=["approved", "taken_over"]).count() == 1
