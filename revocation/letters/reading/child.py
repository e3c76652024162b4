"""The child: reads one letter from standard input, answers on standard output, ends.

It confines itself after its imports and before the first untrusted byte. A decoder that raises ends it with
status 1 and no answer, which the parent reads as *unreadable*; a limit that is hit ends it by a signal.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

from PIL import Image

from revocation.letters.frames import packed
from revocation.letters.limits import Limits
from revocation.letters.reading.codes import codes
from revocation.letters.reading.confinement import forbid_files_and_network, limit_resources
from revocation.letters.reading.hints import hints
from revocation.letters.reading.page import Page, encoded
from revocation.letters.refusals import FileRefused

READERS = {
    "jpg": "revocation.letters.reading.picture",
    "png": "revocation.letters.reading.picture",
    "gif": "revocation.letters.reading.picture",
    "pdf": "revocation.letters.reading.pdf",
}
"""Kind -> the module whose `read` returns its pages. Only this one is imported: the PDF readers are slow to load."""

SAMPLE_SIDE = 64
"""Pixels of the picture that warms a reader up."""

PILLOW_TEXT_BOMBS = ("Decompressed data too large", "Too much memory used in text chunks")
"""How Pillow's errors begin for compressed texts or profiles that unpack to too much (`PngImagePlugin`)."""


def main(arguments: list[str]) -> None:
    """Read a letter in an interpreter of its own. `arguments`: the kind, then `field=value` of limits."""
    heed_bombs_only()
    reader_of(arguments[0])
    read_letter(arguments[0], Limits.from_words(arguments[1:]))


def read_letter(kind: str, limits: Limits) -> None:
    """Confine this process, read the letter, write the answer."""
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    limit_resources(limits)
    forbid_files_and_network()
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(limits.max_bytes), kind, limits))
    sys.stdout.flush()


def heed_bombs_only() -> None:
    """Ignore the warnings of decoders, except that of too many pixels, which becomes an error."""
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def reader_of(kind: str) -> Callable[[bytes, str, Limits], list[Page]]:
    """Import the reader of this kind; the first call must come before the confinement."""
    read: Callable[[bytes, str, Limits], list[Page]] = import_module(READERS[kind]).read
    return read


def warm_up(kind: str) -> None:
    """Read a letter of our own, so that what the decoders load at first use is there before a fork."""
    sample = io.BytesIO()
    Image.new("RGB", (SAMPLE_SIDE, SAMPLE_SIDE)).save(sample, kind.replace("jpg", "jpeg"))
    answer(sample.getvalue(), kind, Limits())


def answer(data: bytes, kind: str, limits: Limits) -> bytes:
    """Read a letter whose outer form has been checked, and return the frame for the parent."""
    try:
        pages = reader_of(kind)(data, kind, limits)
        blobs = tuple(encoded(page.image) for page in pages)
        header: dict[str, Any] = {"hints": hints(pages, kind), "codes": codes(pages, limits)}
    except FileRefused as refused:
        return packed({"refused": refused.code, "params": refused.params})
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return packed({"refused": "too_costly", "params": {}})
    except ValueError as error:
        if not str(error).startswith(PILLOW_TEXT_BOMBS):
            raise
        return packed({"refused": "too_costly", "params": {}})
    header["pages"] = [[*page.image.size, len(blob)] for page, blob in zip(pages, blobs, strict=True)]
    return packed(header, blobs)
