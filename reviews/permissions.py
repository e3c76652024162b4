"""Which Django permissions open which desk, and the decorator that asks for one of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from revocation.models.request.permissions import DECIDE
from revocation.services.authority.by_hand import RETRY_PERMISSION, WHO_MAY
from revocation.services.inventory.certificates import IMPORT_PERMISSION
from revocation.services.inventory.deletion import PURGE_PERMISSION

SEE_REQUESTS = ("revocation.view_revocationrequest", DECIDE)
DECIDES = (DECIDE,)
SEE_RECEIPTS = ("revocation.view_receipt", *SEE_REQUESTS)
SEE_ORDERS = ("revocation.view_revocationorder", RETRY_PERMISSION, IMPORT_PERMISSION)
SEE_DISCREPANCIES = ("revocation.view_revocationorder", RETRY_PERMISSION)
SEE_CERTIFICATES = ("revocation.view_certificate", IMPORT_PERMISSION, PURGE_PERMISSION)
SEE_EVENTS = ("revocation.view_event",)
SEE_MAILS = ("revocation.view_mail",)
IMPORT = (IMPORT_PERMISSION,)
PURGE = (PURGE_PERMISSION,)
RETRY = WHO_MAY["retry"]
RECORD = WHO_MAY["record_by_hand"]
CONFIRM = WHO_MAY["confirm_by_hand"]

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def holds_any(request: HttpRequest, permissions: tuple[str, ...]) -> bool:
    """Has the logged-in person one of the permissions? Superusers have all."""
    return any(request.user.has_perm(permission) for permission in permissions)


def needs_any(permissions: tuple[str, ...]) -> Callable[[View[P]], View[P]]:
    """Open a view to holders of one of the permissions. Others get 403. `admin_view` sees to the log-in."""

    def decorate(view: View[P]) -> View[P]:
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not holds_any(request, permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return wraps(view)(guarded)

    return decorate
