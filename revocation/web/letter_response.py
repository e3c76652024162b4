"""Responses with the bytes of letters and evidence, for customers and reviewers alike (threat 10)."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from revocation.models import Evidence, HeldLetter, Letter, LetterPicture
from revocation.services.letters import evidence
from revocation.services.letters.store import read_file, read_held_page, read_picture

PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
"""Nothing in the bytes may run, be embedded elsewhere, or stay in a cache."""


def letter_file_response(letter: Letter) -> HttpResponse:
    """The original as a download, named as the customer named it (RFC 6266).

    Raises `LetterDamaged`, `LetterMissing`, `StoreUnavailable`.
    """
    disposition = content_disposition_header(True, letter.file_name)
    return _response(read_file(letter), letter.media_type, disposition)


def letter_picture_response(picture: LetterPicture) -> HttpResponse:
    """One page as the picture that the server made. Raises as above."""
    return _response(read_picture(picture), picture.media_type, "inline")


def held_picture_response(held: HeldLetter, number: int) -> HttpResponse:
    """One page, counted from 1, of an uploaded letter that the customer has not kept yet. Raises as above."""
    return _response(read_held_page(held, number), held.pages[number - 1]["media_type"], "inline")


def evidence_file_response(found: Evidence) -> HttpResponse:
    """A1: the original as a download. Raises as above."""
    disposition = content_disposition_header(True, found.file_name)
    return _response(evidence.read_file(found), found.media_type, disposition)


def evidence_picture_response(found: Evidence, number: int) -> HttpResponse:
    """A1: one page, counted from 1, as the picture that the server made. Raises as above."""
    return _response(evidence.read_page(found, number), found.pages[number - 1]["media_type"], "inline")


def _response(data: bytes, media_type: str, disposition: str | None) -> HttpResponse:
    headers = PROTECTION | {"Content-Disposition": disposition or "attachment"}
    return HttpResponse(data, content_type=media_type, headers=headers)
