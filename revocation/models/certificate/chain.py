"""N2: the family of reissues around a certificate. The walk ends even when the data has a circle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from revocation import policy
from revocation.models.certificate.certificate import Certificate


@dataclass(frozen=True)
class Family:
    """The family of one certificate.

    `original`: the oldest living ancestor, or None when the certificate itself is the one to revoke. `descendants`: the
    living reissues made from it through any number of reissues, even if one in between is no longer living.
    """

    original: Certificate | None
    descendants: tuple[Certificate, ...]
    circular: bool = False


def family(certificate: Certificate, at: datetime) -> Family:
    """Return the family of a certificate at an instant. It is empty for the brand that the N rules exempt."""
    return families([certificate], at)[certificate.pk]


def families(certificates: Sequence[Certificate], at: datetime) -> dict[int, Family]:
    """Return the `Family` of each certificate by its key, with one query a generation for all of them together."""
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
    """Return the reissues of all generations, by the key of the certificate that each was made from."""
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
    """Return the certificates it was reissued from, nearest first, and whether the record is circular."""
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
    """Return the reissues of all generations, each once, nearest generation first."""
    seen = {subject.pk}
    generation, found = [subject], list[Certificate]()
    while generation:
        born = [child for parent in generation for child in children.get(parent.pk, ()) if child.pk not in seen]
        seen.update(child.pk for child in born)
        found += born
        generation = born
    return found


def all_descendants(certificate: Certificate) -> list[Certificate]:
    """Return the reissues of all generations, living or not, nearest generation first; one query a generation."""
    if certificate.brand_id == policy.BRAND_OUTSIDE_N:
        return []
    return _below(certificate, _children_by_parent([certificate]))
