"""The demo's DNS provider: signed updates (RFC 2136) of the records that the demo's name server answers with.

For play on loopback: one zone section, additions and deletions of TXT and CNAME records, no prerequisites.
"""

from __future__ import annotations

import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.update
from django.conf import settings

from demo.models import PublishedRecord
from revocation.ownership.providers.registry import lies_in, providers
from revocation.ownership.providers.rfc2136 import Rfc2136

KINDS = {dns.rdatatype.TXT: "TXT", dns.rdatatype.CNAME: "CNAME"}


def provider() -> Rfc2136 | None:
    """The entry `demo` of DNS_PROVIDERS, which `make run` writes."""
    found = providers(settings.DNS_PROVIDERS).by_slug.get("demo")
    return found if isinstance(found, Rfc2136) else None


def keyring() -> dict[dns.name.Name, dns.tsig.Key]:
    ours = provider()
    return {ours.key.name: ours.key} if ours else {}


def is_update(message: dns.message.Message) -> bool:
    return message.opcode() == dns.opcode.UPDATE


def applied(update: dns.message.Message) -> dns.message.Message:
    """Do what the update says, and return the answer to it."""
    response = dns.message.make_response(update)
    ours = provider()
    zone = text(update.question[0].name) if isinstance(update, dns.update.UpdateMessage) and update.zone else ""
    if not update.had_tsig or ours is None:
        response.set_rcode(dns.rcode.REFUSED)
    elif zone not in ours.zones:
        response.set_rcode(dns.rcode.NOTAUTH)
    else:
        for rrset in update.sections[2]:
            if rrset.rdtype in KINDS and lies_in(text(rrset.name), zone):
                _apply(rrset)
    return response


def _apply(rrset: dns.rrset.RRset) -> None:
    for rdata in rrset:
        kind = KINDS[rrset.rdtype]
        value = b"".join(rdata.strings).decode() if kind == "TXT" else text(rdata.target)
        name = text(rrset.name)
        if rrset.deleting == dns.rdataclass.NONE:
            PublishedRecord.objects.filter(name=name, kind=kind, value=value).delete()
        else:
            PublishedRecord.objects.get_or_create(name=name, kind=kind, value=value)


def text(name: dns.name.Name) -> str:
    return str(name.to_text(omit_final_dot=True)).lower()
