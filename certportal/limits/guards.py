"""The table of forms that check a secret or send a mail: whose account it is about, and how a wrong guess shows.

Every routed page that asks for a password or a code stands here, or in `tests/limits/test_every_form.py` with the
reason why not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.utils import filter_users_by_email, url_str_to_user_pk
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from certportal.limits.rates import Kind

Account = Callable[[HttpRequest, Mapping[str, Any]], str]
Wrong = Callable[[Mapping[str, Any]], bool]
LONGEST_ADDRESS = 254
"""Characters (RFC 5321): no account has a longer one."""


def person(pk: object) -> str:
    """The name of an account in counters and marks."""
    return f"person {pk}"


def typed(field: str) -> Account:
    """Return a function that finds the account by the address in this field.

    When there is none, the text stands for it, so that answers do not tell which accounts exist.
    """

    def account(request: HttpRequest, arguments: Mapping[str, Any]) -> str:
        text = request.POST.get(field, "").strip()
        if not text:
            return ""
        if len(text) <= LONGEST_ADDRESS and "\0" not in text:
            for user in filter_users_by_email(text, prefer_verified=True):
                return person(user.pk)
        return "typed " + unicodedata.normalize("NFKC", text).upper().casefold()

    return account


def logged_in(request: HttpRequest, arguments: Mapping[str, Any]) -> str:
    """Whoever is logged in here."""
    return person(request.user.pk) if request.user.is_authenticated else ""


def half_way_in(request: HttpRequest, arguments: Mapping[str, Any]) -> str:
    """Whoever has given the password and now has to give a code."""
    stage = get_pending_stage(request)
    return person(stage.login.user.pk) if stage and stage.login.user else ""


def linked(request: HttpRequest, arguments: Mapping[str, Any]) -> str:
    """Whoever the mailed link names."""
    try:
        return person(url_str_to_user_pk(arguments["uidb36"]))
    except (KeyError, ValueError):
        return ""


def error_in(field: str) -> Wrong:
    """Return a function that tells whether a form found the secret wrong: its error stands at this field."""

    def wrong(context: Mapping[str, Any]) -> bool:
        form = context.get("form")
        return not isinstance(form, BaseForm) or field in form.errors

    return wrong


def failed_link(context: Mapping[str, Any]) -> bool:
    """Whether the key of a mailed link was not good, as allauth's page says. An answer that is no page may hide it."""
    return not context or bool(context.get("token_fail"))


def always(context: Mapping[str, Any]) -> bool:
    """Every attempt counts."""
    return True


@dataclass(frozen=True)
class Guard:
    """How one form is limited.

    `wrong`: does the context of the page that was answered say that the guess was wrong? `keeps`: the field whose text
    is shown again on the page of a refusal. `methods`: those that check something; None: all there may be.
    """

    kind: Kind
    account: Account
    wrong: Wrong
    keeps: str = ""
    methods: frozenset[str] | None = frozenset({"POST"})

    def checks(self, method: str) -> bool:
        """Does the form check anything when it is asked with this method?"""
        return self.methods is None or method in self.methods

    def counts(self, response: HttpResponse) -> bool:
        """Was a wrong guess made, or a mail sent? A redirect is how forms that check a secret succeed."""
        if self.wrong is always:
            return True
        if 300 <= response.status_code < 400:
            return False
        return self.wrong(getattr(response, "context_data", None) or {})


WHOLE_FORM = "__all__"
GUARDS: Mapping[str, Guard] = {
    "account_login": Guard(Kind.PASSWORD, typed("login"), error_in(WHOLE_FORM), keeps="login"),
    "account_reauthenticate": Guard(Kind.PASSWORD, logged_in, error_in("password")),
    "account_change_password": Guard(Kind.PASSWORD, logged_in, error_in("oldpassword")),
    "admin:password_change": Guard(Kind.PASSWORD, logged_in, error_in("old_password")),
    "mfa_authenticate": Guard(Kind.CODE, half_way_in, error_in("code")),
    "mfa_reauthenticate": Guard(Kind.CODE, logged_in, error_in("code")),
    "mfa_activate_totp": Guard(Kind.CODE, logged_in, error_in("code")),
    "account_reset_password": Guard(Kind.MAIL, typed("email"), always, keeps="email"),
    "account_reset_password_from_key": Guard(Kind.LINK, linked, failed_link, methods=None),
}
"""The limited forms, by the name of their address."""
