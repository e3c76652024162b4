"""What customers fill in. What was typed stays when something is missing."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundWidget
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from revocation.policy import NEEDS, SITUATIONS, Route, Situation
from revocation.reasons import KEY_COMPROMISE, UNSPECIFIED, Reason

CHOOSE_REASON = _("Choose the reason that fits best.")
LONGEST_WORDS = 2000
"""Characters."""
SAY_WHY = _("Say in your own words why the certificate is to be revoked.")


def _choice(reason: Reason) -> tuple[int, str]:
    return reason.code, f"{gettext(reason.words)} ({reason.name})"


class ReasonForm(forms.Form):
    """F5: reason and own words, required where the route asks for them. `only_compromise`: what M7 leaves open."""

    reason = forms.TypedChoiceField(
        label=_("Reason"), coerce=int, widget=forms.RadioSelect, empty_value=None,
        error_messages={"required": CHOOSE_REASON, "invalid_choice": _("Choose a reason from the list.")},
    )  # fmt: skip
    reason_text = forms.CharField(
        label=_("In your own words"), max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": SAY_WHY},
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        offered: tuple[Reason, ...],
        route: Route,
        only_compromise: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.offered = [r for r in offered if r.code == KEY_COMPROMISE or not only_compromise]
        self.fields["reason"].choices = [_choice(r) for r in self.offered]  # type: ignore[attr-defined]
        required = NEEDS[route].reason
        self.fields["reason"].required = required or only_compromise
        self.fields["reason_text"].required = required
        if not required and not only_compromise:
            self.fields["reason"].initial = UNSPECIFIED

    def radios(self) -> list[tuple[BoundWidget, Reason]]:
        """Each choice with its row of the table, for drawing."""
        return list(zip(self["reason"], self.offered, strict=True))

    def typed(self) -> dict[str, Any]:
        """What can be kept of an incomplete answer: the draft loses no word because the reason is missing."""
        words = str(self.cleaned_data.get("reason_text") or self.data.get("reason_text") or "")
        return {"reason": self.cleaned_data.get("reason"), "reason_text": words.strip()[:LONGEST_WORDS]}


class AssistedForm(ReasonForm):
    """A1: the situation, as `policy.SITUATIONS` has them, and both answers."""

    situation = forms.ChoiceField(
        label=_("Your case"), widget=forms.RadioSelect,
        error_messages={"required": _("Choose the case that is yours.")},
    )  # fmt: skip
    why_not = forms.CharField(
        label=_("Why can you not do it yourself?"), max_length=900, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example: the domain has lapsed, or you lost control of it."),
        error_messages={"required": _("Say why you cannot revoke the certificate yourself.")},
    )  # fmt: skip
    reason_text = forms.CharField(
        label=_("In your own words"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": SAY_WHY},
    )  # fmt: skip

    field_order = ("situation", "why_not", "reason", "reason_text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["situation"].choices = [(s.slug, gettext(s.title)) for s in SITUATIONS]  # type: ignore[attr-defined]

    def situations(self) -> list[tuple[BoundWidget, Situation]]:
        """Each choice with its row of the table, for drawing."""
        return list(zip(self["situation"], SITUATIONS, strict=True))

    def words(self) -> str:
        """Both answers as the text that staff read."""
        return f"{self.cleaned_data['reason_text']}\n\n{self.cleaned_data['why_not']}"


OPTIONAL_MAILS = {
    "handed_back": _("A reviewer asks for a correction"),
    "rejected": _("A request was rejected"),
    "ownership_reminder": _("Time for the proof of ownership is running out"),
    "method_fell_back": _("Automatic validation cannot be used"),
    "failed": _("Ownership was not proven in time"),
}
"""What a person may do without, as `notifications.AUDIENCES` marks it. *Submitted* and *revoked* always come."""


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
    )
    """Each by its own name: whoever looks for it reads that."""

    time_zone = forms.ChoiceField(label=_("Time zone"))
    wanted = forms.MultipleChoiceField(
        label=_("Mails that you want"), choices=list(OPTIONAL_MAILS.items()), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("You are always told when a request is submitted and when a certificate is revoked."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(z, z) for z in zones]  # type: ignore[attr-defined]
