"""L3: who is asking, and which certificates and requests exist for them. Anything else is 404."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from certportal.accounts.models import Customer, User
from certportal.peer import client_address
from revocation.models import Actor, Certificate, RevocationRequest


def viewer(request: HttpRequest) -> User:
    """The logged-in user; the pages are behind `login_required`."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required has checked it
    return request.user


def actor(request: HttpRequest) -> Actor:
    return Actor.person(viewer(request), source=client_address(request))


def own_customers(request: HttpRequest) -> list[Customer]:
    """The organisations that the person acts for, by name."""
    return list(Customer.objects.filter(memberships__user=viewer(request)).order_by("name", "pk"))


class DeletedFromTheList(Exception):
    """The organisation's own, but deleted from its list: it can only be looked at."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate
        super().__init__(certificate.pk)


def own_certificate(request: HttpRequest, pk: int) -> Certificate:
    """One with which something may be done. Raises `DeletedFromTheList`, which is answered with 409."""
    found = kept_certificate(request, pk)
    if found.hidden_at:
        raise DeletedFromTheList(found)
    return found


def kept_certificate(request: HttpRequest, pk: int) -> Certificate:
    """Also one that was deleted: what is known of it stays its organisation's (L7)."""
    certificates = Certificate.objects.of(viewer(request))
    found: Certificate = get_object_or_404(certificates.select_related("brand", "hidden_by"), pk=pk)
    return found


def own_requests(request: HttpRequest) -> list[QuerySet[RevocationRequest]]:
    """A list for each organisation, along the index of its own requests: for several at once SQLite would sort all that
    they have."""
    customers = viewer(request).memberships.order_by("pk").values_list("customer_id", flat=True)
    return [_requests().filter(customer=customer) for customer in customers]


def own_request(request: HttpRequest, pk: int) -> RevocationRequest:
    return get_object_or_404(_requests().filter(customer__memberships__user=viewer(request)), pk=pk)


def _requests() -> QuerySet[RevocationRequest]:
    """L7: of certificates that were deleted too. All of these have ended: none can be deleted while one is open."""
    requests: QuerySet[RevocationRequest] = RevocationRequest.objects.all()
    return requests.select_related("certificate__brand", "certificate__customer")
