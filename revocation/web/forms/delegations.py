"""The form that delegates a domain (O1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Customer, User
from revocation.services.ownership.delegations import available_methods


class DelegationForm(forms.Form):
    """The domain, the method and, for a person of several organisations, the organisation.

    `only`: the person's single organisation, for which nothing is asked; else None.
    """

    customer = forms.ModelChoiceField(label=_("Organisation"), queryset=Customer.objects.none(), empty_label=None)
    domain = forms.CharField(
        label=_("Domain"), max_length=253, help_text=_("For example example.com or www.example.com, without “*.”."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": _("Enter a domain, for example example.com.")},
    )  # fmt: skip
    method = forms.ChoiceField(
        label=_("Delegation method"), widget=forms.RadioSelect,
        error_messages={"required": _("Select a delegation method.")},
    )  # fmt: skip

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data, label_suffix="")
        own = Customer.objects.filter(users=user).order_by("pk")
        found = list(own[:2])
        self.only = found[0] if len(found) == 1 else None
        self.fields["customer"].queryset = own  # type: ignore[attr-defined]
        if self.only:
            del self.fields["customer"]
        methods = available_methods()
        self.fields["method"].choices = [(m.value, m.label) for m in methods]  # type: ignore[attr-defined]
        self.fields["method"].initial = methods[0].value

    @property
    def chosen(self) -> Customer:
        """Return the organisation for which the domain is delegated. The form must be valid."""
        chosen: Customer = self.only or self.cleaned_data["customer"]
        return chosen
