"""Answers to people whose session ended while a page was open, or whose form is from before the last sign-in.

Scripts get a status that they can read (401, or 403 with `X-Refused`), never a page of another kind in its place.
Without scripts people sign in and come back to the page on which the button was.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from revocation.web.guards.kept_input import keep_what_was_typed
from revocation.web.guards.upload_limits import too_large
from revocation.web.guards.uploads import was_cut_off

SIGN_IN = ("/accounts/", "/admin/login/")
"""The addresses below which people prove who they are."""
UNAUTHORIZED, FORBIDDEN, REDIRECT = 401, 403, 302
OUTDATED = "form-outdated"
"""The value of `X-Refused` when the form's token is outdated. A fresh copy of the page has the present one."""
CHOOSE_AGAIN = {"choose": "again"}
"""Added to the address of a page with a file, because browsers keep no file over a sign-in."""


def by_script(request: HttpRequest) -> bool:
    """Whether a script of ours asks, which would take any page for its answer."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        or headers.get("X-Requested-With") == "XMLHttpRequest"
        or headers.get("Sec-Fetch-Dest") == "empty"
    )


class SignedOut:
    """Middleware that answers somebody who asks for a page behind the sign-in and is not signed in (any more)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _leads_to_the_sign_in(request, response):
            return response
        if by_script(request):
            return session_ended(request)
        return _by_way_of_the_sign_in(request) if request.method == "POST" and not _signed_in(request) else response


def _leads_to_the_sign_in(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the answer leads to the sign-in because the page is behind it.

    Other answers lead there too: a language selected there, a log-out.
    """
    if response.status_code != REDIRECT:
        return False
    to = urlsplit(response.headers["Location"])
    return to.path.startswith(SIGN_IN) and request.path in QueryDict(to.query).get("next", "")


def _signed_in(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated)


def session_ended(request: HttpRequest) -> HttpResponse:
    """401, with the address at which to sign in (RFC 9110, 15.5.2)."""
    address = f"{reverse('account_login')}?{urlencode({'next': reverse('signed_in')})}"
    answer = render(request, "401.html", {"sign_in": address}, status=UNAUTHORIZED)
    answer.headers["WWW-Authenticate"] = 'Cookie realm="certportal"'
    return answer


def _by_way_of_the_sign_in(request: HttpRequest) -> HttpResponse:
    return redirect_to_login(page_of(request))


def page_of(request: HttpRequest) -> str:
    """Return our page on which the button was. The button's own address is often no page."""
    sent_from = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(sent_from, {request.get_host()}, require_https=request.is_secure())
    parts = urlsplit(sent_from if own else "")
    is_page = parts.path and not parts.path.startswith(SIGN_IN)
    path, query = (parts.path, parts.query) if is_page else (request.path, "")
    if request.FILES:
        query = urlencode(CHOOSE_AGAIN)
    return f"{path}?{query}" if query else path


def is_of_an_own_page(request: HttpRequest) -> bool:
    """Whether the browser vouches that a page of ours sent the form. No other site can say so."""
    own = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") == own or request.headers.get("Sec-Fetch-Site") == "same-origin"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a failed CSRF check: the cookies are gone, or the token is from before a sign-in in another tab.

    `CSRF_FAILURE_VIEW`. Nothing is done. What was typed on a page of ours waits on that page.
    """
    if was_cut_off(request):
        return too_large(request)
    if is_of_an_own_page(request) and not request.path.startswith(SIGN_IN):
        keep_what_was_typed(request)
        if not _signed_in(request):
            return session_ended(request) if by_script(request) else _by_way_of_the_sign_in(request)
    answer = render(request, "403_csrf.html", {"back": page_of(request)}, status=FORBIDDEN)
    answer.headers["X-Refused"] = OUTDATED
    return answer
