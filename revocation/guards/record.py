"""L1, M6: guards of what was recorded: events, receipts, digests of letters, and what was seen and when."""

from __future__ import annotations

from revocation.guards.guard import DELETE, INSERT, TRUNCATE, UPDATE, Guard
from revocation.guards.tables import (
    EVENTS,
    EVIDENCE,
    KEYS,
    LETTERS,
    OBSERVATIONS,
    PROOFS,
    RECEIPT_PAPERS,
    RECEIPTS,
    REQUESTS,
)

EVERY_CHANGE = (UPDATE, DELETE, TRUNCATE)
FILE = ("id", "request_id", "sha256", "size", "kind", "file_name", "uploaded_at", "uploaded_by_id")
SUBMITTED = f"EXISTS (SELECT 1 FROM {REQUESTS} r WHERE r.id = OLD.request_id AND r.submitted_at IS NOT NULL)"  # noqa: S608
HAS_ITS_PDF = f"EXISTS (SELECT 1 FROM {RECEIPTS} r WHERE r.id = NEW.receipt_id AND r.pdf IS NOT NULL)"  # noqa: S608

GUARDS = (
    Guard("event_kept", EVENTS, EVERY_CHANGE, "events are append-only"),
    Guard("receipt_kept", RECEIPTS, EVERY_CHANGE, "receipts are never changed"),
    Guard("receipt_paper_kept", RECEIPT_PAPERS, EVERY_CHANGE, "receipts are never changed"),
    Guard("receipt_paper_once", RECEIPT_PAPERS, (INSERT,), "the receipt has its PDF already", HAS_ITS_PDF),
    Guard("letter_facts", LETTERS, (UPDATE,), "the digest of a letter is never changed", changing=FILE),
    Guard("letter_kept", LETTERS, (DELETE, TRUNCATE), "letters are never deleted"),
    Guard("evidence_facts", EVIDENCE, (UPDATE,), "the digest of evidence is never changed", changing=FILE),
    Guard("evidence_kept", EVIDENCE, (DELETE,), "submitted evidence is never deleted", SUBMITTED),
    Guard("evidence_never_emptied", EVIDENCE, (TRUNCATE,), "submitted evidence is never deleted"),
    Guard(
        "signing_key_facts",
        KEYS,
        (UPDATE,),
        "receipts name this key: it is never changed",
        changing=("id", "key_id", "public_pem"),
    ),
    Guard("signing_key_kept", KEYS, (DELETE, TRUNCATE), "receipts name this key: it is never deleted"),
    Guard(
        "observation_kept",
        OBSERVATIONS,
        (UPDATE,),
        "the first observation stays as it was",
        "OLD.seen_at IS NOT NULL",
        ("id", "revocation_id", "place", "url", "seen_at", "revoked_at", "reason"),
    ),
    Guard(
        "observation_never_deleted",
        OBSERVATIONS,
        (DELETE,),
        "status observations are never deleted",
        "OLD.seen_at IS NOT NULL",
    ),
    Guard("observations_never_emptied", OBSERVATIONS, (TRUNCATE,), "status observations are never deleted"),
    Guard(
        "name_proof_kept",
        PROOFS,
        (UPDATE,),
        "a proof stays as it was",
        "OLD.proven_at IS NOT NULL",
        ("id", "request_id", "name", "method", "proven_at", "proven_through"),
    ),
    Guard("name_proof_never_deleted", PROOFS, (DELETE,), "submitted proofs are never deleted", SUBMITTED),
    Guard("name_proofs_never_emptied", PROOFS, (TRUNCATE,), "submitted proofs are never deleted"),
)
