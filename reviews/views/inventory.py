"""The ways into the inventory: from a file, from pasted text, or issued by an embedded authority from a CSR."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from certportal.accounts.models import Customer
from reviews.actor import acting_user
from reviews.forms.inventory import ImportForm, IssueForm, OrderForm
from reviews.permissions import IMPORT, needs_any
from reviews.presenters.pages import page
from revocation.authorities.local.csr import CsrRefused
from revocation.models import Certificate
from revocation.pki.facts import UnreadableCertificate
from revocation.pki.openssl import OpensslFailed, OpensslMissing
from revocation.services.core import clock
from revocation.services.inventory import certificates

SUGGESTED = 200
"""Customers offered while typing; any other short name may be typed in full."""

RESULTS = {
    certificates.Result.ADDED: gettext_lazy("added to the inventory"),
    certificates.Result.KNOWN: gettext_lazy("already in the inventory, nothing changed"),
    certificates.Result.ISSUER: gettext_lazy("issuer certificate, kept for chains"),
    certificates.Result.REFUSED: gettext_lazy("not imported"),
}

IMPORT_REFUSALS = (UnreadableCertificate, certificates.ImportRefused)
ISSUE_REFUSALS = (CsrRefused, certificates.ImportRefused, OpensslMissing, OpensslFailed)


@sensitive_post_parameters("pem")
@require_http_methods(["GET", "HEAD", "POST"])
@needs_any(IMPORT)
def take_in(request: HttpRequest) -> HttpResponse:
    """Show the form and import. Afterwards show each certificate's own result."""
    posted = request.method == "POST"
    form = ImportForm(request.POST if posted else None, request.FILES if posted else None)
    if form.is_valid() and (results := _import(request, form)) is not None:
        refused = [result for result in results if result.refused]
        if refused:
            messages.warning(request, _several(len(refused)))
        rows = [
            {"of": result, "said": RESULTS[result.result], "why": str(result.refused) if result.refused else ""}
            for result in results
        ]
        return page(request, "imported.html", Certificate, _("Import results"), {"results": rows})
    return _form_page(request, form, _("Import certificates"), _("Import"))


def _several(count: int) -> str:
    """Return the warning that the import is not complete."""
    said = ngettext(
        "%(count)d certificate was not imported. See the reason below.",
        "%(count)d certificates were not imported. See the reasons below.",
        count,
    )
    return said % {"count": count}


def _import(request: HttpRequest, form: ImportForm) -> list[certificates.Imported] | None:
    given = form.cleaned_data
    by, now = acting_user(request), clock.now()
    try:
        return certificates.import_bundle(given["data"], customer=given["customer"], order=form.order(), by=by, at=now)
    except IMPORT_REFUSALS as refused:
        form.add_error(None, str(refused))
        return None


@sensitive_post_parameters("csr")
@require_http_methods(["GET", "HEAD", "POST"])
@needs_any(IMPORT)
def issue(request: HttpRequest) -> HttpResponse:
    form = IssueForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (certificate := _issue(request, form)):
        messages.success(request, _("You issued %(certificate)s.") % {"certificate": certificate})
        return redirect("admin:revocation_certificate_change", certificate.pk)
    return _form_page(request, form, _("Issue a certificate from a signing request"), _("Issue"))


def _issue(request: HttpRequest, form: IssueForm) -> Certificate | None:
    given = form.cleaned_data
    try:
        return certificates.issue_certificate(
            given["csr"],
            authority=given["authority"],
            customer=given["customer"],
            order=form.order(),
            by=acting_user(request),
            at=clock.now(),
            days=given["days"],
        )
    except ISSUE_REFUSALS as refused:
        form.add_error(None, str(refused))
        return None


def _form_page(request: HttpRequest, form: OrderForm, title: str, button: str) -> HttpResponse:
    context = {"form": form, "button": button, "customers": Customer.objects.all()[:SUGGESTED]}
    return page(request, "inventory_form.html", Certificate, title, context)
