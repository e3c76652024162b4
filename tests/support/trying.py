"""Trying a verb: whether it was done; everything is taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from revocation.letters.inspection import LetterRejected
from revocation.models import (
    Certificate,
    Deployment,
    Letter,
    NameProof,
    RevocationOrder,
    RevocationRequest,
)


def rows() -> list[Any]:
    tables = (RevocationRequest, Certificate, Letter, NameProof, RevocationOrder, Deployment)
    return [list(table.objects.order_by("pk").values()) for table in tables]


class TakenBack(Exception):
    """Ends the transaction of an allowed cell, so that the next one finds the same situation."""


def is_done(verb: Callable[[], object], refusals: tuple[type[Exception], ...], before: list[Any]) -> bool:
    """Return whether the verb is done, and take everything back.

    A letter that fails its inspection counts as done: it was allowed to come. `before`: the rows of the situation,
    which every cell leaves as they are.
    """
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
