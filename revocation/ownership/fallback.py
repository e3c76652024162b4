"""Reasons why an automatic method is not used, or is no longer used (O2)."""

from __future__ import annotations

from revocation.marking import gettext_noop
from revocation.messages import table

MESSAGES = table(
    "fallback",
    {
        "zone_not_hosted": gettext_noop(
            "The zone of the domain is not hosted with a DNS provider that we can write to."
        ),
        "provider_refused": gettext_noop("The DNS provider refused to publish the record for us."),
        "delegation_not_seen": gettext_noop(
            "The delegation of the domain is not published or was not confirmed recently."
        ),
        "delegation_removed": gettext_noop("The delegation of the domain was removed in the portal."),
        "wildcard": gettext_noop("A wildcard name is proven by DNS only, not by a file."),
        "not_proven_in_time": gettext_noop(
            "Our record is not publicly visible. Another DNS provider may serve the domain."
        ),
    },
)
