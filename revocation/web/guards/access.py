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
    """The certificate is the organisation's own, but was deleted from its list: it can only be viewed."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate
        super().__init__(certificate.pk)


def own_certificate(request: HttpRequest, pk: int) -> Certificate:
    """Return a certificate that the person may act on. Raises `DeletedFromTheList`, which is answered with 409."""
    found = kept_certificate(request, pk)
    if found.hidden_at:
        raise DeletedFromTheList(found)
    return found


def kept_certificate(request: HttpRequest, pk: int) -> Certificate:
    """Return a certificate of the person's, deleted or not: what is known of it stays its organisation's (L7)."""
    certificates = Certificate.objects.of(viewer(request))
    found: Certificate = get_object_or_404(certificates.select_related("brand", "hidden_by"), pk=pk)
    return found


def own_requests(request: HttpRequest) -> list[QuerySet[RevocationRequest]]:
    """Return the person's requests, one query for each organisation.

    Each query follows an index. One query for several organisations would make SQLite sort all their requests.
    """
    customers = viewer(request).memberships.order_by("pk").values_list("customer_id", flat=True)
    return [_requests().filter(customer=customer) for customer in customers]


def own_request(request: HttpRequest, pk: int) -> RevocationRequest:
    return get_object_or_404(_requests().filter(customer__memberships__user=viewer(request)), pk=pk)


def _requests() -> QuerySet[RevocationRequest]:
    """Return all requests, also those of deleted certificates (L7).

    Those have all ended: a certificate with an open request cannot be deleted.
    """
    requests: QuerySet[RevocationRequest] = RevocationRequest.objects.all()
    return requests.select_related("certificate__brand", "certificate__customer")
