"""What the pages share on which a file is chosen and sent: the letter's and the evidence's."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from revocation.letters.inspection import BYTES_PER_MB

SHOWS_A_CHOSEN_PDF = "frame-src blob:"
"""These pages alone may frame what their own script made of the chosen file, and nothing else."""
TOO_LARGE = 413
BY_SCRIPT = "XMLHttpRequest"
"""What `letter.js` says of itself: it is told where to go on instead of being sent there."""


def with_preview(page: HttpResponse) -> HttpResponse:
    """The page, allowed to show a PDF before it is sent."""
    page.headers["Content-Security-Policy"] = f"{settings.CONTENT_SECURITY_POLICY}; {SHOWS_A_CHOSEN_PDF}"
    return page


def too_large(request: HttpRequest) -> HttpResponse:
    """For a body that was not read to its end: neither the file nor anything else of the form has arrived."""
    context = {"max_mb": f"{settings.LETTER_MAX_BYTES / BYTES_PER_MB:.1f}", "back": request.path}
    return render(request, "413.html", context, status=TOO_LARGE)


def go_on(request: HttpRequest, address: str) -> HttpResponse:
    """After an upload: on to the next page."""
    if request.headers.get("X-Requested-With") == BY_SCRIPT:
        return HttpResponse(status=201, headers={"Location": address})
    return redirect(address)
