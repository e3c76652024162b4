"""The receipt and its signature, for the customer; and the key that verifies it, for everybody."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from certportal.accounts.models import User
from revocation.models import Receipt, SigningKey
from revocation.services.authority.receipt_drawing import paper_of
from revocation.services.core import clock
from revocation.web.guards.access import viewer

FORMS: dict[str, tuple[str, Callable[[Receipt], bytes]]] = {
    "json": ("application/json", lambda receipt: bytes(receipt.json)),
    "json.sig": ("application/octet-stream", lambda receipt: bytes(receipt.json_signature)),
    "pdf": ("application/pdf", lambda receipt: paper_of(receipt, at=clock.now()).pdf),
    "pdf.sig": ("application/octet-stream", lambda receipt: paper_of(receipt, at=clock.now()).signature),
}


@login_required
@require_safe
def receipt(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """Download a receipt of the person's organisations, or any receipt for auditors (L3), also after deletion (L7)."""
    return served(get_object_or_404(_readable(viewer(request)), pk=pk), form)


def _readable(user: User) -> QuerySet[Receipt]:
    """Return the receipts that the person may read.

    The right to all must come from a group: superusers, who have every right, read receipts at the desk.
    """
    if user.is_staff and user.groups.filter(permissions__codename="view_receipt").exists():
        return Receipt.objects.all()
    customers = user.memberships.values_list("customer_id", flat=True)
    return Receipt.objects.filter(revocation__certificate__customer__in=list(customers))


def served(found: Receipt, form: str) -> HttpResponse:
    """Return the receipt as a download in one of its `FORMS`."""
    if form not in FORMS:
        raise Http404
    media_type, body = FORMS[form]
    headers = {
        "Content-Disposition": f'attachment; filename="receipt-{found.pk}.{form}"',
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return HttpResponse(body(found), content_type=media_type, headers=headers)


@require_safe
def signing_key(request: HttpRequest, key_id: str) -> HttpResponse:
    """Serve the public key that a receipt names, to everybody and for as long as the portal lives."""
    key = get_object_or_404(SigningKey, key_id=key_id)
    response = HttpResponse(key.public_pem, content_type="application/x-pem-file")
    response["Cache-Control"] = "public, max-age=86400"
    return response
