"""Rows that become due: a column says when, and one worker at a time claims a row.

The rows are the queue (docs/architecture.md). A claim ends by itself, so a worker that dies loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import Exists, F, Q, QuerySet

Row = TypeVar("Row", bound=models.Model)


class Queue(models.Manager[Row]):
    """The rows of a model that are due by one of its columns.

    `due` names the column; a row that has None there is never due. `lease` names the column that says until when a
    worker holds the row. A queue without a lease puts off `due` itself while a worker holds the row. `counts` names the
    column that counts the claims.
    """

    def __init__(self, due: str, *, lease: str = "", counts: str = "") -> None:
        super().__init__()
        self._due, self._lease, self._counts = due, lease, counts

    def due(self, at: datetime) -> QuerySet[Row]:
        """Return the rows that are due at `at` and that no living worker holds, in no order."""
        rows = self.get_queryset()
        if self._lease:
            rows = rows.filter(Q(**{f"{self._lease}__isnull": True}) | Q(**{f"{self._lease}__lte": at}))
        return rows.filter(**{f"{self._due}__isnull": False, f"{self._due}__lte": at})

    def claim_one(
        self, pk: int, *, at: datetime, lease: timedelta, only: Q | Exists | None = None, **written: Any
    ) -> bool:
        """Take one row by a conditional UPDATE, which also sets the columns in `written`.

        Returns whether the row was still due, free and as `only` demands. Of any number of workers, one gets it.
        """
        rows = self.due(at).filter(pk=pk)
        if only is not None:
            rows = rows.filter(only)
        return rows.update(**self._held(at + lease, 1), **written) == 1

    def claim(
        self, pks: Collection[int], *, at: datetime, lease: timedelta, only: Q | Exists | None = None
    ) -> list[int]:
        """Take those of the rows that are still due, free and as `only` demands; return their keys.

        It is one short transaction. Rows that another one has locked are skipped, so that nobody waits.
        """
        with transaction.atomic():
            rows = self.due(at).filter(pk__in=list(pks)).order_by("pk")
            if only is not None:
                rows = rows.filter(only)
            taken = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
            self.filter(pk__in=taken).update(**self._held(at + lease, 1))
        return taken

    def release(self, pks: Collection[int], *, at: datetime, lease: timedelta) -> None:
        """Give back rows that were claimed with the same `at` and `lease` and were not worked on.

        They are due as before. Rows that somebody else claimed or moved meanwhile stay as they are.
        """
        rows = self.filter(**{"pk__in": list(pks), self._lease or self._due: at + lease})
        rows.update(**self._held(None if self._lease else at, -1))

    def _held(self, until: datetime | None, count: int) -> dict[str, Any]:
        """Return the columns that say who holds a row, and for which time a claim was made."""
        counted = {self._counts: F(self._counts) + count} if self._counts else {}
        return {self._lease or self._due: until, **counted}
