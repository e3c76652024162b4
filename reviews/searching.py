"""What staff type into a search box: a request's number, a serial number, a fingerprint, how a name begins.

A table of pattern -> look-up. Nothing searches inside texts: that would read whole tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Pattern:
    """`lookup` is given what the group `it` of `shape` found."""

    shape: re.Pattern[str]
    lookup: str
    upper: bool = False


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


NUMBER = Pattern(_shape(r"(?:R-)?0*(?P<it>\d{1,9})"), "pk")
FINGERPRINT = _shape(r"(?P<it>[0-9a-f]{64})")
SERIAL = _shape(r"0*(?P<it>[0-9a-f]{8,})")
NAME = _shape(r"(?P<it>.+)")

CERTIFICATE = (
    Pattern(FINGERPRINT, "fingerprint", upper=True),
    Pattern(SERIAL, "serial_number", upper=True),
    Pattern(NAME, "common_name__istartswith"),
)
REQUEST = (
    NUMBER,
    Pattern(FINGERPRINT, "certificate__fingerprint", upper=True),
    Pattern(SERIAL, "certificate__serial_number", upper=True),
    Pattern(NAME, "certificate__common_name__istartswith"),
)


def find(rows: QuerySet[M], patterns: tuple[Pattern, ...], term: str) -> QuerySet[M]:
    """The rows that the first fitting pattern finds; all of them for an empty term."""
    term = term.strip()
    bare = re.sub(r"[\s:]", "", term)
    for pattern in patterns:
        found = pattern.shape.fullmatch(term if pattern.shape is NAME else bare)
        if found:
            wanted = found["it"].upper() if pattern.upper else found["it"]
            return rows.filter(**{pattern.lookup: wanted})
    return rows
