"""Referrals: the name servers to which a parent refers resolvers for a zone below it (RFC 1034 section 4.2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rdatatype

NS, A, AAAA = (dns.rdatatype.from_text(kind) for kind in ("NS", "A", "AAAA"))


@dataclass(frozen=True)
class Referral:
    """A parent's referral. `hosts`: the name servers that it names for `zone`. `glue`: the addresses that it adds."""

    zone: dns.name.Name
    hosts: tuple[str, ...]
    glue: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def referral(reply: dns.message.Message, owner: dns.name.Name) -> Referral | None:
    """Return the referral in a reply without an answer that names the servers of a zone that holds `owner`, or None."""
    if reply.answer or reply.flags & dns.flags.AA:
        return None
    for rrset in reply.authority:
        if rrset.rdtype == NS and owner.is_subdomain(rrset.name):
            hosts = tuple(sorted(host_name(record.target) for record in rrset))
            return Referral(rrset.name, hosts, _glue(reply))
    return None


def host_name(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _glue(reply: dns.message.Message) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for rrset in reply.additional:
        if rrset.rdtype in (A, AAAA):
            host = host_name(rrset.name)
            found[host] = found.get(host, ()) + tuple(str(record.address) for record in rrset)
    return found
