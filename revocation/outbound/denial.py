"""Does a signed NSEC or NSEC3 record prove that a delegated zone has no DS? (RFC 4034 section 4, RFC 5155 section 8)

Only a delegation counts: that a name does not exist proves nothing about an unsigned answer for it, and an attacker
could show such a record for any name that is not there.
"""

from __future__ import annotations

import base64
from typing import Any

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.rrset

MAX_NSEC3_ITERATIONS = 150
"""More are treated as unsigned (RFC 9276 section 3.2), so that nobody makes us work."""

DS, NS, SOA, NSEC = (dns.rdatatype.from_text(kind) for kind in ("DS", "NS", "SOA", "NSEC"))


def proves_unsigned(zone: dns.name.Name, parent: dns.name.Name, rrset: dns.rrset.RRset) -> bool:
    """Whether `rrset`, an NSEC or NSEC3 record of `parent`, shows `zone` as an unsigned delegation, or as lying in a
    span that leaves unsigned delegations out (opt-out)."""
    record: Any = rrset[0]
    if rrset.rdtype == NSEC:
        return rrset.name == zone and _unsigned_delegation(record)
    if record.iterations > MAX_NSEC3_ITERATIONS:
        return True
    start = _unhashed(rrset.name.labels[0])
    if start == _hashed(zone, record):
        return _unsigned_delegation(record)
    opted_out = bool(record.flags & 1)
    return opted_out and any(_covers(start, record.next, _hashed(name, record)) for name in _up_to(zone, parent))


def _unsigned_delegation(record: Any) -> bool:
    return _has(record, NS) and not _has(record, DS) and not _has(record, SOA)


def _has(record: Any, rdtype: dns.rdatatype.RdataType) -> bool:
    """Whether the record's type bit map names `rdtype` (RFC 4034 section 4.1.2)."""
    window, bit = divmod(int(rdtype), 256)
    bitmap: bytes = dict(record.windows).get(window, b"")
    return bit // 8 < len(bitmap) and bool(bitmap[bit // 8] & (0x80 >> bit % 8))


def _up_to(zone: dns.name.Name, parent: dns.name.Name) -> list[dns.name.Name]:
    """`zone` and the names above it that are still below `parent`."""
    return [dns.name.Name(zone.labels[skipped:]) for skipped in range(len(zone) - len(parent))]


def _hashed(name: dns.name.Name, record: Any) -> bytes:
    digest = dns.dnssec.nsec3_hash(name, record.salt, record.iterations, record.algorithm)
    return _unhashed(digest.encode())


def _unhashed(label: bytes) -> bytes:
    return base64.b32hexdecode(label.upper())


def _covers(start: bytes, end: bytes, digest: bytes) -> bool:
    return start < digest < end if start < end else digest > start or digest < end
