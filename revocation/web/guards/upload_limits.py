"""What the upload pages of letters and of evidence share."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from revocation.letters.inspection import BYTES_PER_MB

SHOWS_A_CHOSEN_PDF = "frame-src blob:"
"""Lets these pages alone frame a blob: the selected file, as their own script made it."""
TOO_LARGE = 413
BY_SCRIPT = "XMLHttpRequest"
"""What `upload.js` says of itself. It gets the next address in a header instead of a redirect."""


def with_preview(page: HttpResponse) -> HttpResponse:
    """Allow the page to show a PDF before it is sent."""
    page.headers["Content-Security-Policy"] = f"{settings.CONTENT_SECURITY_POLICY}; {SHOWS_A_CHOSEN_PDF}"
    return page


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer 413 for a body that was not read to its end: no part of the form has arrived."""
    context = {"max_mb": f"{settings.LETTER_MAX_BYTES / BYTES_PER_MB:.1f}", "back": request.path}
    return render(request, "413.html", context, status=TOO_LARGE)


def go_on(request: HttpRequest, address: str) -> HttpResponse:
    """Lead on to the next page after an upload. A script gets 201 and the address, a browser a redirect."""
    if request.headers.get("X-Requested-With") == BY_SCRIPT:
        return HttpResponse(status=201, headers={"Location": address})
    return redirect(address)
