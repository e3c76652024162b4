"""Links from numbers in events, which have no foreign keys, to the pages of what they speak of."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def certificate_link(pk: int) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:revocation_certificate_change", args=[pk]), pk)


def request_link(pk: int) -> SafeString:
    url = reverse("admin:revocation_revocationrequest_change", args=[pk])
    return format_html('<a href="{}">{}</a>', url, f"R-{pk:06d}")
