"""One search for all lists of the desk: whatever `pki.search` reads in what was typed is looked for along an index.

Each list asks for the rows whose key is among the found ones, in one query. Nothing searches inside texts, which would
read whole tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy

from certportal.accounts.models import Customer, User
from revocation.models import (
    Certificate,
    CertificateName,
    Event,
    Evidence,
    EvidencePicture,
    Letter,
    LetterPicture,
    RevocationOrder,
    RevocationRequest,
)
from revocation.pki.search import Typed, read

HELP = gettext_lazy("Name or start of a name, serial number, fingerprint, request number, organisation or file digest.")
M = TypeVar("M", bound=Model)
Keys = QuerySet[Any, Any]


def certificates(rows: QuerySet[Certificate], term: str) -> QuerySet[Certificate]:
    """The certificates that the term may mean; all of them for an empty term."""
    typed = read(term)
    return _among(rows, typed, _certificates(typed), _of_people(typed), _certificates_of_requests(typed))


def requests(rows: QuerySet[RevocationRequest], term: str) -> QuerySet[RevocationRequest]:
    """The requests that the term may mean: their own numbers, files and people, and those of their certificates."""
    typed = read(term)
    of_certificates = (_requests(certificate__in=keys) for keys in (*_certificates(typed), *_of_people(typed)))
    return _among(rows, typed, of_certificates, _of_requests(typed))


def orders(rows: QuerySet[RevocationOrder], term: str) -> QuerySet[RevocationOrder]:
    """The orders of the certificates and requests that the term may mean."""
    typed = read(term)
    of_certificates = (_orders(certificate__in=keys) for keys in (*_certificates(typed), *_of_people(typed)))
    return _among(rows, typed, of_certificates, (_orders(request__in=keys) for keys in _of_requests(typed)))


def events(rows: QuerySet[Event], term: str) -> QuerySet[Event]:
    """The events about the certificates and requests that the term may mean. Not those of a whole organisation."""
    typed = read(term)
    of_certificates = (_events(certificate_id__in=keys) for keys in _certificates(typed))
    return _among(rows, typed, of_certificates, (_events(request_id__in=keys) for keys in _of_requests(typed)))


def _among(rows: QuerySet[M], typed: Typed, *found: Iterator[Keys]) -> QuerySet[M]:
    if not typed.text:
        return rows
    first, *others = [keys.order_by() for group in found for keys in group]
    return rows.filter(pk__in=first.union(*others) if others else first)


def _requests(**narrowed: Any) -> Keys:
    found: Keys = RevocationRequest.objects.filter(**narrowed).values("pk")
    return found


def _orders(**narrowed: Any) -> Keys:
    found: Keys = RevocationOrder.objects.filter(**narrowed).values("pk")
    return found


def _events(**narrowed: Any) -> Keys:
    return Event.objects.filter(**narrowed).values("pk")


def _certificates(typed: Typed) -> Iterator[Keys]:
    """Find certificates by what is in them: fingerprint, serial number, names."""
    rows = Certificate.objects.values("pk")
    if typed.digest:
        yield rows.filter(fingerprint=typed.digest.upper())
    if typed.serial_numbers:
        yield rows.filter(serial_number__in=typed.serial_numbers)
    for name in typed.names:
        yield CertificateName.objects.filter(name__startswith=name).values("certificate")
    yield rows.filter(common_name__istartswith=typed.text)


def _of_people(typed: Typed) -> Iterator[Keys]:
    """Find certificates by the organisation in them, and by the customer."""
    rows = Certificate.objects.values("pk")
    yield rows.filter(organization__istartswith=typed.text)
    customers = Customer.objects.filter(Q(name__istartswith=typed.text) | Q(slug=typed.text.lower()))
    yield rows.filter(customer__in=customers.values("pk"))


def _certificates_of_requests(typed: Typed) -> Iterator[Keys]:
    """Find certificates by their requests. A bare number names no request here, but begins something else."""
    for keys in _of_requests(replace(typed, request=None) if typed.bare else typed):
        yield RevocationRequest.objects.filter(pk__in=keys).values("certificate")


def _of_requests(typed: Typed) -> Iterator[Keys]:
    """Find requests by number, by the digest of a file sent with them, by the address of who began or submitted."""
    if typed.request is not None:
        yield _requests(pk=typed.request)
    if typed.filing is not None:
        yield _requests(filed_with=typed.filing)
    if typed.digest:
        yield Letter.objects.filter(sha256=typed.digest).values("request")
        yield LetterPicture.objects.filter(sha256=typed.digest).values("letter__request")
        yield Evidence.objects.filter(sha256=typed.digest).values("request")
        yield EvidencePicture.objects.filter(sha256=typed.digest).values("evidence__request")
    if "@" in typed.text:
        people = User.objects.filter(email__in=(typed.text, typed.text.lower())).values("pk")
        yield _requests(filed_by__in=people)
        yield _requests(submitted_by__in=people)
