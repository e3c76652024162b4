"""Taking in an uploaded file, a letter or evidence: inspect it, store it, and say what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from revocation.letters.inspection import LetterRejected
from revocation.models import Actor, EventKind, RevocationRequest
from revocation.services.core.events import record
from revocation.services.letters import store
from revocation.services.letters.inspection import inspected


def take_in(
    request: RevocationRequest,
    *,
    by: Actor,
    at: datetime,
    data: bytes,
    file_name: str,
    size: int | None,
    refused: EventKind,
) -> dict[str, Any]:
    """Inspect and store the file, outside any transaction.

    `size`: of the whole file when only its beginning was kept.
    Returns the fields of a `PagedFile`: what was found, and where it lies.
    Raises `LetterRejected`, with the event `refused`, and `LettersUnavailable`; then nothing is stored.
    """
    try:
        facts = inspected(data, request=request, file_name=file_name, size=size)
    except LetterRejected as rejected:
        refusal = {"code": rejected.code, "params": rejected.params, "file": file_name[:200], "size": size or len(data)}
        record(refused, by=by, at=at, request=request, why=rejected.message.in_english, data=refusal)
        raise
    names = store.write([data, *(page.data for page in facts.pages)])
    pages = [
        {"media_type": p.media_type, "width": p.width, "height": p.height, "sha256": p.sha256, "stored_as": name}
        for p, name in zip(facts.pages, names[1:], strict=True)
    ]
    return {
        "file_name": printable(file_name),
        "kind": facts.kind,
        "media_type": facts.media_type,
        "size": facts.size,
        "sha256": facts.sha256,
        "stored_as": names[0],
        "hints": [{"code": hint.code, "figure": hint.figure} for hint in facts.hints],
        "pages": pages,
    }


def printable(file_name: str) -> str:
    """The name as the customer gave it, without what could hurt a header or a page."""
    return "".join(c for c in file_name if c.isprintable()).strip()[-200:] or "letter"
