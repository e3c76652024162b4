"""The answer of the child: four bytes of length, a JSON header, then the pictures one after the other.

Header when accepted: ``{"pages": [[width, height, bytes], …], "hints": [[code, figure], …],
"codes": [text, …]}``; when not: ``{"refused": code, "params": {…}}``.
The child has handled hostile bytes. So its answer counts as hostile until `unpacked` has checked every figure in it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from revocation.letters.facts import HINTS, Hint, PagePicture
from revocation.letters.limits import Limits
from revocation.letters.qr import LetterCode
from revocation.letters.refusals import MESSAGES, FileRefused
from revocation.letters.structure import jpeg

LENGTH_BYTES = 4
LARGEST_HEADER = 64 * 1024
LONGEST_PARAM = 200

Answer = tuple[tuple[PagePicture, ...], tuple[Hint, ...], tuple[LetterCode, ...]]


class AnswerInvalid(Exception):
    """The child's answer breaks the protocol. The message says where."""


def packed(header: dict[str, Any], blobs: tuple[bytes, ...] = ()) -> bytes:
    """Build the frame from `header` and the pictures that it describes."""
    text = json.dumps(header).encode()
    return b"".join([len(text).to_bytes(LENGTH_BYTES, "big"), text, *blobs])


def unpacked(frame: bytes, limits: Limits) -> Answer:
    """Return pictures, hints and our QR codes.

    Raises FileRefused when the child refused, AnswerInvalid for anything unexpected.
    """
    length = int.from_bytes(frame[:LENGTH_BYTES], "big")
    if not 0 < length <= LARGEST_HEADER:
        raise AnswerInvalid("header length")
    header = _header(frame[LENGTH_BYTES : LENGTH_BYTES + length])
    if "refused" in header:
        raise _refusal(header)
    blobs = memoryview(frame)[LENGTH_BYTES + length :]
    return (
        _pictures(header.get("pages"), blobs, limits),
        _hints(header.get("hints")),
        _codes(header.get("codes"), limits),
    )


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnswerInvalid("header") from error
    if not isinstance(header, dict):
        raise AnswerInvalid("header")
    return header


def _refusal(header: dict[str, Any]) -> FileRefused:
    code, params = header["refused"], header.get("params")
    if not isinstance(code, str) or code not in MESSAGES or not isinstance(params, dict):
        raise AnswerInvalid("refusal")
    plain = {str(key): value if isinstance(value, int) else str(value)[:LONGEST_PARAM] for key, value in params.items()}
    return FileRefused(code, **plain)


def _pictures(sizes: Any, blobs: memoryview, limits: Limits) -> tuple[PagePicture, ...]:
    if not isinstance(sizes, list) or not 1 <= len(sizes) <= limits.max_pages:
        raise AnswerInvalid("pages")
    pictures, position = [], 0
    for size in sizes:
        if not (isinstance(size, list) and len(size) == 3 and all(type(figure) is int for figure in size)):
            raise AnswerInvalid("page")
        width, height, length = size
        pictures.append(_picture(bytes(blobs[position : position + length]), width, height, limits))
        position += length
    if position != len(blobs):
        raise AnswerInvalid("length")
    return tuple(pictures)


def _picture(data: bytes, width: int, height: int, limits: Limits) -> PagePicture:
    """Check that `data` is one whole JPEG of exactly this size with nothing after it. Raises AnswerInvalid."""
    if not (1 <= width <= limits.longest_side and 1 <= height <= limits.longest_side):
        raise AnswerInvalid("picture size")
    try:
        found = jpeg.survey(data)
    except FileRefused as error:
        raise AnswerInvalid("picture") from error
    whole = data.startswith(b"\xff\xd8\xff") and found.complete and found.end == len(data)
    if not whole or (found.width, found.height) != (width, height):
        raise AnswerInvalid("picture")
    return PagePicture(data, width, height, hashlib.sha256(data).hexdigest())


def _hints(pairs: Any) -> tuple[Hint, ...]:
    if not isinstance(pairs, list) or len(pairs) > len(HINTS):
        raise AnswerInvalid("hints")
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
            raise AnswerInvalid("hint")
        if pair[0] not in HINTS or not isinstance(pair[1], int | float):
            raise AnswerInvalid("hint")
    return tuple(Hint(code, float(figure)) for code, figure in pairs)


def _codes(texts: Any, limits: Limits) -> tuple[LetterCode, ...]:
    if not isinstance(texts, list) or len(texts) > limits.max_codes or not all(isinstance(t, str) for t in texts):
        raise AnswerInvalid("codes")
    return tuple(filter(None, map(LetterCode.parsed, texts)))
