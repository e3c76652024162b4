"""The checklist items of all routes: what a reviewer must have looked at before an approval.

Raise `VERSION` when you change a wording.
"""

from __future__ import annotations

from dataclasses import dataclass

from revocation.marking import gettext_noop

VERSION = 2


@dataclass(frozen=True)
class Item:
    """One item. `text`: English, translated when shown. `letter`: only for requests with a letter (F9 waives it)."""

    key: str
    text: str
    required: bool = True
    letter: bool = False


REASON = Item("reason", gettext_noop("The customer's explanation matches the selected reason."))
NAMES = Item(
    "names",
    gettext_noop("The names and the serial number are those of the certificate that the customer wants to revoke."),
)
IMPACT = Item("impact", gettext_noop("I know which certificates are also revoked and where they are in use."))
HISTORY = Item("history", gettext_noop("Nothing in the earlier requests or the record speaks against the revocation."))
ORGANISATION = Item(
    "organisation", gettext_noop("The organisation in the letter matches the certificate."), letter=True
)
SEAL = Item("seal", gettext_noop("The seal is complete and legible, and belongs to this organisation."), letter=True)
SIGNATURE = Item(
    "signature", gettext_noop("The letter is signed and dated, and is not older than the request."), letter=True
)
NUMBER = Item(
    "number", gettext_noop("The request number and serial number in the letter match this request."), letter=True
)
EVIDENCE = Item(
    "evidence",
    gettext_noop("The evidence and the explanation of the colleague who vouched for the request are convincing."),
)
REACHED = Item(
    "reached", gettext_noop("I reached the customer through contact details that we already had."), required=False
)

LETTER = (REASON, NAMES, ORGANISATION, NUMBER, SEAL, SIGNATURE, IMPACT)
"""The checklist of a route that asks for a stamped letter."""
