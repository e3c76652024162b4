"""allauth's forms for codes of the second factor, with codes that are accepted once (U3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm as ShippedAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ShippedReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.internal.flows.add import validate_can_add_authenticator
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as ShippedActivateTOTPForm
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from certportal.accounts.models import User
from certportal.accounts.one_time import Verdict, spend, spend_totp

TYPED = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


class CodeOnce:
    """The check of a code or recovery code, at the log-in and where a person must show again who they are."""

    user: User
    cleaned_data: dict[str, Any]
    authenticator: Authenticator
    _emit_authentication_failed: Callable[[Authenticator], None]

    def clean_code(self) -> str:
        forget_this_attempt = check_rate_limit(self.user)
        code: str = self.cleaned_data["code"]
        found = list(Authenticator.objects.filter(user=self.user, type__in=TYPED).order_by("-type"))  # totp first
        for authenticator in found:
            authenticator.user = self.user
            verdict = spend(authenticator, code)
            if verdict is Verdict.GOOD:
                self.authenticator = authenticator
                forget_this_attempt()
                return code
            if verdict is Verdict.USED:
                raise _refusal(verdict)
        if found:
            self._emit_authentication_failed(found[0])
        raise _refusal(Verdict.WRONG)

    def save(self) -> None:
        """Let allauth note that the factor was used.

        A factor that was replaced at this instant has no row to note it on. The code was good all the same, and a page
        that needs a fresh code asks again.
        """
        try:
            super().save()  # type: ignore[misc]
        except DatabaseError:
            if Authenticator.objects.filter(pk=self.authenticator.pk).exists():
                raise


def _refusal(verdict: Verdict) -> ValidationError:
    if verdict is Verdict.USED:
        return ValidationError(
            _("This code has already been used. Wait until your app shows the next code."), "used_code"
        )
    refused: ValidationError = get_adapter().validation_error("incorrect_code")
    return refused


class AuthenticateForm(CodeOnce, ShippedAuthenticateForm):  # type: ignore[misc]
    """The code at the log-in."""


class ReauthenticateForm(CodeOnce, ShippedReauthenticateForm):  # type: ignore[misc]
    """The code before a change of a credential."""


class ActivateTOTPForm(ShippedActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new secret. It is spent like every other: nobody logs in with it afterwards."""

    def clean_code(self) -> str:
        validate_can_add_authenticator(self.user)
        forget_this_attempt = check_rate_limit(self.user, error_key="rate_limited")
        code: str = self.cleaned_data["code"]
        verdict = spend_totp(self.user, self.secret, code)
        if verdict is not Verdict.GOOD:
            raise _refusal(verdict)
        forget_this_attempt()
        return code
