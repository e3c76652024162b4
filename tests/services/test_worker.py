"""A row that cannot be worked on holds up no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from revocation.models import Actor, Receipt, Revocation
from revocation.services import deciding, receipts
from revocation.worker import row_by_row
from tests.conftest import NOW, MakeCertificate
from tests.people import LOOKED_AT, submitted
from tests.services.scripted import tell_all


def test_a_row_that_fails_holds_up_no_other_and_is_named() -> None:
    done: list[int] = []

    def do(row: int, at: object) -> None:
        if row == 1:
            raise ValueError("broken")
        done.append(row)

    with pytest.raises(ExceptionGroup) as failed:
        row_by_row(lambda at: [1, 2, 3], do)(timezone.now, None)
    assert done == [2, 3]
    assert [failure.__notes__ for failure in failed.value.exceptions] == [["at row 1"]]


@pytest.mark.django_db
def test_M5_a_receipt_that_cannot_be_made_holds_up_no_other(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        deciding.approve(submitted(make_certificate(), alice).pk, by=rita, at=NOW, checked=LOOKED_AT) for _ in range(2)
    )
    draw = receipts.receipt_pdf

    def failing(number: str, *more: object) -> bytes:
        if number == first.number:
            raise ValueError("cannot be drawn")
        return draw(number, *more)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(receipts, "receipt_pdf", failing)
        tell_all()
    assert [receipt.revocation.request for receipt in Receipt.objects.all()] == [second]
    put_off = Revocation.objects.get(request=first).receipt_due_at
    assert put_off == NOW + receipts.PUT_OFF
    tell_all(NOW + receipts.PUT_OFF + timedelta(minutes=1))
    assert Receipt.objects.count() == 2
