"""Steps that many tests share. States are reached by calling the services, never by hand."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.db.models import Model
from PIL import Image, ImageDraw

from certportal.accounts.models import Customer
from demo.requests import LOOKED_AT as LOOKED_AT
from revocation.models import Actor, Certificate, Delegation, DeploymentTarget, RevocationRequest
from revocation.ownership.outcome import Outcome
from revocation.pki.facts import Level
from revocation.services.inventory import certificates, deployments
from revocation.services.letters import evidence
from revocation.services.ownership import delegations
from revocation.services.requests import filing
from revocation.services.review.reviewed_files import ReviewedFiles

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SYSTEM = Actor.system("tests")
Row = TypeVar("Row", bound=Model)


def upload_foreign(by: Actor, *, left: timedelta = 200 * DAY) -> Certificate:
    """Upload a certificate of somebody else's CA, which the person's organisation only stores here."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "foreign.example.com")])
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Foreign CA")])
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(NOW - 300 * DAY).not_valid_after(NOW + left)
    data = dated.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    order = certificates.IssuanceFacts(level=Level.DV, uploaded=True)
    owner = Customer.objects.get(users=by.user)
    imported = certificates.import_bundle(data, customer=owner, order=order, by=by, at=NOW)[0]
    assert imported.certificate
    return imported.certificate


def picture(kind: str, colour: str = "red") -> bytes:
    """Draw a page with writing and a stamp, as PNG, JPEG or GIF."""
    page = Image.new("RGB", (620, 877), "white")
    pen = ImageDraw.Draw(page)
    for line in range(30):
        pen.text((60, 60 + 20 * line), "We ask you to revoke the certificate below. " * 2, fill="black")
    pen.ellipse((380, 680, 540, 840), outline=colour, width=6)
    file = io.BytesIO()
    page.save(file, kind)
    return file.getvalue()


def draft(
    subject: Certificate,
    by: Actor,
    *,
    at: datetime = NOW,
    reason: int | None = 4,
    words: str = "We have a new one.",
    assisted: bool = False,
) -> RevocationRequest:
    situation = "lapsed" if assisted else ""
    answers: dict[str, Any] = {"reason": reason, "reason_text": words, "assisted": assisted, "situation": situation}
    return filing.begin(subject.pk, by=by, at=at, **answers)


def submitted(subject: Certificate, by: Actor, *, at: datetime = NOW, **more: Any) -> RevocationRequest:
    case = draft(subject, by, at=at, **more)
    if case.needs.evidence:
        evidence.add(case.pk, by=by, at=at, data=picture("PNG"), file_name="notice.png")
    return filing.submit(case.pk, by=by, at=at)


def deploy(subject: Certificate, by: Actor) -> int:
    """Ask for a deployment at a new target of the certificate's customer; return the deployment's number."""
    target = DeploymentTarget.objects.create(customer=subject.customer, name="load balancer", folder="lb")
    return deployments.deploy(subject.pk, target.pk, by=by, at=NOW).pk


def delegate(by: Actor, *domains: str, method: str = "dns_proxy", at: datetime = NOW) -> list[Delegation]:
    """Add delegations of the person's organisation, and record that a check at that instant found them right."""
    owner = Customer.objects.get(users=by.user)
    made = [delegations.add(owner.pk, domain, method, by=by, at=at) for domain in domains]
    for one in made:
        delegations.saw(one.pk, Outcome(True, "delegation_seen", "", one.domain), by=SYSTEM, at=at)
    return made


def seen(case: RevocationRequest) -> str:
    """Return the digest of the files that a reviewer sees who opens the case now."""
    return ReviewedFiles.of(case).digest


def fresh(row: Row) -> Row:
    """Return the same row, read again."""
    model: Any = type(row)
    return model.objects.get(pk=row.pk)
