"""N2: the family of reissues around a certificate, walked without trusting that the data has no circle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from revocation import policy
from revocation.models.certificate.certificate import Certificate


@dataclass(frozen=True)
class Family:
    """`original`: the oldest living ancestor, None when the certificate is itself the one to revoke.
    `descendants`: every living reissue made from it, through any number of reissues, dead ones in between too."""

    original: Certificate | None
    descendants: tuple[Certificate, ...]
    circular: bool = False


def family(certificate: Certificate, at: datetime) -> Family:
    """The kin of a certificate at an instant; empty for the brand that the N rules spare."""
    return families([certificate], at)[certificate.pk]


def families(certificates: Sequence[Certificate], at: datetime) -> dict[int, Family]:
    """`family` of each by its key, for the cost of one: a query a generation, however many certificates."""
    subjects = [c for c in certificates if c.brand_id != policy.BRAND_OUTSIDE_N]
    kin = {c.pk: c for c in certificates}
    _load_ancestors(subjects, kin)
    children = _children_by_parent(subjects)
    found = {c.pk: Family(None, ()) for c in certificates}
    return found | {c.pk: _family(c, kin, children, at) for c in subjects}


def _load_ancestors(subjects: Sequence[Certificate], kin: dict[int, Certificate]) -> None:
    wanted = {c.reissued_from_id for c in subjects} - {None, *kin}
    while wanted:
        parents = Certificate.objects.in_bulk(wanted)
        kin |= parents
        wanted = {parent.reissued_from_id for parent in parents.values()} - {None, *kin}


def _children_by_parent(subjects: Sequence[Certificate]) -> dict[int, list[Certificate]]:
    """The reissues of each certificate of all generations, by the key of the one they were made from."""
    children: dict[int, list[Certificate]] = {}
    generation = {c.pk for c in subjects}
    seen = set(generation)
    while generation:
        found = list(Certificate.objects.filter(reissued_from__in=generation).order_by("pk"))
        for child in found:
            children.setdefault(child.reissued_from_id, []).append(child)
        generation = {child.pk for child in found} - seen
        seen |= generation
    return children


def _family(
    subject: Certificate, kin: dict[int, Certificate], children: dict[int, list[Certificate]], at: datetime
) -> Family:
    line, circular = _line(subject, kin)
    if circular:
        return Family(None, (), circular=True)
    living = [ancestor for ancestor in line if ancestor.is_living(at)]
    descendants = tuple(child for child in _below(subject, children) if child.is_living(at))
    return Family(living[-1] if living else None, descendants)


def _line(subject: Certificate, kin: dict[int, Certificate]) -> tuple[list[Certificate], bool]:
    """The certificates it was reissued from, nearest first, and whether the record goes round in a circle."""
    seen = {subject.pk}
    line: list[Certificate] = []
    parent_id = subject.reissued_from_id
    while parent_id is not None:
        if parent_id in seen:
            return line, True
        seen.add(parent_id)
        line.append(kin[parent_id])
        parent_id = kin[parent_id].reissued_from_id
    return line, False


def _below(subject: Certificate, children: dict[int, list[Certificate]]) -> list[Certificate]:
    """Reissues through any number of generations, oldest generation first, each once."""
    seen = {subject.pk}
    generation, found = [subject], list[Certificate]()
    while generation:
        born = [child for parent in generation for child in children.get(parent.pk, ()) if child.pk not in seen]
        seen.update(child.pk for child in born)
        found += born
        generation = born
    return found


def all_descendants(certificate: Certificate) -> list[Certificate]:
    """All reissues, dead ones too, one query a generation, oldest generation first."""
    if certificate.brand_id == policy.BRAND_OUTSIDE_N:
        return []
    return _below(certificate, _children_by_parent([certificate]))
