"""Uploads never touch the disk on their way in and never grow past the letter limit (threats 2, 3)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

CUT_OFF = 32 * 1024 * 1024
"""Bytes. Up to it a file that is too large is counted to its end (and thrown away), so that the refusal can say how
large it was. Above it the connection is cut."""


def was_cut_off(request: HttpRequest) -> bool:
    """Whether the body was too long to be read; the form then seems to be empty."""
    assert request.FILES is not None  # noqa: S101 - reads the form, if nobody did
    return getattr(request, "_was_cut_off", False)


class BoundedUploadHandler(FileUploadHandler):
    """Keeps one file in memory up to the limit + 1 byte, so that inspection can name the size as too large.

    What is beyond is counted, not kept. A body beyond `CUT_OFF` is not read to its end.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:
        """Return an empty form for a body that is announced as too long. (An exception here would be Django's 500.)"""
        if content_length <= CUT_OFF:
            return None
        self._note_that_it_was_cut_off()
        return QueryDict(), MultiValueDict()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.chunks: list[bytes] = []
        self.size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = settings.LETTER_MAX_BYTES + 1 - self.size
        if room > 0:
            self.chunks.append(raw_data[:room])
        self.size += len(raw_data)
        if self.size > CUT_OFF:
            self._note_that_it_was_cut_off()
            raise StopUpload(connection_reset=True)

    def _note_that_it_was_cut_off(self) -> None:
        if self.request is not None:
            self.request._was_cut_off = True  # type: ignore[attr-defined]

    def file_complete(self, file_size: int) -> SimpleUploadedFile:
        kept = SimpleUploadedFile(self.file_name or "", b"".join(self.chunks), self.content_type or "")
        kept.size = self.size  # of the whole file, so that a refusal names what was sent
        return kept
