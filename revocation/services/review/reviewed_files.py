"""Threat 6: what a reviewer is shown of the files: the digest of each original, and of each picture made of it.

A decision names what was shown, and its event keeps that. It is refused when the files have changed by then. So an
auditor who opens a file later sees whether it is the one that was decided on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from revocation.models import RevocationRequest

NOTHING = ""
"""The digest where no file is shown."""


@dataclass(frozen=True)
class ReviewedFile:
    """`what`: *letter* or *evidence*. Digests are SHA-256 in hexadecimal, `pictures` in reading order."""

    what: str
    sha256: str
    pictures: tuple[str, ...]


@dataclass(frozen=True)
class ReviewedFiles:
    files: tuple[ReviewedFile, ...] = ()

    @classmethod
    def of(cls, request: RevocationRequest) -> ReviewedFiles:
        """The current letter, then the evidence. Three queries at most, none where the route asks for neither."""
        found = []
        if request.needs.letter and (letter := request.current_letter()):
            pictures = letter.pictures.order_by("number").values_list("sha256", flat=True)
            found.append(ReviewedFile("letter", letter.sha256, tuple(pictures)))
        if request.needs.evidence:
            for row in request.evidence.order_by("pk"):
                found.append(ReviewedFile("evidence", row.sha256, tuple(page["sha256"] for page in row.pages)))
        return cls(tuple(found))

    @property
    def digest(self) -> str:
        """Return a digest that changes when any file or picture is changed, added or removed."""
        if not self.files:
            return NOTHING
        lines = (f"{file.what} {file.sha256} {' '.join(file.pictures)}" for file in self.files)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def as_data(self) -> list[dict[str, Any]]:
        """What the event of a decision keeps (L1)."""
        return [{"what": file.what, "sha256": file.sha256, "pictures": list(file.pictures)} for file in self.files]
