"""The names by which staff find a certificate: a row for each spelling of each of its names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import models

from revocation.models.certificate.search_index import NameIndex
from revocation.pki.search import spellings

if TYPE_CHECKING:
    from revocation.models.certificate.certificate import Certificate

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


def rows_for(certificate: Certificate) -> Iterator[CertificateName]:
    """Return the rows of one certificate, not saved."""
    found = dict.fromkeys(
        spelling[:LONGEST]
        for name in (certificate.common_name, *certificate.names)
        for base in dict.fromkeys((name, name.removeprefix("*.")))
        for spelling in spellings(base)
        if spelling
    )
    return (CertificateName(certificate=certificate, name=name) for name in found)
