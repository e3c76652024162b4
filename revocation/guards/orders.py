"""L6: guards of orders. An order needs a decided request, the event of the decision, and a certificate of its family.

Status observations and a receipt need such an order.
"""

from __future__ import annotations

from revocation.guards.decisions import decided, recorded
from revocation.guards.guard import DELETE, INSERT, TRUNCATE, UPDATE, Guard
from revocation.guards.tables import (
    CERTIFICATES,
    HAND_RECORDS,
    MEMBERSHIPS,
    OBSERVATIONS,
    ORDERS,
    RECEIPTS,
    REQUESTS,
)

WARRANTED = f"{decided('r')} AND {recorded('r')}"
"""SQL over a request `r`: it is decided, and an event says so."""


def _undecided(row: str) -> str:
    """Return SQL: nothing warrants the order. `row`: NEW or OLD."""
    return f"NOT EXISTS (SELECT 1 FROM {REQUESTS} r WHERE r.id = {row}.request_id AND {WARRANTED})"  # noqa: S608


def _outside(row: str) -> str:
    """Return SQL: the order's certificate is neither its request's nor a reissue of that (N2). `row`: NEW or OLD.

    Any number of reissues may be in between. UNION ends the walk in a circle.
    """
    ancestors = f"""WITH RECURSIVE up(id) AS (
        SELECT c.reissued_from_id FROM {CERTIFICATES} c WHERE c.id = {row}.certificate_id
        UNION SELECT c.reissued_from_id FROM {CERTIFICATES} c JOIN up ON c.id = up.id) SELECT up.id FROM up"""  # noqa: S608
    return f"""NOT EXISTS (SELECT 1 FROM {REQUESTS} r WHERE r.id = {row}.request_id
        AND (r.certificate_id = {row}.certificate_id OR r.certificate_id IN ({ancestors})))"""  # noqa: S608


UNDECIDED, OUTSIDE = _undecided("NEW"), _outside("NEW")
SET_ASIDE = f"(NEW.state = 'stuck' AND ({_undecided('OLD')} OR {_outside('OLD')}))"
"""SQL: the worker sets aside an order that nothing warranted before this change."""

UNLOCKED = f"""NOT EXISTS (SELECT 1 FROM {CERTIFICATES} c
    WHERE c.id = NEW.certificate_id AND c.state IN ('revoking', 'revoked'))"""  # noqa: S608
"""SQL: the certificate is neither locked nor revoked. It may be *revoked* if that was done outside the portal while its
request still has living reissues to revoke."""

UNPROVEN = f"""NOT EXISTS (SELECT 1 FROM {ORDERS} o JOIN {REQUESTS} r ON r.id = o.request_id
    WHERE o.id = NEW.revocation_id AND o.state = 'proven' AND {WARRANTED})"""  # noqa: S608

UNWARRANTED = f"""NOT EXISTS (SELECT 1 FROM {ORDERS} o JOIN {REQUESTS} r ON r.id = o.request_id
    WHERE o.id = NEW.revocation_id AND {WARRANTED})"""  # noqa: S608

OTHER_REASON = f"""NOT EXISTS (SELECT 1 FROM {REQUESTS} r
    WHERE r.id = NEW.request_id AND NEW.reason = COALESCE(r.reason, 0))"""  # noqa: S608


def _of_the_customer(column: str) -> str:
    """Return SQL: the person in `column` filed or submitted the order's request, or belongs to the customer (R3)."""
    request = f"{REQUESTS} r JOIN {ORDERS} o ON o.request_id = r.id AND o.id = NEW.order_id"
    member = f"""SELECT 1 FROM {MEMBERSHIPS} m JOIN {CERTIFICATES} c ON c.customer_id = m.customer_id
        JOIN {ORDERS} o ON o.certificate_id = c.id AND o.id = NEW.order_id WHERE m.user_id = NEW.{column}"""  # noqa: S608
    filed = f"SELECT 1 FROM {request} WHERE NEW.{column} IN (r.filed_by_id, r.submitted_by_id)"  # noqa: S608
    return f"NEW.{column} IS NOT NULL AND (EXISTS ({filed}) OR EXISTS ({member}))"


HAND = tuple(
    Guard(
        f"hand_record_eyes_{column.removesuffix('_by_id')}",
        HAND_RECORDS,
        (INSERT, UPDATE),
        "four eyes: who records or confirms has a part in the request or belongs to the customer",
        _of_the_customer(column),
        (column, "order_id"),
    )
    for column in ("recorded_by_id", "confirmed_by_id")
)
BY_HAND_ALONE = f"""NEW.proven_through = 'hand' AND NOT EXISTS (SELECT 1 FROM {HAND_RECORDS} h
    WHERE h.order_id = NEW.id AND h.confirmed_at IS NOT NULL)"""  # noqa: S608

WITHOUT_DECISION = "an order needs a request that was decided, proven or exempt"

GUARDS = (
    Guard("order_decided", ORDERS, (INSERT,), WITHOUT_DECISION, UNDECIDED),
    Guard(
        "order_still_decided",
        ORDERS,
        (UPDATE,),
        WITHOUT_DECISION,
        f"NEW.state <> 'stuck' AND {UNDECIDED}",  # the worker sets a stray order aside
        ("state", "request_id"),
    ),
    Guard(
        "order_request_kept",
        ORDERS,
        (UPDATE,),
        "an order stays with the request that was decided",
        f"NOT {_undecided('OLD')}",
        ("request_id",),
    ),
    Guard(
        "order_in_family",
        ORDERS,
        (INSERT, UPDATE),
        "an order revokes the certificate of its request or a reissue of it",
        OUTSIDE,
        ("request_id", "certificate_id"),
    ),
    Guard(
        "order_reason",
        ORDERS,
        (INSERT, UPDATE),
        "an order has the reason of its request",
        OTHER_REASON,
        ("request_id", "reason"),
    ),
    Guard(
        "order_reason_sent",
        ORDERS,
        (UPDATE,),
        "the reason to be sent is written once",
        f"OLD.reason_sent IS NOT NULL AND NOT {SET_ASIDE}",
        ("reason_sent",),
    ),
    Guard("order_locked", ORDERS, (INSERT,), "an order needs a certificate in revocation", UNLOCKED),
    Guard("order_subject", ORDERS, (UPDATE,), "an order stays with its certificate", "", ("id", "certificate_id")),
    Guard(
        "order_proven_kept",
        ORDERS,
        (UPDATE,),
        "a proven order stays as it is",
        f"OLD.state = 'proven' AND NOT {SET_ASIDE}",
        (
            *("request_id", "state", "proven_at", "proven_through", "confirmed_at", "revoked_at", "reason_confirmed"),
            *("unstated", "receipt", "recorded_by_hand_at", "recorded_by_hand_by_id"),
        ),
    ),
    *HAND,
    Guard(
        "hand_record_kept",
        HAND_RECORDS,
        (UPDATE,),
        "a confirmed record by hand stays as it is",
        "OLD.confirmed_at IS NOT NULL",
        (
            "id",
            "order_id",
            "recorded_at",
            "recorded_by_id",
            "revoked_at",
            "reason",
            "note",
            "confirmed_at",
            "confirmed_by_id",
        ),
    ),
    Guard("hand_record_never_deleted", HAND_RECORDS, (DELETE, TRUNCATE), "records by hand are never deleted"),
    Guard(
        "order_by_hand",
        ORDERS,
        (INSERT, UPDATE),
        "recorded by hand needs a record that a second person confirmed",
        BY_HAND_ALONE,
        ("proven_through",),
    ),
    Guard("order_kept", ORDERS, (DELETE, TRUNCATE), "orders are never deleted"),
    Guard(
        "observation_of_order",
        OBSERVATIONS,
        (INSERT, UPDATE),
        "a status observation needs an order of a decided request",
        UNWARRANTED,
        ("revocation_id", "seen_at"),
    ),
    Guard("receipt_of_proven", RECEIPTS, (INSERT,), "a receipt needs a decided request and a proven order", UNPROVEN),
)
