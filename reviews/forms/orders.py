"""What staff fill in about an order that they carried out in an authority's own console."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from revocation.models import RevocationOrder
from revocation.reasons import REASONS
from revocation.services.authority.by_hand import Stated, can_be_seen, state_seen

STATED = ("revoked_at", "reason")
FINAL_REASONS = [(reason.code, reason.name) for reason in REASONS if reason.code in (0, 1, 3, 4, 5, 9)]
"""The reasons with which an authority revokes a subscriber's certificate for good (RFC 5280 section 5.3.1)."""


class ByHandForm(forms.Form):
    """What staff did in the authority's console. The portal still waits to see it published (M5).

    Where nothing is published, the form also asks what the authority states. `seen` binds the answer to what the page
    showed.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    revoked_at = forms.DateTimeField(
        label=_("Revoked at, according to the CA"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.TypedChoiceField(
        label=_("Reason, according to the CA"),
        choices=FINAL_REASONS,
        coerce=int,
        help_text=_("Select “unspecified” if the CA states no reason."),
    )
    note = forms.CharField(
        max_length=2000,
        label=_("Note"),
        help_text=_("For example the ticket number or the reference in the console."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sure = forms.BooleanField(
        label=_("I revoked exactly this certificate in the CA's console."),
        error_messages={"required": _("Revoke the certificate there, then tick the box.")},
    )

    def __init__(self, data: QueryDict | None, *, order: RevocationOrder, at: datetime) -> None:
        super().__init__(data, label_suffix="")
        self.order, self.at = order, at
        self.unseen = not can_be_seen(order)
        self.initial["seen"] = state_seen(order)
        if self.unseen:
            zone = timezone.get_current_timezone_name()
            self.fields["revoked_at"].help_text = gettext("Enter the date and time in your time zone (%(zone)s).") % {
                "zone": zone
            }
        else:
            for name in STATED:
                del self.fields[name]

    @property
    def seen_on_page(self) -> str:
        """What the answered page showed, or the present state where nothing is answered yet."""
        return str(self.data.get("seen") or self.initial["seen"]) if self.is_bound else str(self.initial["seen"])

    @property
    def said(self) -> str:
        """The message once it is recorded."""
        if self.unseen:
            return gettext("Recorded. Another member of staff must now confirm it.")
        return gettext("Recorded. The certificate becomes “revoked” when the CA publishes or confirms the revocation.")

    def clean_revoked_at(self) -> datetime:
        moment: datetime = self.cleaned_data["revoked_at"]
        if not self.order.certificate.not_before <= moment <= self.at:
            facts = {"from": timezone.localtime(self.order.certificate.not_before).strftime("%Y-%m-%d %H:%M")}
            sentence = gettext("Enter a time between the start of the certificate (%(from)s) and now.")
            raise forms.ValidationError(sentence % facts)
        return moment

    def stated(self) -> Stated | None:
        given: dict[str, Any] = self.cleaned_data
        return Stated(given["revoked_at"], given["reason"]) if self.unseen else None


class ConfirmForm(forms.Form):
    """The second person's answer, bound to the record that they read."""

    seen = forms.CharField(widget=forms.HiddenInput)
    sure = forms.BooleanField(
        label=_("I checked the CA's statement, and it says the same."),
        error_messages={"required": _("Check the CA's statement, then tick the box.")},
    )

    def __init__(self, data: QueryDict | None, *, order: RevocationOrder) -> None:
        super().__init__(data, label_suffix="")
        self.initial["seen"] = state_seen(order)
