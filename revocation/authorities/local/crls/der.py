"""Where the entries of a CRL stand in its DER.

The CRL is one that the portal made and stored. Bytes that were damaged since then raise ValueError or IndexError, or
give entries that the database does not have.
"""

from __future__ import annotations

from collections.abc import Iterator

SEQUENCE, TIMES = 0x30, (0x17, 0x18)


def entries_of(crl: memoryview) -> memoryview:
    """Return the contents of revokedCertificates of a CRL (RFC 5280 section 5.1), empty where it has none."""
    begin, last = _contents(crl, 0)
    if last != len(crl):
        raise ValueError
    begin, last = _contents(crl, begin)  # TBSCertList
    while crl[begin] not in TIMES:  # version, signature, issuer
        begin = _contents(crl, begin)[1]
    while crl[begin] in TIMES:  # thisUpdate, nextUpdate
        begin = _contents(crl, begin)[1]
    if crl[begin] != SEQUENCE:  # the extensions, since there are no entries
        return crl[:0]
    first, end = _contents(crl, begin)
    if end > last:
        raise ValueError
    return crl[first:end]


def split(entries: memoryview) -> Iterator[bytes]:
    """Yield the DER of each entry."""
    begin = 0
    while begin < len(entries):
        end = _contents(entries, begin)[1]
        yield bytes(entries[begin:end])
        begin = end


def _contents(der: memoryview, begin: int) -> tuple[int, int]:
    """Return where the contents of the element at `begin` begin and end (X.690 section 8.1.3)."""
    length = der[begin + 1]
    first = begin + 2
    if length >= 0x80:
        first += length & 0x7F
        length = int.from_bytes(der[begin + 2 : first], "big")
    return first, first + length
