"""Typed answers survive an expired sign-in: they wait in the session until the same page is opened again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]
KEPT = ("reason", "reason_text", "why_not", "situation")
LONGEST = 2000
"""Characters of one answer."""
_KEY = "typed_before_the_login"


def keeps_what_was_typed(view: View) -> View:
    """Require a sign-in as `login_required` does, but keep the answers of a form that came too late.

    Files and secrets are never kept.
    """
    behind_the_login = login_required(view)

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and not request.user.is_authenticated:
            keep_what_was_typed(request)
        return behind_the_login(request, *args, **kwargs)

    return wrapped


def keep_what_was_typed(request: HttpRequest) -> None:
    """Keep the answers in the session until the same page is opened again."""
    typed = {name: request.POST[name][:LONGEST] for name in KEPT if request.POST.get(name)}
    if typed:
        request.session[_KEY] = {"path": request.path, "typed": typed}


def typed_before_the_login(request: HttpRequest) -> dict[str, str]:
    """Return the kept answers for this page, once. Answers for another page are dropped."""
    kept = request.session.pop(_KEY, None) if _KEY in request.session else None
    return kept["typed"] if kept and kept["path"] == request.path else {}
