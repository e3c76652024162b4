"""Orders whose end nobody can check: no CRL, no OCSP address, and an authority without an interface."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from certportal.accounts.models import Customer
from revocation.models import Actor, Certificate, RevocationOrder
from revocation.pki.facts import Level
from revocation.services.authority import dispatch, publication_check
from revocation.services.inventory import certificates
from revocation.services.review import decisions
from tests.people import DAY, LOOKED_AT, NOW, SYSTEM, submitted


def unseen_certificate(by: Actor, name: str = "quiet.aurora.example", *, crl: str = "") -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Console CA")])
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(NOW - 30 * DAY).not_valid_after(NOW + 200 * DAY)
    if crl:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    data = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    order = certificates.IssuanceFacts(brand="wotrus", level=Level.DV, authority="by-hand")
    owner = Customer.objects.get(users=by.user)
    made = certificates.import_bundle(data, customer=owner, order=order, by=SYSTEM, at=NOW)[0].certificate
    assert made
    return made


def ordered(by: Actor, approver: Actor, *, crl: str = "", at: datetime = NOW) -> RevocationOrder:
    """Return an approved order that waits for staff, after one pass of the worker."""
    case = submitted(unseen_certificate(by, crl=crl), by, at=at)
    decisions.approve(case.pk, by=approver, at=at, checked=LOOKED_AT)
    order = RevocationOrder.objects.get(request=case)
    dispatch.tell(order.pk, by=SYSTEM, at=at)
    return RevocationOrder.objects.get(pk=order.pk)


def work(order: RevocationOrder, at: datetime) -> RevocationOrder:
    """Do what the worker does with the order; return it, read again."""
    dispatch.tell(order.pk, by=SYSTEM, at=at)
    publication_check.look([order.pk], by=SYSTEM, at=at + timedelta(seconds=1))
    return RevocationOrder.objects.select_related("certificate", "request").get(pk=order.pk)
