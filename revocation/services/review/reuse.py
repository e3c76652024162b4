"""R7: files of a request that were sent before, for another request of any customer, found by digest.

A file is found by the same bytes, or by the same picture of a page: a scan that was saved anew with other notes has the
same pictures. The digests of rejected, discarded and deleted requests remain, so their files are found too. Requests
filed together share a letter on purpose.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Min, QuerySet, Value

from revocation.models import Evidence, EvidencePicture, Letter, LetterPicture, RevocationRequest
from revocation.services.review.reviewed_files import ReviewedFiles

MOST = 10
"""Other requests that are named. Of more it is only said that there are more."""
FILE, PICTURE = "file", "picture"


@dataclass(frozen=True)
class Reused:
    """`request`: the other one. `same`: *file* or *picture*. `sha256`: the digest that both have."""

    request: RevocationRequest
    same: str
    sha256: str


@dataclass(frozen=True)
class Reuse:
    """`elsewhere`: a row for each other request, the latest first. `more`: are there others? `before`: when the same
    file was this request's letter before it was replaced or handed back."""

    elsewhere: tuple[Reused, ...] = ()
    more: bool = False
    before: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.elsewhere or self.before)

    def as_data(self) -> dict[str, Any]:
        """What the event of a decision keeps of it; nothing where there was nothing to tell (L1)."""
        rows = [
            {
                "request": row.request.number,
                "customer": str(row.request.customer),
                "same": row.same,
                "sha256": row.sha256,
            }
            for row in self.elsewhere
        ]
        told = {"reused": rows, "reused_more": self.more, "letter_before": self.before and self.before.isoformat()}
        return {key: value for key, value in told.items() if value}


NOTHING = Reuse()


def reuse_of(request: RevocationRequest, shown: ReviewedFiles) -> Reuse:
    """Return what a reviewer of these files is told: three queries, none where there are no files."""
    if not shown.files:
        return NOTHING
    files = {file.sha256 for file in shown.files}
    pictures = {digest for file in shown.files for digest in file.pictures}
    found = _found(request, files, pictures)
    best: dict[int, tuple[str, str]] = {}
    for number, same, digest in found:
        if number not in best or same == FILE:
            best[number] = same, digest
    named = list(best)[:MOST]
    others = RevocationRequest.objects.select_related("certificate", "customer").in_bulk(named)
    rows = tuple(Reused(others[number], *best[number]) for number in named if number in others)
    letters = request.letters.filter(superseded_at__isnull=False, sha256__in=files).order_by("-pk")
    return Reuse(rows, len(best) > MOST, letters.values_list("uploaded_at", flat=True).first())


def _found(request: RevocationRequest, files: Collection[str], pictures: Collection[str]) -> list[tuple[int, str, str]]:
    """Return the key of each other request, what is the same, and the digest; the latest requests first.

    The number of rows is bounded: each table gives a request one row, however many of its pages are the same.
    """
    rows = (
        _rows(Letter.objects.filter(sha256__in=files), "request", FILE),
        _rows(Evidence.objects.filter(sha256__in=files), "request", FILE),
        _rows(LetterPicture.objects.filter(sha256__in=pictures), "letter__request", PICTURE),
        _rows(EvidencePicture.objects.filter(sha256__in=pictures), "evidence__request", PICTURE),
    )
    first, *others = (some.exclude(of__in=_own(request)) for some in rows)
    return list(first.union(*others).order_by("-of", "same")[: len(rows) * (MOST + 1)])


def _rows(found: QuerySet[Any], request: str, same: str) -> QuerySet[Any, Any]:
    """Return one row for each request."""
    rows = found.order_by().annotate(of=F(request), same=Value(same)).values("of", "same")
    listed: QuerySet[Any, Any] = rows.annotate(digest=Min("sha256")).values_list("of", "same", "digest")
    return listed


def _own(request: RevocationRequest) -> QuerySet[Any, Any] | list[int]:
    if request.filed_with_id is None:
        return [request.pk]
    together: QuerySet[Any, Any] = RevocationRequest.objects.filter(filed_with=request.filed_with_id).values("pk")
    return together
