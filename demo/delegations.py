"""The demo's delegations: added as customers do, with the records that their DNS then holds. The worker sees them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from certportal.accounts.models import Customer
from demo.models import PublishedRecord
from demo.requests import person
from revocation.models import DelegatedMethod
from revocation.ownership.challenge import record_name
from revocation.ownership.delegation import target_name
from revocation.services.ownership import delegations

BY_DNS = ("waived.aurora.example", "exempt.aurora.example", "delegated.aurora.example")
BY_FILE = ("proxied.aurora.example",)


def make_delegations(at: datetime) -> None:
    """Add the delegations, those by DNS only where the portal has a zone for them, as in `make run`."""
    owner, by = Customer.objects.get(slug="aurora"), person("alice")
    for domain in BY_DNS if settings.DELEGATION_ZONE else ():
        made = delegations.add(owner.pk, domain, DelegatedMethod.DNS_PROXY, by=by, at=at)
        name = record_name(domain, settings.OWNERSHIP_RECORD_LABEL)
        target = target_name(made.token, settings.DELEGATION_ZONE)
        PublishedRecord.objects.get_or_create(name=name, kind="CNAME", value=target)
    for domain in BY_FILE:
        delegations.add(owner.pk, domain, DelegatedMethod.FILE_PROXY, by=by, at=at)
