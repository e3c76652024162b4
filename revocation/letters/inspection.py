"""Inspection: untrusted bytes become `LetterFacts`, or `LetterRejected` with a helpful sentence (rules F2, F4, F7)."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from revocation.letters import kinds
from revocation.letters.facts import Hint, LetterFacts
from revocation.letters.frames import AnswerInvalid, unpacked
from revocation.letters.kinds import FileKind
from revocation.letters.limits import Limits
from revocation.letters.qr import LetterCode
from revocation.letters.refusals import FileRefused
from revocation.letters.sandbox import Reader, run_child
from revocation.letters.structure import foreign, gif, jpeg, pdf, png
from revocation.messages import Refused

BYTES_PER_MB = 1024 * 1024
LONGEST_EXTENSION_SHOWN = 12

OUTER_FORM: dict[str, Callable[[bytes, Limits], None]] = {
    "jpg": jpeg.check,
    "png": png.check,
    "gif": gif.check,
    "pdf": pdf.check,
}


class LetterRejected(Refused):
    """The file cannot be a letter. `code`: a key of `refusals.MESSAGES`. `str()`: what was found, which kinds and sizes
    are accepted, and what to do."""

    subject = "letter"

    def __init__(self, code: str, params: Mapping[str, Any]) -> None:
        super().__init__(code, **params)


def inspect(
    data: bytes,
    *,
    file_name: str,
    accepted: frozenset[str],
    expected: tuple[LetterCode, ...] = (),
    limits: Limits | None = None,
    size: int | None = None,
    reader: Reader = run_child,
) -> LetterFacts:
    """Inspect the letter in `data` and return its facts and pictures.

    `accepted`: codes of `kinds.KINDS` (`kinds.APPLICATION_KINDS`, `kinds.CONFIRMATION_KINDS`). `size`: bytes
    of the whole upload, where only its beginning was kept. `expected`: what the letter's QR code may say. Another
    code is refused, a missing one gives a hint. Raises LetterRejected. Blocks for up to `limits.wall_seconds`.
    """
    limits = limits or Limits()
    known: dict[str, Any] = {
        "accepted": kinds.names_of(accepted),
        "smallest": limits.min_bytes,
        "largest": limits.max_bytes,
        "largest_mb": f"{limits.max_bytes / BYTES_PER_MB:.1f}",
        "size": len(data) if size is None else size,
    }
    try:
        _check_size(int(known["size"]), limits)
        kind = _kind(data, accepted)
        known["found"] = kind.people_name
        _check_name(file_name, kind)
        foreign.check(data, kind.code)
        OUTER_FORM[kind.code](data, limits)
        pages, hints, codes = unpacked(reader(data, kind.code, limits), limits)
        missing = _check_codes(codes, expected)
    except FileRefused as refused:
        raise LetterRejected(refused.code, {**known, **refused.params}) from refused
    except AnswerInvalid as error:
        raise LetterRejected("unreadable", known) from error
    return LetterFacts(
        kind=kind.code,
        media_type=kind.media_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        pages=pages,
        hints=hints + missing,
    )


def _check_size(size: int, limits: Limits) -> None:
    if size == 0:
        raise FileRefused("empty")
    if size < limits.min_bytes:
        raise FileRefused("too_small")
    if size > limits.max_bytes:
        raise FileRefused("too_large")


def _kind(data: bytes, accepted: frozenset[str]) -> FileKind:
    """Tell the kind by content (F7), whatever the name or the browser says."""
    kind = kinds.kind_of_content(data)
    if kind is None:
        raise FileRefused("unknown_kind", found=kinds.stranger_in_words(data))
    if kind.code not in accepted:
        raise FileRefused("kind_not_accepted", found=kind.people_name)
    return kind


def _check_name(file_name: str, kind: FileKind) -> None:
    """Check that the last extension fits the kind, and that none before it promises something else."""
    *earlier, last = kinds.extensions_of(file_name) or [""]
    if not last:
        raise FileRefused("name_without_extension")
    if last not in kind.extensions:
        raise FileRefused("name_disagrees", extension=_printable(last))
    for extension in earlier:
        if extension in kinds.RUNNABLE_EXTENSIONS or kinds.BY_EXTENSION.get(extension, kind) is not kind:
            raise FileRefused("name_pretends", extension=_printable(extension))


def _check_codes(codes: tuple[LetterCode, ...], expected: tuple[LetterCode, ...]) -> tuple[Hint, ...]:
    """Check the letter's QR codes against the expected ones: a letter without a code gets a hint.

    Raises FileRefused when the letter names another request or another certificate.
    """
    if not expected or set(expected) & set(codes):
        return ()
    if not codes:
        return (Hint("no_code", 0),)
    found = codes[0]
    here = next((code for code in expected if code.request_number == found.request_number), None)
    if here is None:
        raise FileRefused("other_request", other=found.request_number, request=expected[0].request_number)
    if here.several:
        raise FileRefused("other_certificates", request=here.request_number)
    raise FileRefused("other_certificate", other=found.fingerprint)


def _printable(extension: str) -> str:
    """Shorten `extension`, without control characters or marks that turn the direction of writing."""
    kept = (character for character in extension if unicodedata.category(character)[0] != "C")
    return "".join(kept)[:LONGEST_EXTENSION_SHOWN]
