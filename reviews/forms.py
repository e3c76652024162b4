"""What a reviewer fills in to decide. Which form belongs to which verb: `decisions.DECISIONS`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviews.subject import Subject

LONGEST = 2000
"""Characters of a reason."""


def _words(**options: Any) -> forms.CharField:
    return forms.CharField(max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5}), **options)


class DecisionForm(forms.Form):
    """`seen` binds the answer to what stood on the page: what dies, and which letter was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, subject: Subject) -> None:
        super().__init__(data, label_suffix="")
        self.posted = data
        self.subject = subject
        self.initial["seen"] = subject.digest

    def clean_seen(self) -> str:
        if self.cleaned_data["seen"] != self.subject.digest:
            self._show_what_is_seen_now()
            raise forms.ValidationError(
                gettext("The case changed while you were reading. Read the page again before you decide.")
            )
        return self.subject.digest

    def _show_what_is_seen_now(self) -> None:
        """The page that is drawn next shows the case as it is now, so its answer is bound to that."""
        if self.posted is not None:
            self.data = self.posted.copy()
            self.data["seen"] = self.subject.digest


class ApproveForm(DecisionForm):
    """R2: the ticked sentence names the certificate and all that dies with it."""

    sure = forms.BooleanField(error_messages={"required": _("Tick the box: it names what you are about to revoke.")})
    why = _words(required=False, label=_("Note (optional)"), help_text=_("Kept with the request."))

    def __init__(self, data: QueryDict | None, *, subject: Subject) -> None:
        super().__init__(data, subject=subject)
        self.fields["sure"].label = self.subject.promise


class WhyForm(DecisionForm):
    """R2: a reason that the customer reads."""

    why = _words(
        help_text=_("The customer reads this, word for word."),
        error_messages={"required": _("Say why: the customer reads it.")},
    )

    def __init__(self, data: QueryDict | None, *, subject: Subject, ask: Promise | str) -> None:
        super().__init__(data, subject=subject)
        self.fields["why"].label = str(ask)
