"""A row that cannot be worked on holds up no other."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from revocation.duties import BatchDuty, Duty, always
from revocation.letters import receipt
from revocation.models import Actor, Receipt, RevocationOrder
from revocation.services.authority import receipts
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.people import LOOKED_AT, submitted
from tests.support.scripted import tell_all

pytestmark = pytest.mark.database


def three(*, at: datetime) -> list[int]:
    return [1, 2, 3]


def test_a_row_that_fails_holds_up_no_other_and_is_named() -> None:
    done: list[int] = []

    def do(row: int, *, by: Actor, at: datetime) -> None:
        if row == 1:
            raise ValueError("broken")
        done.append(row)

    with pytest.raises(ExceptionGroup) as failed:
        Duty("test", due=three, work=do, every=1).run(timezone.now)
    assert done == [2, 3]
    assert [failure.__notes__ for failure in failed.value.exceptions] == [["at row 1"]]


def test_a_batch_duty_takes_so_many_rows_at_a_time() -> None:
    done: list[list[int]] = []

    def do(rows: Sequence[int], *, by: Actor, at: datetime) -> None:
        done.append(list(rows))

    assert BatchDuty("test", due=three, work=do, every=1, together=always(2)).run(timezone.now) == 3
    assert done == [[1, 2], [3]]


def test_a_duty_that_is_stopped_begins_no_further_row() -> None:
    done, stop = list[int](), threading.Event()

    def do(row: int, *, by: Actor, at: datetime) -> None:
        done.append(row)
        stop.set()

    Duty("test", due=three, work=do, every=1).run(timezone.now, stop)
    assert done == [1]


@pytest.mark.django_db
def test_M5_a_receipt_that_cannot_be_made_holds_up_no_other(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        decisions.approve(submitted(make_certificate(), alice).pk, by=rita, at=NOW, checked=LOOKED_AT) for _ in range(2)
    )
    draw = receipt.receipt_pdf

    def failing(number: str, *more: object) -> bytes:
        if number == first.number:
            raise ValueError("cannot be drawn")
        return draw(number, *more)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(receipt, "receipt_pdf", failing)
        tell_all()
    assert [receipt.revocation.request for receipt in Receipt.objects.all()] == [second]
    put_off = RevocationOrder.objects.get(request=first).receipt_due_at
    assert put_off == NOW + receipts.PUT_OFF
    tell_all(NOW + receipts.PUT_OFF + timedelta(minutes=1))
    assert Receipt.objects.count() == 2
