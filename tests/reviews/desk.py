"""People and cases for the tests of the desk. States are reached by the services only."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from django.contrib.auth.models import Permission
from django.utils import timezone
from PIL import Image, ImageDraw

from certportal.accounts.models import Customer, Membership, User
from revocation.models import Actor, Brand, Certificate, CertificateBytes, RevocationRequest
from revocation.services.letters import evidence, upload
from revocation.services.requests import filing
from revocation.services.review import decisions

NUMBERS = count(1)
PASSWORD = "correct horse battery"


def person(name: str, *permissions: str, customer: Customer | None = None, **more: Any) -> User:
    user = User.objects.create_user(f"{name}@example.com", PASSWORD, first_name=name.title(), **more)
    if customer:
        Membership.objects.create(user=user, customer=customer)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def actor(user: User) -> Actor:
    return Actor.person(User.objects.get(pk=user.pk), source="192.0.2.1")


def customer(slug: str = "acme") -> Customer:
    return Customer.objects.get_or_create(slug=slug, defaults={"name": f"{slug.title()} Ltd"})[0]


def certificate(name: str = "www.example.com", brand: str = "wotrus", level: str = "ov", **more: Any) -> Certificate:
    number = next(NUMBERS)
    der = f"certificate {number}".encode()
    now = timezone.now()
    facts = {
        "customer": more.pop("customer", None) or customer(),
        "serial_number": f"{0xABCDEF00000000 + number:X}",
        "fingerprint": hashlib.sha256(der).hexdigest().upper(),
        "common_name": name,
        "names": [name, "example.com"],
        "organization": "Acme Ltd",
        "subject": f"CN={name}, O=Acme Ltd",
        "issuer": "CN=Example CA",
        "issuer_name": "Example CA",
        "not_before": datetime(2026, 1, 1, tzinfo=UTC),
        "not_after": now + timedelta(days=200),
        "key_algorithm": "ECDSA P-256",
        "key_digest": "00" * 32,
        "standard": "international",
        "level": level,
        "level_source": "order",
        "search_text": name,
        "authority": "by-hand",
        "brand": Brand.objects.get_or_create(slug=brand, defaults={"name": brand.title()})[0],
    }
    row = Certificate.objects.create(**facts | more)
    CertificateBytes.objects.create(certificate=row, der=der)
    return row


def in_review(
    user: User,
    subject: Certificate | None = None,
    *,
    at: datetime | None = None,
    reason: int = 4,
    words: str = "We have a new one.",
    assisted: bool = False,
) -> RevocationRequest:
    """File a request that waits in the queue (route F1, or A1 when assisted)."""
    now = at or timezone.now()
    subject = subject or certificate()
    request = filing.begin(subject.pk, by=actor(user), at=now, reason=reason, reason_text=words, assisted=assisted)
    if assisted:
        evidence.add(request.pk, by=actor(user), at=now, data=letter(), file_name="notice.png")
    return filing.submit(request.pk, by=actor(user), at=now)


def with_letter(user: User, subject: Certificate | None = None, data: bytes | None = None) -> RevocationRequest:
    """File a request on route F4 with its letter; it waits in the queue."""
    now = timezone.now()
    subject = subject or certificate(brand="digicert")
    request = filing.begin(subject.pk, by=actor(user), at=now, reason=4, reason_text="Replaced.")
    upload.upload(request.pk, by=actor(user), at=now, data=data or letter(), file_name='our "letter".png')
    return filing.submit(request.pk, by=actor(user), at=now)


def deciding_reject(request: RevocationRequest, user: User) -> RevocationRequest:
    return decisions.reject(request.pk, by=actor(user), at=timezone.now(), why="No.")


@cache
def letter() -> bytes:
    """Draw a PNG that looks like a stamped page."""
    page = Image.new("RGB", (620, 877), "white")
    pen = ImageDraw.Draw(page)
    for line in range(30):
        pen.text((60, 60 + 20 * line), "We ask you to revoke the certificate below. " * 2, fill="black")
    pen.ellipse((380, 680, 540, 840), outline="red", width=6)
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()


def fresh(request: RevocationRequest) -> RevocationRequest:
    return RevocationRequest.objects.get(pk=request.pk)
