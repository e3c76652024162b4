"""The guarded tables, and the unique keys by which SQLite could replace one of their rows."""

from __future__ import annotations

from typing import NamedTuple

CERTIFICATES = "revocation_certificate"
EVENTS = "revocation_event"
EVIDENCE = "revocation_evidence"
HAND_RECORDS = "revocation_handrecord"
KEYS = "revocation_signingkey"
LETTERS = "revocation_letter"
MEMBERSHIPS = "accounts_membership"
ORDERS = "revocation_revocation"
PROOFS = "revocation_nameproof"
RECEIPTS = "revocation_receipt"
RECEIPT_PAPERS = "revocation_receiptpaper"
REQUESTS = "revocation_revocationrequest"
OBSERVATIONS = "revocation_sighting"

GUARDED = frozenset(
    {
        *(CERTIFICATES, EVENTS, EVIDENCE, HAND_RECORDS, KEYS, LETTERS, ORDERS, PROOFS, RECEIPTS, RECEIPT_PAPERS),
        *(REQUESTS, OBSERVATIONS),
    }
)
READ = GUARDED | {MEMBERSHIPS}
"""Tables that the SQL of guards names."""


class Key(NamedTuple):
    """A unique key. `where`: the condition of a partial key over `{row}`, word for word as the index has it.

    A flag stands there in both forms, since Django 6.1 writes *= 1* into new indexes.
    """

    columns: tuple[str, ...]
    where: str = ""


UNIQUE: dict[str, tuple[Key, ...]] = {
    CERTIFICATES: (Key(("fingerprint",)),),
    EVENTS: (),
    RECEIPTS: (Key(("revocation_id",)),),
    RECEIPT_PAPERS: (Key(("receipt_id",)),),
    ORDERS: (Key(("certificate_id",)),),
    REQUESTS: (
        Key(("certificate_id",), "{row}.is_open AND {row}.is_open = 1"),
        Key(("challenge_value",), "NOT ({row}.challenge_value = '')"),
    ),
    PROOFS: (Key(("request_id", "name")),),
    LETTERS: (Key(("request_id",), "{row}.superseded_at IS NULL"),),
    EVIDENCE: (Key(("request_id", "sha256")),),
    HAND_RECORDS: (Key(("order_id",)),),
    KEYS: (Key(("key_id",)), Key(("is_current",), "{row}.is_current AND {row}.is_current = 1")),
    OBSERVATIONS: (Key(("revocation_id", "place", "url")),),
}
"""Table -> its unique keys beside `id`. INSERT OR REPLACE deletes every row that a new one collides with by such a
key."""
