"""M6, N2: guards of certificates. After a request is submitted or decided, its certificate and family stay the same.

An order names a row of this table. Whoever turns that row into another certificate, or adds a row to the family of a
certificate that is being revoked, would get a certificate revoked without a decision.
"""

from __future__ import annotations

from revocation.guards.decisions import CARRIED_OUT
from revocation.guards.guard import DELETE, TRUNCATE, UPDATE, Guard
from revocation.guards.tables import CERTIFICATES, ORDERS, REQUESTS

ORDERED = f"EXISTS (SELECT 1 FROM {ORDERS} o WHERE o.certificate_id = OLD.id)"  # noqa: S608

ASKED_FOR = f"""{ORDERED} OR EXISTS (
    SELECT 1 FROM {REQUESTS} r WHERE r.certificate_id = OLD.id AND r.submitted_at IS NOT NULL)"""  # noqa: S608

ABOVE = f"""WITH RECURSIVE up(id) AS (
    SELECT NEW.reissued_from_id UNION SELECT OLD.reissued_from_id
    UNION SELECT c.reissued_from_id FROM {CERTIFICATES} c JOIN up ON c.id = up.id) SELECT up.id FROM up"""  # noqa: S608
"""SQL: all certificates above the row, by its old and its new origin. UNION ends the walk in a circle."""

OF_A_DECISION = f"""{ORDERED} OR EXISTS (
    SELECT 1 FROM {REQUESTS} r WHERE r.certificate_id IN ({ABOVE}) AND r.state IN {CARRIED_OUT})"""  # noqa: S608

GUARDS = (
    Guard(
        "certificate_facts",
        CERTIFICATES,
        (UPDATE,),
        "which certificate was asked to be revoked never changes",
        ASKED_FOR,
        ("id", "fingerprint", "serial_number"),
    ),
    Guard(
        "certificate_family",
        CERTIFICATES,
        (UPDATE,),
        "nothing enters or leaves a family whose revocation was decided",
        OF_A_DECISION,
        ("reissued_from_id",),
    ),
    Guard("certificate_kept", CERTIFICATES, (DELETE,), "a tombstone of this certificate must remain", ASKED_FOR),
    Guard("certificates_never_emptied", CERTIFICATES, (TRUNCATE,), "tombstones of certificates must remain"),
)
