"""The people, authorities and certificates that benchmarks begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import Group
from django.test import Client

from certportal.accounts.models import Customer, Membership, User
from demo.certificates import csr
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.models import LocalAuthority
from revocation.models import Actor, Brand, Certificate
from revocation.pki.facts import Level
from revocation.services.inventory.certificates import IssuanceFacts, issue_certificate

SYSTEM = Actor.system("bench")
NOW = datetime.now(UTC).replace(microsecond=0)
BATCH = 2000
"""Rows written at once."""


def customer(slug: str) -> tuple[Customer, User]:
    """Return an organisation and one of its people."""
    owner, _ = Customer.objects.get_or_create(slug=slug, defaults={"name": slug})
    user, made = User.objects.get_or_create(email=f"{slug}@bench.example")
    if made:
        Membership.objects.create(user=user, customer=owner)
    return owner, user


def reviewer() -> Actor:
    user = User.objects.create_user("reviewer@bench.example", None, is_staff=True)
    user.groups.add(Group.objects.get(name="reviewers"))
    return Actor.person(user, "bench")


def client(user: User) -> Client:
    """Return the browser of a person who has signed in."""
    made = Client(headers={"host": "localhost"})
    made.force_login(user)
    return made


def authority(slug: str = "bench") -> LocalAuthority:
    found = LocalAuthority.objects.filter(slug=slug).first()
    return found or create_authority(slug, f"Bench CA {slug}", "ecdsa", at=NOW, not_before=NOW - timedelta(days=9))


def issued(owner: Customer, name: str) -> Certificate:
    """Let the embedded authority issue a certificate to the organisation."""
    order = IssuanceFacts(brand="wotrus", level=Level.DV)
    return issue_certificate(csr(name), authority=authority(), customer=owner, order=order, by=SYSTEM, at=NOW, days=90)


def fill(owner: Customer, number: int, first: int = 0) -> None:
    """Make the customer's list this long, expiring one after another, where it has `first` of them already."""
    brand = Brand.objects.get(slug="other")
    for start in range(first, number, BATCH):
        Certificate.objects.bulk_create(
            Certificate(
                customer=owner,
                brand=brand,
                common_name=f"n{n}.{owner.slug}.example",
                names=[f"n{n}.{owner.slug}.example"],
                search_text=f"n{n}.{owner.slug}.example",
                serial_number=f"{n:X}",
                fingerprint=f"{owner.pk:08X}{n:056X}",
                not_before=NOW - timedelta(days=1),
                not_after=NOW + timedelta(minutes=n + 1),
                standard="international",
                level="dv",
                level_source="order",
            )
            for n in range(start, min(start + BATCH, number))
        )
