"""N2: the family of reissues around a certificate, walked without trusting that the data has no circle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from revocation import policy
from revocation.models.certificate import Certificate


@dataclass(frozen=True)
class Family:
    """`original`: the oldest living ancestor, None when the certificate is itself the one to revoke.
    `descendants`: every living reissue made from it, through any number of reissues, dead ones in between too."""

    original: Certificate | None
    descendants: tuple[Certificate, ...]
    circular: bool = False


def family(certificate: Certificate, at: datetime) -> Family:
    """The kin of a certificate at an instant; empty for the brand that the N rules spare."""
    if certificate.brand_id == policy.BRAND_OUTSIDE_N:
        return Family(None, ())
    ancestors, circular = ancestors_of(certificate)
    if circular:
        return Family(None, (), circular=True)
    living = [ancestor for ancestor in ancestors if ancestor.is_living(at)]
    descendants = tuple(child for child in all_descendants(certificate) if child.is_living(at))
    return Family(living[-1] if living else None, descendants)


def ancestors_of(certificate: Certificate) -> tuple[list[Certificate], bool]:
    """The certificates it was reissued from, nearest first, and whether the record goes round in a circle."""
    seen = {certificate.pk}
    line: list[Certificate] = []
    parent_id = certificate.reissued_from_id
    while parent_id is not None:
        if parent_id in seen:
            return line, True
        seen.add(parent_id)
        parent = Certificate.objects.get(pk=parent_id)
        line.append(parent)
        parent_id = parent.reissued_from_id
    return line, False


def all_descendants(certificate: Certificate) -> list[Certificate]:
    """All reissues, dead ones too, one query a generation, oldest generation first."""
    if certificate.brand_id == policy.BRAND_OUTSIDE_N:
        return []
    seen = {certificate.pk}
    generation = [certificate.pk]
    found: list[Certificate] = []
    while generation:
        children = Certificate.objects.filter(reissued_from__in=generation).order_by("pk")
        fresh = [child for child in children if child.pk not in seen]
        seen.update(child.pk for child in fresh)
        found += fresh
        generation = [child.pk for child in fresh]
    return found
