"""Small middlewares: an old database, compressed pages, content security policy, language and zone, private pages, the
second factor."""

import logging
import re
import zoneinfo
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from certportal.database import schema
from certportal.database.unanswered import upgrading

log = logging.getLogger(__name__)
BROKEN = 500
NO_GZIP = re.compile(r"\bgzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", re.ASCII)
"""A client that refuses gzip (RFC 9110 12.5.3), which Django's middleware takes for one that names it."""

ASKED_FOR = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
"""The factors that a log-in asks for. None asks for recovery codes alone."""

Next = Callable[[HttpRequest], HttpResponse]


class NotMigrated:
    """Threat 35: a page that breaks while the code is newer than its database becomes a 503 that says so.

    The database is looked at only after something broke, so that it costs nothing otherwise.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != BROKEN or not (problem := schema.why_broken()):
            return response
        log.error("%s", problem)
        return upgrading()


class CompressedPages(GZipMiddleware):
    """Pages are compressed, with up to a hundred random bytes each against BREACH (Django's own protection).

    Nothing else is: letters, receipts and static files are compressed already, and certificates, CRLs and OCSP answers
    keep the bytes and the ETag that their caches know.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        if NO_GZIP.search(request.headers.get("Accept-Encoding", "")):
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        return super().process_response(request, response)


class ContentSecurityPolicy:
    """No inline script, nothing from elsewhere. A view may set a header of its own (letters do)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


class ViewerPreferences:
    """Times in the viewer's zone, pages in the viewer's language, when the account says which."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        with timezone.override(zoneinfo.ZoneInfo(user.time_zone or settings.TIME_ZONE)):
            return self.get_response(request)


class PrivatePages:
    """Keeps what was shown to somebody who is logged in out of shared caches, and has browsers ask for it anew.

    After log-out the browser's own cache is emptied, so that its back button shows nothing any more. Not `no-store`:
    people who only go back a page would lose what they typed.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_in = request.user.is_authenticated
        response = self.get_response(request)
        if was_in:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        if was_in and not request.user.is_authenticated:
            response.headers["Clear-Site-Data"] = '"cache"'
        return response


class SecondFactor:
    """Staff must have a second factor when `REQUIRE_SECOND_FACTOR` is on: until then only its set-up opens."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.is_missing(request) and not request.path.startswith(("/accounts/", "/static/")):
            return redirect(reverse("mfa_activate_totp"))
        return self.get_response(request)

    def is_missing(self, request: HttpRequest) -> bool:
        user = request.user
        required = settings.REQUIRE_SECOND_FACTOR and user.is_authenticated and user.is_staff
        return bool(required and not is_mfa_enabled(user, ASKED_FOR))
