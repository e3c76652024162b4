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


def own_certificate(request: HttpRequest, pk: int) -> Certificate:
    certificates = Certificate.objects.visible_to(viewer(request))
    found: Certificate = get_object_or_404(certificates.select_related("brand"), pk=pk)
    return found


def own_requests(request: HttpRequest) -> list[QuerySet[RevocationRequest]]:
    """A list for each organisation, along the index of its own requests: for several at once SQLite would sort all that
    they have."""
    customers = viewer(request).memberships.order_by("pk").values_list("customer_id", flat=True)
    return [_requests().filter(customer=customer) for customer in customers]


def own_request(request: HttpRequest, pk: int) -> RevocationRequest:
    return get_object_or_404(_requests().filter(customer__memberships__user=viewer(request)), pk=pk)


def _requests() -> QuerySet[RevocationRequest]:
    requests: QuerySet[RevocationRequest] = RevocationRequest.objects.filter(certificate__hidden_at__isnull=True)
    return requests.select_related("certificate__brand", "certificate__customer")
