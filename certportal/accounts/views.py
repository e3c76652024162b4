"""What certportal changes about allauth's views."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStageController
from allauth.account.views import PasswordChangeView as ShippedPasswordChangeView
from allauth.mfa.base.views import AuthenticateView as ShippedAuthenticateView
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp.views import ActivateTOTPView as ShippedActivateTOTPView
from django.contrib import messages
from django.db import IntegrityError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from certportal.accounts.adapter import LOGIN_HASH

View = Callable[..., HttpResponseBase]


def only_who_can_be_asked_again(view: View) -> View:
    """Admit only people whom allauth can ask again who they are.

    Of a person who has neither a password nor a second factor, allauth accepts the session alone. Such a person sets a
    password first, with a mailed link.
    """

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not get_reauthentication_flows(request.user):
            return _to_the_mailed_link(request)
        return view(request, *args, **kwargs)

    return asked


def _to_the_mailed_link(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("Your account has no password yet. Request an email link to set one."))
    return redirect("account_reset_password")


class PasswordChangeView(ShippedPasswordChangeView):  # type: ignore[misc]
    """Asks for the present password. Without one it is set with a mailed link, never by the session alone."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not request.user.has_usable_password():
            return _to_the_mailed_link(request)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class ActivateTOTPView(ShippedActivateTOTPView):  # type: ignore[misc]
    """Two windows may finish the set-up at the same instant: one does."""

    def form_valid(self, form: Form) -> HttpResponse:
        try:
            answer: HttpResponse = super().form_valid(form)
        except IntegrityError:
            return redirect("mfa_index")
        return answer


class AuthenticateView(ShippedAuthenticateView):  # type: ignore[misc]
    """The second step of a log-in. It begins anew if the password has changed or the account was closed meanwhile."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        stage = LoginStageController.enter(request, AuthenticateStage.key)
        if stage and not _first_step_is_still_good(request, stage.login.user):
            clear_login(request)
            return redirect("account_login")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


def _first_step_is_still_good(request: HttpRequest, user: Any) -> bool:
    """Return whether the typed password is still the account's, and the account may log in."""
    return user.is_active and constant_time_compare(request.session.get(LOGIN_HASH, ""), user.get_session_auth_hash())


password_change = PasswordChangeView.as_view()
activate_totp = ActivateTOTPView.as_view()
authenticate = AuthenticateView.as_view()
