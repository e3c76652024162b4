"""The names by which staff find a certificate: a row for each spelling of each of its names."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models

from revocation.models.certificate.search_index import NameIndex
from revocation.pki.search import spellings

LONGEST = 300


class CertificateName(models.Model):
    """One spelling, in lower case.

    An international name has a row as A-labels and one as people write it. A wildcard has one without its star too.
    """

    certificate = models.ForeignKey("revocation.Certificate", on_delete=models.CASCADE, related_name="spellings")
    name = models.CharField(max_length=LONGEST)

    class Meta:
        indexes = [NameIndex(fields=["name", "certificate"], name="certificate_name_spelt")]

    def __str__(self) -> str:
        return self.name


def spelt(names: Iterable[str]) -> tuple[str, ...]:
    """Return all spellings of a certificate's names, each once."""
    found = dict.fromkeys(
        spelling[:LONGEST]
        for name in names
        for base in dict.fromkeys((name, name.removeprefix("*.")))
        for spelling in spellings(base)
        if spelling
    )
    return tuple(found)
