"""Trying verbs and requests: whether they are done; everything is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import transaction

from revocation.letters.inspection import LetterRejected
from revocation.models import (
    Actor,
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
    """Ends the transaction of one act, so that the next one finds the same situation."""


@contextmanager
def taken_back() -> Iterator[None]:
    """Take back what the block writes to the database."""
    with suppress(TakenBack), transaction.atomic():
        yield
        raise TakenBack


def who_may(
    verb: Callable[[Actor], object], people: dict[str, Actor], refusals: tuple[type[Exception], ...]
) -> set[str]:
    """Return for whom the verb is done. What it does is taken back; what is refused stays, for `rows` to show."""
    return {who for who, by in people.items() if _is_done(verb, by, refusals)}


def _is_done(verb: Callable[[Actor], object], by: Actor, refusals: tuple[type[Exception], ...]) -> bool:
    """A letter that fails its inspection counts as done: it was allowed to come."""
    try:
        with transaction.atomic():
            try:
                verb(by)
            except LetterRejected:
                pass
            except refusals:
                return False
            raise TakenBack
    except TakenBack:
        return True
