"""The counters of all limits."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    """How often something was done in a window of time that began with the first time.

    `key`: a digest of who does what from where. `most`: how often it may be done. `ends`: when the window ends, in Unix
    seconds. The row counts until then; only `counting` writes it.
    """

    key = models.CharField(primary_key=True, max_length=64)
    taken = models.PositiveIntegerField()
    most = models.PositiveIntegerField()
    ends = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = "counter of a limit"
        verbose_name_plural = "counters of limits"

    def __str__(self) -> str:
        return self.key
