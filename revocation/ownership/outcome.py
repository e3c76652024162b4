"""What one check saw, in the four parts of rule O7: looked for what, where, found what, what to change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from revocation.marking import gettext_noop
from revocation.outbound import failure

MAX_TEXT = 200
MAX_FOUND = 10

SENTENCES: dict[str, str] = {
    **failure.SENTENCES,
    "proven": gettext_noop("The value was found at %(where)s. Nothing more is to be done for %(name)s."),
    "check_unfinished": gettext_noop("The check of %(name)s could not be finished. We try again by ourselves."),
    # DNS
    "record_missing": gettext_noop("There is no %(kind)s record at %(where)s. Add it with the value %(looked_for)s."),
    "record_differs": gettext_noop(
        "The %(kind)s record at %(where)s holds another value. Replace it by %(looked_for)s, or add a second one."
    ),
    "record_quoted": gettext_noop(
        "The value at %(where)s stands in quotation marks that belong to the record. Enter it without them."
    ),
    "record_has_more": gettext_noop(
        "The record at %(where)s holds the value with something before or after it. Enter %(looked_for)s alone."
    ),
    "record_name_doubled": gettext_noop(
        "The record is at %(other)s: the domain was added twice. In the DNS panel enter the name without the domain."
    ),
    "record_at_name_itself": gettext_noop("The record is at %(other)s. Move it to %(where)s."),
    "record_of_other_kind": gettext_noop(
        "There is a %(other_kind)s record at %(where)s with the right value. Make it a %(kind)s record."
    ),
    "cname_beside_record": gettext_noop(
        "%(where)s has a CNAME record beside others, which DNS forbids, so servers answer at random. "
        "Remove the CNAME record, or the others."
    ),
    "cname_leads_nowhere": gettext_noop(
        "%(where)s is an alias (CNAME) of %(other)s, where no %(kind)s record is. Remove the alias, "
        "or add the record at its end."
    ),
    "domain_does_not_exist": gettext_noop(
        "The domain %(domain)s does not exist in the DNS. Renew it, or check its name servers. If it "
        "is no longer yours, ask for an assisted revocation."
    ),
    "dns_servfail": gettext_noop(
        "The DNS servers of the domain failed (SERVFAIL) for %(where)s. Check the name servers and "
        "the DNSSEC signatures of the domain."
    ),
    "dns_refused": gettext_noop("The DNS servers refused to answer for %(where)s. Check that they serve this domain."),
    "dns_no_reply": gettext_noop(
        "The DNS servers did not answer for %(where)s in time. Check that they can be reached."
    ),
    "dns_malformed": gettext_noop(
        "The DNS servers gave an answer for %(where)s that cannot be read. Check the name servers."
    ),
    "cname_chain_too_long": gettext_noop(
        "The aliases (CNAME) that start at %(where)s are too many or go round in a circle. Point the "
        "first one directly to the end."
    ),
    # file
    "wildcard_needs_dns": gettext_noop(
        "%(name)s is a wildcard name, which only a DNS record can prove. Use the DNS method."
    ),
    "file_missing": gettext_noop(
        "There is no file at %(where)s (status 404). Put it there with the content %(looked_for)s."
    ),
    "file_forbidden": gettext_noop(
        "The web server keeps %(where)s behind a log-in or a block (status %(status)s). Open this address to everyone."
    ),
    "file_server_error": gettext_noop(
        "The web server failed at %(where)s (status %(status)s). Look into its error log."
    ),
    "file_status": gettext_noop(
        "%(where)s answers with status %(status)s; only 200 is accepted. Serve the file directly."
    ),
    "file_empty": gettext_noop("The file at %(where)s is empty. Its content must be %(looked_for)s."),
    "file_byte_order_mark": gettext_noop(
        "The file at %(where)s begins with a byte-order mark or is not plain text. Save it as plain "
        "ASCII text without one."
    ),
    "file_compressed": gettext_noop(
        "The file at %(where)s is sent compressed. Switch compression off for this address."
    ),
    "file_is_page": gettext_noop(
        "A web page is at %(where)s instead of the file. Exempt this address from the site's routing "
        "and put the file there."
    ),
    "file_echoes_address": gettext_noop(
        "The server answers at %(where)s with its own address, which proves nothing. Put the real file there."
    ),
    "file_has_spaces": gettext_noop(
        "The file at %(where)s has spaces or empty lines around the value. Save %(looked_for)s alone;"
        " one line break at the end is accepted."
    ),
    "file_has_more": gettext_noop(
        "The file at %(where)s holds the value among other text. Save %(looked_for)s alone; one line "
        "break at the end is accepted."
    ),
    "file_too_large": gettext_noop(
        "The file at %(where)s is larger than %(limit)s bytes. Its whole content must be the value."
    ),
    "file_differs": gettext_noop(
        "The file at %(where)s holds something else. Its whole content must be %(looked_for)s."
    ),
}
"""What was found and what to change. Codes of a fetch that brought nothing are those of
`outbound.failure`."""


@dataclass(frozen=True)
class Outcome:
    """`code` is a key of SENTENCES and `params` fill it. `found` is foreign text: it is made harmless here,
    at birth.

    `looked_for`: the value. `where`: DNS name or address.
    """

    proven: bool
    code: str
    looked_for: str
    where: str
    found: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", printable(self.where))
        object.__setattr__(self, "found", tuple(printable(text) for text in self.found[:MAX_FOUND]))
        filling = {"looked_for": self.looked_for, "where": self.where} | self.params
        object.__setattr__(self, "params", {key: _harmless(given) for key, given in filling.items()})

    @property
    def sentence(self) -> str:
        """In English; for another language translate SENTENCES[code] and fill it with `params`."""
        return SENTENCES[self.code] % self.params

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "proven": self.proven,
            "code": self.code,
            "looked_for": self.looked_for,
            "where": self.where,
            "found": list(self.found),
            "params": dict(self.params),
        }


def printable(text: str) -> str:
    """`text` on one line, cut to MAX_TEXT characters, with everything that is not printable escaped (threat
    9)."""
    shown = "".join(letter if letter.isprintable() else _escaped(letter) for letter in text[: MAX_TEXT + 1])
    return shown if len(shown) <= MAX_TEXT else f"{shown[: MAX_TEXT - 1]}…"


def _escaped(letter: str) -> str:
    return letter.encode("ascii", "backslashreplace").decode() if ord(letter) > 127 else f"\\x{ord(letter):02x}"


def _harmless(given: Any) -> Any:
    return given if isinstance(given, int | float) else printable(str(given))
