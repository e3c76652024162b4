"""What a signed NSEC or NSEC3 record proves (RFC 4034 section 4, RFC 5155 section 8).

It proves that a delegated zone has no DS, or that a name does not exist. An unsigned answer counts only below a
delegation that is proven to be unsigned. A proof that a name does not exist is not enough, since an attacker could show
one for any missing name.
"""

from __future__ import annotations

import base64
import re
from typing import Any

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.rrset

MAX_NSEC3_ITERATIONS = 150
"""With more iterations a zone counts as unsigned (RFC 9276 section 3.2), so that nobody can make us do the work."""

A_HASH = re.compile(rb"[0-9A-V]{32}")
"""20 bytes in base32hex (RFC 5155 section 3)."""

SHA1 = 1
"""The only hash of NSEC3. Records with another one are ignored (RFC 5155 section 8.1)."""

DS, NS, SOA, NSEC, DNAME = (dns.rdatatype.from_text(kind) for kind in ("DS", "NS", "SOA", "NSEC", "DNAME"))


def proves_unsigned(zone: dns.name.Name, parent: dns.name.Name, rrset: dns.rrset.RRset) -> bool:
    """Whether `rrset`, an NSEC or NSEC3 record of `parent`, shows that `zone` is an unsigned delegation.

    `zone` also counts as unsigned if it lies in a span that leaves unsigned delegations out (opt-out).
    """
    record: Any = rrset[0]
    if rrset.rdtype == NSEC:
        return rrset.name == zone and _unsigned_delegation(record)
    if not _is_hash_of(rrset, parent):
        return False
    if record.iterations > MAX_NSEC3_ITERATIONS:
        return True
    start = _unhashed(rrset.name.labels[0])
    if start == _hashed(zone, record):
        return _unsigned_delegation(record)
    opted_out = bool(record.flags & 1)
    return opted_out and any(_covers(start, record.next, _hashed(name, record)) for name in _up_to(zone, parent))


def proves_absent(name: dns.name.Name, zone: dns.name.Name, rrset: dns.rrset.RRset) -> bool:
    """Whether `rrset`, an NSEC or NSEC3 record of `zone`, shows that `name` and everything under it do not exist.

    `name` is below the zone's own name.
    """
    record: Any = rrset[0]
    if rrset.rdtype != NSEC:
        if not _is_hash_of(rrset, zone):
            return False
        start = _unhashed(rrset.name.labels[0])
        return record.iterations > MAX_NSEC3_ITERATIONS or _covers(start, record.next, _hashed(name, record))
    if name.is_subdomain(rrset.name) and (_has(record, DNAME) or (_has(record, NS) and not _has(record, SOA))):
        return False  # another zone speaks for names below a delegation (RFC 6840 section 4.1)
    last = record.next == zone
    return bool(rrset.name < name and (last or name < record.next) and not record.next.is_subdomain(name))


def leaves_names_out(rrset: dns.rrset.RRset) -> bool:
    """Whether the span of this record may hold unsigned delegations (opt-out), or has too many iterations to check."""
    record: Any = rrset[0]
    return bool(rrset.rdtype != NSEC and (record.flags & 1 or record.iterations > MAX_NSEC3_ITERATIONS))


def _unsigned_delegation(record: Any) -> bool:
    return _has(record, NS) and not _has(record, DS) and not _has(record, SOA)


def _has(record: Any, rdtype: dns.rdatatype.RdataType) -> bool:
    """Whether the record's type bit map names `rdtype` (RFC 4034 section 4.1.2)."""
    window, bit = divmod(int(rdtype), 256)
    bitmap: bytes = dict(record.windows).get(window, b"")
    return bit // 8 < len(bitmap) and bool(bitmap[bit // 8] & (0x80 >> bit % 8))


def _up_to(zone: dns.name.Name, parent: dns.name.Name) -> list[dns.name.Name]:
    """Return `zone` and the names above it that are still below `parent`."""
    return [dns.name.Name(zone.labels[skipped:]) for skipped in range(len(zone) - len(parent))]


def _hashed(name: dns.name.Name, record: Any) -> bytes:
    digest = dns.dnssec.nsec3_hash(name, record.salt, record.iterations, record.algorithm)
    return _unhashed(digest.encode())


def _unhashed(label: bytes) -> bytes:
    return base64.b32hexdecode(label.upper())


def _is_hash_of(rrset: dns.rrset.RRset, zone: dns.name.Name) -> bool:
    """Whether the record's owner has the form of an NSEC3 name of this zone, with a known hash."""
    record: Any = rrset[0]
    hashed = rrset.name.labels[0].upper()
    return bool(record.algorithm == SHA1 and rrset.name.parent() == zone and A_HASH.fullmatch(hashed))


def _covers(start: bytes, end: bytes, digest: bytes) -> bool:
    return start < digest < end if start < end else digest > start or digest < end
