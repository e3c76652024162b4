"""THE TABLE of the words beside the fields of an auditors' record. The JSON keeps keys, the page shows words."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from revocation import joining
from revocation.templatetags.portal import STATES

FIELDS: dict[str, str | Promise] = {
    "number": gettext_lazy("Number"),
    "title": gettext_lazy("Certificate"),
    "state": gettext_lazy("State"),
    "customer": gettext_lazy("Customer"),
    "names": gettext_lazy("Names"),
    "organization": gettext_lazy("Organisation"),
    "subject": gettext_lazy("Subject"),
    "issuer": gettext_lazy("Issuer"),
    "serial_number": gettext_lazy("Serial number"),
    "fingerprint_sha256": gettext_lazy("Fingerprint (SHA-256)"),
    "not_before": gettext_lazy("Valid from"),
    "not_after": gettext_lazy("Valid to"),
    "key_algorithm": gettext_lazy("Key"),
    "standard": gettext_lazy("Standard"),
    "level": gettext_lazy("Validation level"),
    "level_source": gettext_lazy("Source of level"),
    "brand": gettext_lazy("Brand"),
    "authority": gettext_lazy("CA"),
    "uploaded": gettext_lazy("Only stored here"),
    "reissued_from": gettext_lazy("Reissued from"),
    "reissues": gettext_lazy("Reissues"),
    "revoked_at": gettext_lazy("Revoked at"),
    "unstated": gettext_lazy("Time or reason not stated by the CA"),
    "revocation_reason": gettext_lazy("Reason of the revocation"),
    "hidden_at": gettext_lazy("Deleted by the customer at"),
    "hidden_by": gettext_lazy("Deleted by the customer"),
    "deleted_at": gettext_lazy("Permanently deleted at"),
    "deleted_by": gettext_lazy("Permanently deleted by"),
    "file_name": gettext_lazy("File"),
    "kind": gettext_lazy("Kind"),
    "bytes": gettext_lazy("Size in bytes"),
    "sha256": gettext_lazy("Digest (SHA-256)"),
    "uploaded_at": gettext_lazy("Uploaded at"),
    "uploaded_by": gettext_lazy("Uploaded by"),
    "superseded_at": gettext_lazy("Replaced at"),
    "erased_at": gettext_lazy("Erased at"),
    "pictures_sha256": gettext_lazy("Digests of the page images (SHA-256)"),
    "request": gettext_lazy("Request"),
    "reason": gettext_lazy("Reason"),
    "reason_sent": gettext_lazy("Reason sent to the CA"),
    "attempts": gettext_lazy("Attempts"),
    "message": gettext_lazy("Last message"),
    "recorded_by_hand_at": gettext_lazy("Recorded by hand at"),
    "recorded_by_hand_by": gettext_lazy("Recorded by hand by"),
    "hand_record": gettext_lazy("CA's statement recorded by hand"),
    "note": gettext_lazy("Note"),
    "confirmed_by_hand_at": gettext_lazy("Second confirmation at"),
    "confirmed_by_hand_by": gettext_lazy("Second confirmation by"),
    "confirmed_at": gettext_lazy("Confirmed by the CA at"),
    "reason_confirmed": gettext_lazy("Reason confirmed by the CA"),
    "receipt": gettext_lazy("CA's answer"),
    "proven_at": gettext_lazy("Proven at"),
    "proven_through": gettext_lazy("Proven through"),
    "sightings": gettext_lazy("Public status"),
    "place": gettext_lazy("Place"),
    "url": gettext_lazy("Address"),
    "outcome": gettext_lazy("Status"),
    "seen_at": gettext_lazy("Published at"),
    "crl_number": gettext_lazy("CRL number"),
    "shown": gettext_lazy("Shown to the reviewer"),
    "what": gettext_lazy("File"),
    "reused": gettext_lazy("Also sent for other requests"),
    "reused_more": gettext_lazy("Also sent for more requests"),
    "letter_before": gettext_lazy("Same file uploaded earlier for this request at"),
    "same": gettext_lazy("Match"),
    "pictures": gettext_lazy("Digests of the page images (SHA-256)"),
}

VERBS: dict[str, str | Promise] = {
    "filed": gettext_lazy("Created"),
    "submitted": gettext_lazy("Submitted"),
    "discarded": gettext_lazy("Discarded"),
    "vouched": gettext_lazy("Vouched for"),
    "first_approved": gettext_lazy("First approval"),
    "handed_back": gettext_lazy("Handed back"),
    "decided": gettext_lazy("Decided"),
}


def plainly(value: Any) -> str:
    """Return a value as people read it: lists with bars, pairs with their words, a dash for nothing."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        pairs = (joining.labelled(FIELDS.get(key, key), plainly(inner)) for key, inner in value.items())
        return joining.long_items(pairs) or "–"
    if isinstance(value, list):
        return " | ".join(plainly(inner) for inner in value) or "–"
    return "–" if value in (None, "") else str(value)


def in_words(pairs: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields of a part of the record, each with its word."""
    return [
        (str(FIELDS.get(key, key)), str(STATES.get(value, value)) if key == "state" else plainly(value))
        for key, value in pairs.items()
    ]
