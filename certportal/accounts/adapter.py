"""What certportal changes about allauth."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import user_email
from allauth.core import context as allauth_context
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from certportal.peer import client_address

LOGIN_HASH = "login_hash"
"""In the session between the two steps of a log-in: which password the first step was made with."""


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by staff: nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse | None:
        request.session[LOGIN_HASH] = user.get_session_auth_hash()
        answer: HttpResponse | None = super().pre_login(request, user, **more)
        return answer

    def is_ajax(self, request: HttpRequest) -> bool:
        """Return False: no script asks these pages, and everybody gets the same page or redirect."""
        return False

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:
        """Send the link to the account's own address, not the typed one: equal ones may be two mailboxes."""
        super().send_password_reset_mail(user, user_email(user), context)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that our own proxy saw, as everywhere in the portal."""
        return client_address(request)

    def is_safe_url(self, url: str | None) -> bool:
        """Return whether ``?next=`` may lead to this address. One that cannot be parsed (``http://[``) may not."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail in the outbox, so that no page waits for a mail server.

        Links lead to PORTAL_URL, whatever Host was asked for. The text is in the person's language, if they selected
        one.
        """
        from revocation.services.notifications import account_mails  # models are not there yet when allauth loads this

        request = allauth_context.request
        filled = {name: _at_the_portal(value, request) for name, value in context.items()}
        filled |= {"request": request, "email": email, "current_site": _site()}
        language = getattr(context.get("user"), "language", "") or translation.get_language() or settings.LANGUAGE_CODE
        with translation.override(language):
            written = self.render_mail(template_prefix, email, filled)
        account_mails.queue(
            to=written.to,
            subject=str(written.subject),
            text=str(written.body),
            html=next((str(body) for body, kind in getattr(written, "alternatives", ()) if kind == "text/html"), ""),
            template=template_prefix.rpartition("/")[2],
            language=language,
            at=timezone.now(),
        )


def _at_the_portal(value: Any, request: HttpRequest | None) -> Any:
    """Replace the Host header's name in an address by PORTAL_URL. Return any other value as it is."""
    if not isinstance(value, str) or request is None:
        return value
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or parts.netloc != request.get_host():
        return value
    return settings.PORTAL_URL + parts._replace(scheme="", netloc="").geturl()


def _site() -> RequestSite:
    """Return the site that mails name: the portal's own host, not the one in the request."""
    asked = HttpRequest()
    asked.META["HTTP_HOST"] = urlsplit(settings.PORTAL_URL).netloc
    asked.__dict__["get_host"] = lambda: asked.META["HTTP_HOST"]  # trusted: it is our own setting
    return RequestSite(asked)
