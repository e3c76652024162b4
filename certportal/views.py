"""Pages that belong to no app: the way in, the viewer's preferences and language."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language as set_language_cookie

from certportal.accounts.models import User
from revocation.web.forms.requests import OPTIONAL_MAILS, PreferencesForm


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect("certificates" if request.user.is_authenticated else "account_login")


@login_required
@require_safe
def signed_in(request: HttpRequest) -> HttpResponse:
    """End a sign-in in a second tab: the page tells the first one, which still has what was selected and typed."""
    return render(request, "signed_in.html")


@require_safe
def admin_login(request: HttpRequest) -> HttpResponse:
    """Redirect the admin's log-in to the portal's, with its rate limit and second factor.

    Somebody who is signed in already but not staff gets 403: the log-in would send them back for ever.
    """
    if request.user.is_authenticated and not admin.site.has_permission(request):
        raise PermissionDenied
    query = urlencode({"next": request.GET.get("next", "/admin/")})
    return redirect(f"{reverse('account_login')}?{query}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - login_required has checked it
    initial = {
        "language": user.language or translation.get_language(),
        "time_zone": user.time_zone or "UTC",
        "wanted": [name for name in OPTIONAL_MAILS if name not in user.muted_mails],
    }
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        user.language, user.time_zone = form.cleaned_data["language"], form.cleaned_data["time_zone"]
        user.muted_mails = [name for name in OPTIONAL_MAILS if name not in form.cleaned_data["wanted"]]
        user.save(update_fields=["language", "time_zone", "muted_mails"])
        with translation.override(user.language):
            messages.success(request, _("Preferences saved."))
        return redirect("preferences")
    return render(request, "preferences.html", {"form": form})


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Set the language: a cookie for this browser, and the account's own choice when somebody is logged in."""
    answer = set_language_cookie(request)
    chosen, user = request.POST.get("language", ""), request.user
    if isinstance(user, User) and chosen in dict(settings.LANGUAGES):
        user.language = chosen
        user.save(update_fields=["language"])
    return answer
