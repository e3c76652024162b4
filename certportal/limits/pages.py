"""The page of a refused attempt: what was counted, when to go on, and another way in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from certportal.limits import messages
from certportal.limits.guards import Guard
from certportal.limits.rates import Kind

HAPPENED: Mapping[Kind, Any] = {
    Kind.PASSWORD: _("Too many wrong passwords were entered."),
    Kind.CODE: _("Too many wrong codes were entered."),
    Kind.MAIL: _("Too many password reset links were requested. The links already sent still work."),
    Kind.LINK: _("Too many invalid links were opened."),
}
FORMS: Mapping[str, tuple[str, type[BaseForm]]] = {
    "login": ("limits/login.html", LoginForm),
    "email": ("limits/password_reset.html", ResetPasswordForm),
}
"""The page that is shown again, by the field whose text it keeps."""

AT_THE_DOOR = _("Too many failed sign-in attempts.")


def refusal(request: HttpRequest, guard: Guard, seconds: int, *, elsewhere: bool) -> HttpResponse:
    """Answer 429 with `Retry-After`. `elsewhere`: it was others who tried, from many places."""
    refused = {
        "happened": AT_THE_DOOR if guard.keeps == "login" else HAPPENED[guard.kind],
        "minutes": math.ceil(seconds / 60),
        "elsewhere": elsewhere and guard.kind is not Kind.MAIL,
    }
    template, context = "limits/too_many.html", dict[str, Any](refused=refused)
    if guard.keeps:
        template, form = FORMS[guard.keeps]
        context["form"] = form(initial={guard.keeps: request.POST.get(guard.keeps, "")})
    page = render(request, template, context, status=messages.TOO_MANY)
    page.headers["Cache-Control"] = "private, no-store"
    return messages.answer(request, "too_many_attempts", seconds, page)
