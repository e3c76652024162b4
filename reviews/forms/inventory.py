"""What staff enter with a certificate: the bytes, and the facts of the purchase, which the bytes do not tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Customer
from revocation.authorities import registry
from revocation.authorities.local.models import LocalAuthority
from revocation.models import Brand, ValidationMethod
from revocation.models.certificate.certificate import LEVELS
from revocation.pki.facts import Level
from revocation.services.inventory.certificates import IssuanceFacts

PRIVATE_KEY = "PRIVATE KEY-----"


class NeverEchoed(forms.Textarea):
    """A field that does not show again what was pasted: it may hold a private key by mistake (threat 40)."""

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false"})

    def format_value(self, value: Any) -> str:
        return ""


class OrderForm(forms.Form):
    """The facts of the purchase (`IssuanceFacts`)."""

    customer = forms.ModelChoiceField(
        Customer.objects.all(),
        to_field_name="slug",
        label=_("Customer"),
        help_text=_("The customer's short name."),
        widget=forms.TextInput(attrs={"list": "customers", "autocomplete": "off"}),
        error_messages={"invalid_choice": _("There is no customer with this short name.")},
    )
    brand = forms.ModelChoiceField(Brand.objects.all(), label=_("Brand"))
    level = forms.ChoiceField(
        label=_("Validation level"), required=False, choices=[("", _("from the certificate")), *LEVELS]
    )
    term_years = forms.IntegerField(label=_("Years purchased"), min_value=1, max_value=10, initial=1)
    validation_method = forms.ChoiceField(label=_("Validation method"), choices=ValidationMethod.choices)
    to_be_renewed = forms.BooleanField(label=_("Renewal planned"), required=False)
    reissued_from = forms.CharField(
        label=_("Reissued from"),
        required=False,
        max_length=95,
        help_text=_("SHA-256 fingerprint of the original certificate."),
    )

    def __init__(self, data: QueryDict | None, files: MultiValueDict[str, UploadedFile[bytes]] | None = None) -> None:
        super().__init__(data, files, label_suffix="")

    def order(self) -> IssuanceFacts:
        given = self.cleaned_data
        return IssuanceFacts(
            brand=given["brand"].pk,
            level=Level(given["level"]) if given["level"] else None,
            term_years=given["term_years"],
            validation_method=given["validation_method"],
            to_be_renewed=given["to_be_renewed"],
            reissued_from=given["reissued_from"].replace(":", "").replace(" ", ""),
        )


class ImportForm(OrderForm):
    file = forms.FileField(
        label=_("File"), required=False, help_text=_("PEM, DER or PKCS #7. All certificates in the file are imported.")
    )
    pem = forms.CharField(label=_("Pasted text"), required=False, widget=NeverEchoed)
    uploaded = forms.BooleanField(label=_("Third-party certificate (stored here only)"), required=False)
    authority = forms.ChoiceField(label=_("Issuing CA"), required=False)
    field_order = ("customer", "file", "pem", "uploaded", "authority")

    def __init__(self, data: QueryDict | None, files: MultiValueDict[str, UploadedFile[bytes]] | None = None) -> None:
        super().__init__(data, files)
        authority = self.fields["authority"]
        assert isinstance(authority, forms.ChoiceField)  # noqa: S101 - declared above
        authority.choices = [("", gettext("from the certificate")), *registry.choices()]

    def order(self) -> IssuanceFacts:
        given = self.cleaned_data
        return replace(super().order(), uploaded=given["uploaded"], authority=given["authority"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        file, text = given.get("file"), given.get("pem", "")
        if bool(file) == bool(text):
            raise forms.ValidationError(gettext("Select a file or paste text, but not both."))
        if file and file.size > settings.LETTER_MAX_BYTES:
            limit = {"limit": settings.LETTER_MAX_BYTES}
            raise forms.ValidationError(gettext("The file is larger than %(limit)d bytes. Split it.") % limit)
        given["data"] = file.read() if file else text.encode()
        return given


class IssueForm(OrderForm):
    authority = forms.ModelChoiceField(
        LocalAuthority.objects.order_by("name"), to_field_name="slug", label=_("Issuing CA")
    )
    level = forms.ChoiceField(label=_("Validation level"), choices=LEVELS)
    csr = forms.CharField(label=_("Signing request (PEM)"), widget=NeverEchoed)
    days = forms.IntegerField(label=_("Days of validity"), min_value=1, max_value=3650, initial=90)
    field_order = ("customer", "authority", "csr", "days")

    def clean_csr(self) -> bytes:
        text: str = self.cleaned_data["csr"]
        if PRIVATE_KEY in text:
            raise forms.ValidationError(
                gettext("This text contains a private key. It was not stored. Paste only the signing request.")
            )
        return text.encode()

    def order(self) -> IssuanceFacts:
        return replace(super().order(), authority=self.cleaned_data["authority"].slug)
