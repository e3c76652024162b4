"""All guards, and the names of the triggers of earlier releases."""

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
    *("guard_sighting_of_order_insert", "guard_sighting_of_order_update", "guard_sighting_kept_update"),
    *("guard_sighting_never_deleted_delete", "guard_first_eyes_insert", "guard_first_eyes_update"),
    *("guard_vouching_eyes_insert", "guard_vouching_eyes_update"),
)
RETIRED_POSTGRESQL = (
    ("event_append_only", "revocation_event"),
    ("event_no_truncate", "revocation_event"),
    ("receipt_append_only", "revocation_receipt"),
    ("receipt_no_truncate", "revocation_receipt"),
    ("request_four_eyes", "revocation_revocationrequest"),
    ("request_first_eyes", "revocation_revocationrequest"),
    ("guard_first_eyes", "revocation_revocationrequest"),
    ("guard_vouching_eyes", "revocation_revocationrequest"),
    ("guard_sighting_of_order", "revocation_sighting"),
    ("guard_sighting_kept", "revocation_sighting"),
    ("guard_sighting_never_deleted", "revocation_sighting"),
    ("guard_sightings_never_emptied_truncate", "revocation_sighting"),
)
"""Triggers of earlier releases with their tables. Never use these names again: an earlier release that runs beside this
one then drops and makes only its own triggers."""
