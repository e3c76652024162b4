"""The files that a request accepts (F7), for the form's words and for the browser's file dialog."""

from __future__ import annotations

from django.conf import settings

from revocation import joining
from revocation.letters.inspection import BYTES_PER_MB
from revocation.letters.kinds import KINDS
from revocation.models import RevocationRequest


def accepted_files(case: RevocationRequest) -> dict[str, str | int]:
    """Return `accept` (extensions for the field), `kinds` (in words), `max_bytes` (inclusive) and the same in MB."""
    kinds = [kind for kind in KINDS if kind.code in case.needs.letter_files]
    extensions = [extension for kind in kinds for extension in sorted(kind.extensions, reverse=True)]
    return {
        "accept": ",".join(f".{extension}" for extension in extensions),
        "kinds": joining.items(kind.people_name for kind in kinds),
        "max_bytes": settings.LETTER_MAX_BYTES,
        "max_mb": f"{settings.LETTER_MAX_BYTES / BYTES_PER_MB:.1f}",
    }
