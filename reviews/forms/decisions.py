"""What a reviewer fills in to decide. Which form belongs to which verb: `decisions.DECISIONS`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviews.presenters import phrases
from reviews.presenters.subject import Subject
from revocation import joining
from revocation.checklists import Checked, checklist
from revocation.policy import Route

LONGEST = 2000
"""Characters of a reason."""
CUSTOMER_READS = _("The customer sees this text.")
FOR_STAFF = _("Kept in the record. The customer does not see it.")


def _words(**options: Any) -> forms.CharField:
    return forms.CharField(max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2}), **options)


class DecisionForm(forms.Form):
    """`seen` binds the answer to what the page showed: the certificates that are revoked, and the files."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, subject: Subject, verb: str = "") -> None:
        super().__init__(data, label_suffix="", auto_id=f"id_{verb}_%s" if verb else "id_%s")
        self.posted = data
        self.subject = subject
        self.verb = verb
        self.initial["seen"] = subject.digest

    def clean_seen(self) -> str:
        if self.cleaned_data["seen"] != self.subject.digest:
            self._show_what_is_seen_now()
            raise forms.ValidationError(
                gettext("The request changed while you were reading. Read the page again before you decide.")
            )
        return self.subject.digest

    def _show_what_is_seen_now(self) -> None:
        """Bind the next answer to the case as it is now, which the page that is drawn next shows."""
        if self.posted is not None:
            self.data = self.posted.copy()
            self.data["seen"] = self.subject.digest

    def more(self) -> dict[str, Any]:
        """Return what the service is given beside who, when and why."""
        return {}


class ApproveForm(DecisionForm):
    """The checklist of the route; and R2: the sentence to tick names the certificate, and how many are also revoked."""

    sure = forms.BooleanField(error_messages={"required": _("Tick the box to confirm what you are about to revoke.")})
    why = _words(required=False, label=_("Note (optional)"), help_text=_("Kept with the request."))

    def __init__(self, data: QueryDict | None, *, subject: Subject, verb: str = "") -> None:
        super().__init__(data, subject=subject, verb=verb)
        self.items = checklist(Route(subject.request.route), letter=subject.request.needs_letter)
        unticked = {"required": _("Check this item, then tick it.")}
        for item in self.items:
            label = (
                gettext(item.text) if item.required else gettext("%(item)s (optional)") % {"item": gettext(item.text)}
            )
            self.fields[f"check_{item.key}"] = forms.BooleanField(
                label=label, required=item.required, error_messages=unticked
            )
        self.order_fields([f"check_{item.key}" for item in self.items])
        self.fields["sure"].label = self.subject.promise

    def more(self) -> dict[str, Any]:
        ticked = frozenset(item.key for item in self.items if self.cleaned_data.get(f"check_{item.key}"))
        checked = Checked(ticked, {item.key: gettext(item.text) for item in self.items})
        return {"checked": checked, "shown": self.subject.shown.digest}


class ApproveOriginalForm(ApproveForm):
    """N2: the sentence to tick names the certificate to revoke and the reissues to keep. The reason is kept."""

    why = _words(
        required=True,
        label=_("Reason to keep the reissues"),
        help_text=_("Kept with the request."),
        error_messages={"required": _("Enter the reason to keep the reissues.")},
    )

    def __init__(self, data: QueryDict | None, *, subject: Subject, verb: str = "") -> None:
        super().__init__(data, subject=subject, verb=verb)
        self.fields["sure"].label = self.subject.promise_original


class WhyForm(DecisionForm):
    """R2: a reason in words: ready phrases, own ones, or both.

    `judges`: the decision rests on the files shown (threat 6).
    """

    why = _words(required=False)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        subject: Subject,
        verb: str = "",
        ask: Promise | str,
        help_text: Promise | str = CUSTOMER_READS,
        judges: bool = True,
    ) -> None:
        super().__init__(data, subject=subject, verb=verb)
        self.judges = judges
        self.phrases = phrases.offered(verb, subject.request)
        if self.phrases:
            theirs = phrases.language_of(subject.request)
            self.fields["phrases"] = forms.MultipleChoiceField(
                label=gettext("Standard phrases (customer's language)"),
                choices=[(key, _both(*texts, theirs)) for key, texts in self.phrases.items()],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
            self.order_fields(["phrases"])
        self.fields["why"].label = str(ask)
        self.fields["why"].help_text = str(help_text)

    def more(self) -> dict[str, Any]:
        return {"shown": self.subject.shown.digest} if self.judges else {}

    @property
    def phrase_rows(self) -> list[tuple[Any, str]]:
        """Each choice, and what the customer reads if it is ticked."""
        return [
            (choice, theirs) for choice, (theirs, _ours) in zip(self["phrases"], self.phrases.values(), strict=True)
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        said = [self.phrases[key][0] for key in given.get("phrases", ())]
        whole = "\n".join([*said, given.get("why", "")]).strip()
        if not whole and "why" not in self.errors:
            self.add_error("why", gettext("Enter a reason. The customer sees it."))
        return given | {"why": whole}


def _both(theirs: str, ours: str, language: str) -> str:
    """Return the customer's words, marked with their language, and the reviewer's where they differ."""
    if theirs == ours:
        return theirs
    return format_html('<span lang="{}">{}</span>{}', language, theirs, joining.bracketed(ours))
