"""The reading of plain replies: what most name servers answer, without what few of them ever send.

A reply is hostile input. So this module reads a packet only if it understands every byte of it, and then exactly as
dnspython does; `tests/outbound/test_plain.py` compares the two. Whatever else comes is left to dnspython.
"""

from __future__ import annotations

import re
import struct

import dns.ipv4
import dns.ipv6

from revocation.outbound.dns.reply import HEADER, IN, OPT, Query, Records, Reply, Type, joined

NS, SOA = 2, 6
QR, AA, OPCODE, TC, RCODE = 0x8000, 0x0400, 0x7800, 0x0200, 0x000F

MOST_RECORDS = 60
MAX_NAME = 255
POINTER = 0xC0
PLAIN_LABEL = re.compile(rb"[A-Za-z0-9_-]+")
RECORD = struct.Struct("!HHIH")
TIMES = struct.Struct("!IIIII")
LONGEST_TTL = 0x7FFFFFFF


class _Unusual(Exception):
    """The packet is for dnspython to read, or to refuse."""


def read_plain(packet: bytes, query: Query) -> Reply | None:
    """Return the reply that `packet` is to `query`; None if it is none, or not a plain one."""
    try:
        return _Reading(packet).reply(query)
    except (_Unusual, IndexError, struct.error):
        return None


class _Reading:
    """One packet while it is read. `_at`: the offset of the next byte."""

    __slots__ = ("_at", "_packet")

    def __init__(self, packet: bytes) -> None:
        self._packet, self._at = packet, 0

    def reply(self, query: Query) -> Reply:
        number, flags, questions, answers, authorities, others = HEADER.unpack_from(self._packet)
        if number != query.number or flags & (QR | OPCODE | TC) != QR or questions != 1:
            raise _Unusual
        if answers + authorities + others > MOST_RECORDS:
            raise _Unusual
        self._at = HEADER.size + len(query.question)
        if self._packet[HEADER.size : self._at] != query.question:
            raise _Unusual
        answer = self._answer(answers)
        zone, absence_ttl = self._authority(authorities)
        edns = self._additional(others)
        if self._at != len(self._packet):
            raise _Unusual
        return Reply(self._packet, flags & RCODE, bool(flags & AA), edns, answer, zone, absence_ttl)

    def _answer(self, number: int) -> dict[tuple[bytes, int], Records]:
        found: dict[tuple[bytes, int], Records] = {}
        seen = set()
        for _ in range(number):
            owner = b"".join(bytes((len(label),)) + label for label in self._name()).lower() + b"\0"
            rdtype, ttl, end = self._record()
            key, rdata = (owner, rdtype), self._packet[self._at : end]
            text = self._text(rdtype, end)
            known = found.get(key)
            if known is None:
                found[key] = Records(ttl, (text,))
            elif rdtype == Type.CNAME:  # one only (RFC 2181 section 10.1)
                raise _Unusual
            else:
                texts = known.texts if (key, rdata) in seen else (*known.texts, text)
                found[key] = Records(min(known.ttl, ttl), texts)
            seen.add((key, rdata))
        return found

    def _authority(self, number: int) -> tuple[str, int]:
        """Return the zone of the SOA record, and how long an absence is remembered."""
        zone, absence_ttl, found = "", 0, False
        for _ in range(number):
            owner = self._name()
            rdtype, ttl, end = self._record()
            if rdtype == NS:
                self._name()
            elif rdtype == SOA and not found:
                self._name()
                self._name()
                minimum = TIMES.unpack_from(self._packet, self._at)[-1]
                self._at += TIMES.size
                zone, absence_ttl, found = _dotted(owner), min(ttl, minimum), True
            else:
                raise _Unusual
            self._ends_at(end)
        return zone, absence_ttl

    def _additional(self, number: int) -> bool:
        """Pass over the addresses of name servers; return whether the server speaks EDNS."""
        edns = False
        for _ in range(number):
            owner = self._name()
            if self._packet[self._at : self._at + 2] == OPT.to_bytes(2) and not owner and not edns:
                edns = True
                self._options()
                continue
            rdtype, _, end = self._record()
            if rdtype not in (Type.A, Type.AAAA):
                raise _Unusual
            self._text(rdtype, end)
        return edns

    def _options(self) -> None:
        """Pass over the record of EDNS. With options, another version or an extended code it is not plain."""
        _, _, extended, length = RECORD.unpack_from(self._packet, self._at)
        if extended >> 16 or length:
            raise _Unusual
        self._at += RECORD.size

    def _record(self) -> tuple[int, int, int]:
        """Return type, TTL and end of the record whose name was just read."""
        rdtype, rdclass, ttl, length = RECORD.unpack_from(self._packet, self._at)
        self._at += RECORD.size
        if rdclass != IN or ttl > LONGEST_TTL or self._at + length > len(self._packet):
            raise _Unusual
        return rdtype, ttl, self._at + length

    def _text(self, rdtype: int, end: int) -> str:
        """Return the data of a record as text, and go on behind it."""
        start, self._at = self._at, end
        rdata = self._packet[start:end]
        if rdtype == Type.TXT and rdata:
            return joined(_strings(rdata))
        if rdtype == Type.A and len(rdata) == 4:
            return dns.ipv4.inet_ntoa(rdata)
        if rdtype == Type.AAAA and len(rdata) == 16:
            return dns.ipv6.inet_ntoa(rdata)
        if rdtype != Type.CNAME:
            raise _Unusual
        self._at = start
        text = _dotted(self._name())
        self._ends_at(end)
        return text

    def _ends_at(self, end: int) -> None:
        if self._at != end:
            raise _Unusual

    def _name(self) -> list[bytes]:
        """Return the labels of the name here, and go on behind it. Pointers lead further and further back."""
        packet, at, start, limit, length = self._packet, self._at, self._at, self._at, 1
        labels: list[bytes] = []
        behind = 0
        while count := packet[at]:
            if count >= POINTER:
                behind = behind or at + 2
                at = (count & 0x3F) << 8 | packet[at + 1]
                if at >= limit:
                    raise _Unusual
                limit = at
                continue
            label = packet[at + 1 : at + 1 + count]
            at += 1 + count
            length += 1 + count
            if count > 63 or length > MAX_NAME or not PLAIN_LABEL.fullmatch(label) or (behind and at >= start):
                raise _Unusual
            labels.append(label)
        self._at = behind or at + 1
        return labels


def _dotted(labels: list[bytes]) -> str:
    if not labels:  # the root is written with its dot
        raise _Unusual
    return b".".join(labels).decode("ascii")


def _strings(rdata: bytes) -> tuple[bytes, ...]:
    """Return the character strings of a TXT record (RFC 1035 section 3.3.14)."""
    strings = []
    at = 0
    while at < len(rdata):
        end = at + 1 + rdata[at]
        if end > len(rdata):
            raise _Unusual
        strings.append(rdata[at + 1 : end])
        at = end
    return tuple(strings)
