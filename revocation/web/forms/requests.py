"""The forms of a revocation request and of preferences. What was typed stays when something is missing."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundWidget
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from revocation import joining
from revocation.policy import NEEDS, SITUATIONS, Route, Situation
from revocation.reasons import KEY_COMPROMISE, UNSPECIFIED, Reason
from revocation.services.core.words import LONGEST_WORDS
from revocation.web.forms.fields import WordsField

CHOOSE_REASON = _("Select the reason that fits best.")
SAY_WHY = _("Explain why you want to revoke the certificate.")


def _choice(reason: Reason) -> tuple[int, str]:
    return reason.code, gettext(reason.words) + joining.bracketed(reason.name)


class ReasonForm(forms.Form):
    """F5: the reason and an explanation, required where the route asks for them.

    `only_compromise`: offer key compromise alone, the only reason that M7 allows for a deployed certificate.
    """

    reason = forms.TypedChoiceField(
        label=_("Reason"), coerce=int, widget=forms.RadioSelect, empty_value=None,
        error_messages={"required": CHOOSE_REASON, "invalid_choice": _("Select a reason from the list.")},
    )  # fmt: skip
    reason_text = WordsField(
        label=_("Explanation"), max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": 4}),
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

    def typed(self, kept: str = "") -> dict[str, Any]:
        """Return what the draft keeps of an incomplete answer, so that a missing reason loses no words.

        Words that the form refuses are not kept: those that were `kept` before remain.
        """
        words = kept if self._refused("reason_text") else self.cleaned_data.get("reason_text", "")
        return {"reason": self.cleaned_data.get("reason"), "reason_text": words}

    @property
    def is_only_incomplete(self) -> bool:
        """Whether nothing that was typed is wrong. Something may be missing."""
        return not any(map(self._refused, self.fields))

    def _refused(self, field: str) -> bool:
        return any(error.code != "required" for error in self.errors.as_data().get(field, ()))


class AssistedForm(ReasonForm):
    """A1: the situation (one of `policy.SITUATIONS`), why the customer needs assistance, and the reason."""

    situation = forms.ChoiceField(
        label=_("Your case"), widget=forms.RadioSelect,
        error_messages={"required": _("Select your case.")},
    )  # fmt: skip
    why_not = WordsField(
        label=_("Why you need assistance"), max_length=900, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example, the domain has lapsed or you lost control of it."),
        error_messages={"required": _("Explain why you cannot revoke the certificate yourself.")},
    )  # fmt: skip
    reason_text = WordsField(
        label=_("Explanation"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
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
        """Return both explanations as the one text that staff read."""
        return f"{self.cleaned_data['reason_text']}\n\n{self.cleaned_data['why_not']}"


OPTIONAL_MAILS = {
    "handed_back": _("A reviewer asks for a correction"),
    "rejected": _("A reviewer rejects a request"),
    "ownership_reminder": _("The deadline for the proof of ownership is near"),
    "method_fell_back": _("Automatic validation fails"),
    "failed": _("Ownership was not proven in time"),
}
"""Mails that a person may switch off, as `notifications.AUDIENCES` marks them. *Submitted* and *revoked* always
come."""


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
    )
    """Each language has its own name, which its readers recognise."""

    time_zone = forms.ChoiceField(label=_("Time zone"))
    wanted = forms.MultipleChoiceField(
        label=_("Email notifications"), choices=list(OPTIONAL_MAILS.items()), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("We always email you when a request is submitted and when a certificate is revoked."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(z, z) for z in zones]  # type: ignore[attr-defined]
