"""How soon an authority publishes what it has revoked. If it does not, the portal asks staff to look."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings

from revocation.authorities.local.models import LocalAuthority

EMBEDDED = timedelta(minutes=10)
"""The worker puts a CRL together within seconds."""

OTHERS = timedelta(hours=24)
"""CA/Browser Forum BR 4.9.7 and 4.9.10: CRL and OCSP say it within 24 hours of the revocation."""


def publishes_within(slug: str) -> timedelta:
    """Return how long after its confirmation the authority may take to publish a revocation.

    `PUBLISHES_WITHIN_MINUTES` (slug → minutes) overrides the defaults.
    """
    minutes: Mapping[str, Any] = settings.PUBLISHES_WITHIN_MINUTES
    if slug in minutes:
        return timedelta(minutes=minutes[slug])
    embedded = slug not in settings.AUTHORITIES and LocalAuthority.objects.filter(slug=slug).exists()
    return EMBEDDED if embedded else OTHERS
