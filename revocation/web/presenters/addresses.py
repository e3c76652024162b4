"""The addresses that a list leads to: hundreds, of a few kinds. Django would look each up in the table of all."""

from __future__ import annotations

from functools import cache

from django.urls import reverse

from certportal.numbers import DIGITS

STAND_IN = int("8" * DIGITS)
"""A key that Django is asked about once for each kind of page. No address has so many digits by itself."""


class Addresses:
    """The addresses that one page of a list leads to, such as `/certificates/7/revoke/`."""

    def __init__(self) -> None:
        self._around = cache(_around)

    def of(self, name: str, pk: int) -> str:
        """Return what `reverse(name, args=[pk])` returns. Raises `NoReverseMatch` for a name with other arguments."""
        before, after = self._around(name)
        return f"{before}{pk}{after}"


def _around(name: str) -> tuple[str, str]:
    """Return what stands before and after the key in the addresses of this name."""
    before, _, after = reverse(name, args=[STAND_IN]).partition(str(STAND_IN))
    return before, after
