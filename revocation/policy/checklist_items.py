"""The checklist items of all routes: what a reviewer must have looked at before an approval.

Raise `VERSION` when you change a wording.
"""

from __future__ import annotations

from dataclasses import dataclass

from revocation.marking import gettext_noop

VERSION = 1


@dataclass(frozen=True)
class Item:
    """One item. `text`: English, translated when shown. `letter`: only for requests with a letter (F9 waives it)."""

    key: str
    text: str
    required: bool = True
    letter: bool = False


REASON = Item("reason", gettext_noop("The customer's explanation matches the reason."))
NAMES = Item("names", gettext_noop("The names and the serial number match the customer's intent."))
IMPACT = Item("impact", gettext_noop("I know which certificates are also revoked and where they are in use."))
HISTORY = Item("history", gettext_noop("Earlier requests and the record show no objection."))
ORGANISATION = Item(
    "organisation", gettext_noop("The organisation in the letter matches the certificate."), letter=True
)
SEAL = Item("seal", gettext_noop("The seal is complete, legible and belongs to this organisation."), letter=True)
SIGNATURE = Item("signature", gettext_noop("The letter is signed, dated and not older than the request."), letter=True)
NUMBER = Item(
    "number", gettext_noop("The request number and serial number in the letter match this request."), letter=True
)
EVIDENCE = Item("evidence", gettext_noop("The evidence and the colleague's justification convince me."))
REACHED = Item(
    "reached", gettext_noop("I reached the customer through a contact that was already known."), required=False
)

LETTER = (REASON, NAMES, ORGANISATION, NUMBER, SEAL, SIGNATURE, IMPACT)
"""The checklist of a route that asks for a stamped letter."""
