"""What django-ca does, timed in its own process."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from cryptography import x509
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.urls import reverse
from django_ca.models import Certificate, CertificateAuthority

from bench.peers.answering import spent
from bench.peers.wsgi import ask

HEADERS = {"CONTENT_TYPE": "application/ocsp-request"}


def begin() -> None:
    """Migrate, and make an authority; its OCSP key is made with it."""
    call_command("migrate", verbosity=0)
    call_command("init_ca", "Bench", "CN=bench.example", "--key-type=EC", verbosity=0)


def certificate() -> str:
    """Return the authority's certificate (base64 DER)."""
    return base64.b64encode(authority().pub.der).decode()


def authority() -> Any:
    return CertificateAuthority.objects.get()


def take_in(ders: list[str]) -> float:
    """Import certificates as its command does, in one transaction; return seconds of processor time."""
    ca = authority()
    files = [base64.b64decode(der) for der in ders]

    def act() -> None:
        with transaction.atomic():
            for der in files:
                certificate = Certificate(ca=ca)
                certificate.update_certificate(x509.load_der_x509_certificate(der))
                certificate.save()

    return spent(act)


def revoke(number: int) -> float:
    """Revoke so many certificates, each by itself, and make the CRLs; return seconds of processor time."""
    waiting = list(Certificate.objects.filter(revoked=False, ocsp_response=None).order_by("pk")[:number])
    if len(waiting) != number:
        raise RuntimeError(f"{len(waiting)} certificates are left")

    def act() -> None:
        with transaction.atomic():
            for certificate in waiting:
                certificate.revoke()
        publish()

    return spent(act)


def publish() -> None:
    """Make the CRLs of the authority anew, as its task does. (Version 3.2.0 breaks its command without Celery.)"""
    ca = authority()
    context = {"ca": ca, "backend": ca.key_backend}
    ca.generate_crls(ca.key_backend.use_model.model_validate({}, context=context, strict=True), force=True)


def crl() -> float:
    """Make the CRLs anew; return seconds of processor time."""
    return spent(publish)


def stock() -> None:
    """Sign and store the answer of every certificate, where the settings say so."""
    call_command("generate_ocsp_responses", verbosity=0)


def ocsp(requests: list[str], number: int) -> float:
    """POST the requests (base64 DER) in turn, so many; return seconds of processor time."""
    bodies = [base64.b64decode(request) for request in requests]
    address = reverse("django_ca:ocsp-cert-post", kwargs={"serial": authority().serial})

    def act() -> None:
        for turn in range(number):
            body = ask(application(), address, bodies[turn % len(bodies)], headers=HEADERS).body
            if len(body) < 100:
                raise RuntimeError(f"{len(body)} bytes")

    return spent(act)


@cache
def application() -> Any:
    return get_wsgi_application()


TASKS = {task.__name__: task for task in (begin, certificate, take_in, revoke, crl, stock, ocsp)}
