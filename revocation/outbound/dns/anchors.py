"""Trust anchors of DNSSEC: the root's by default, others for a private zone or a test."""

from __future__ import annotations

from collections.abc import Iterable

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

ROOT_ANCHORS = (
    ". DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    ". DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
)
"""IANA's, of 2017 and 2024 (https://data.iana.org/root-anchors/)."""

DS = dns.rdatatype.from_text("DS")


def read_anchors(lines: Iterable[str]) -> dict[dns.name.Name, dns.rrset.RRset]:
    """Read trust anchors, and return them by zone. Raises ValueError for a line that is no `zone DS …`."""
    anchors: dict[dns.name.Name, dns.rrset.RRset] = {}
    for line in lines:
        try:
            zone, kind, data = line.split(None, 2)
            if kind.upper() != "DS":
                raise ValueError("not a DS record")
            name = dns.name.from_text(zone)
            rrset = anchors.setdefault(name, dns.rrset.RRset(name, dns.rdataclass.IN, DS))
            rrset.add(dns.rdata.from_text(dns.rdataclass.IN, DS, data))
        except (ValueError, dns.exception.DNSException) as wrong:
            raise ValueError(f"“{line}” is no trust anchor such as “example. DS 12345 13 2 0123…”: {wrong}") from None
    return anchors
