"""Every guard there is, and the names that earlier releases gave to theirs."""

from __future__ import annotations

from revocation.guards import certificates, decisions, orders, record, replacing
from revocation.guards.guard import Guard

GUARDS: tuple[Guard, ...] = (
    *record.GUARDS,
    *certificates.GUARDS,
    *decisions.GUARDS,
    *orders.GUARDS,
    *replacing.GUARDS,
)

RETIRED_SQLITE = (
    *("event_no_update", "event_no_delete", "receipt_no_update", "receipt_no_delete"),
    *("request_four_eyes", "request_first_eyes"),
)
RETIRED_POSTGRESQL = (
    ("event_append_only", "revocation_event"),
    ("event_no_truncate", "revocation_event"),
    ("receipt_append_only", "revocation_receipt"),
    ("receipt_no_truncate", "revocation_receipt"),
    ("request_four_eyes", "revocation_revocationrequest"),
    ("request_first_eyes", "revocation_revocationrequest"),
)
"""Trigger and table. These names are not used again: an earlier release that runs beside this one drops and makes
its own triggers, and leaves ours alone."""
