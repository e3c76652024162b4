"""Decisions one after the other on the database of DATABASE_URL. Each request's number is printed once acknowledged."""

from __future__ import annotations

import os
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
django.setup()

from django.contrib.auth.models import Group  # noqa: E402 - after the set-up
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from certportal.accounts.models import Customer, Membership, User  # noqa: E402
from demo.certificates import csr  # noqa: E402
from revocation.authorities.local.creation import create_authority  # noqa: E402
from revocation.models import Actor  # noqa: E402
from revocation.pki.facts import Level  # noqa: E402
from revocation.services.inventory.certificates import IssuanceFacts, issue_certificate  # noqa: E402
from revocation.services.requests import filing  # noqa: E402
from revocation.services.review import decisions  # noqa: E402
from tests.people import LOOKED_AT  # noqa: E402

MANY = 60


def person(mail: str) -> Actor:
    return Actor.person(User.objects.create_user(mail, "pw", is_staff=True), "load")


def main() -> None:
    call_command("migrate", verbosity=0)
    at, owner = timezone.now(), Customer.objects.create(slug="aurora", name="Aurora")
    alice, rita = person("alice@aurora.example"), person("rita@certportal.example")
    Membership.objects.create(user=alice.user, customer=owner)
    rita.user.groups.add(Group.objects.get(name="reviewers"))
    authority = create_authority("local", "Test CA", "ecdsa", at=at, not_before=at - timedelta(days=9), days=900)
    facts = IssuanceFacts(brand="wotrus", level=Level.DV)
    waiting = []
    for number in range(MANY):
        name = f"host{number}.aurora.example"
        issued = issue_certificate(
            csr(name), authority=authority, customer=owner, order=facts, by=alice, at=at, days=90, names=(name,)
        )
        case = filing.begin(issued.pk, by=alice, at=at, reason=4, reason_text="Replaced.")
        waiting.append(filing.submit(case.pk, by=alice, at=at).pk)
    print("ready", flush=True)
    for number in waiting:
        decisions.approve(number, by=rita, at=timezone.now(), checked=LOOKED_AT)
        print(number, flush=True)


if __name__ == "__main__":
    main()
