"""O2: why an automatic method is not used, or no longer."""

from __future__ import annotations

from revocation.marking import gettext_noop

WHY: dict[str, str] = {
    "zone_not_hosted": gettext_noop("The zone of the domain is not hosted with a DNS provider that we can write to."),
    "provider_refused": gettext_noop("The DNS provider refused to publish the record for us."),
    "delegation_not_seen": gettext_noop("The delegation of the domain to us is not there, or was not seen lately."),
    "delegation_removed": gettext_noop("The delegation of the domain was removed in the portal."),
    "wildcard": gettext_noop("A wildcard name is proven by DNS only, not by a file."),
    "not_proven_in_time": gettext_noop(
        "What we published has not been seen from the outside. The DNS of the domain may be served elsewhere."
    ),
}
