"""Questions and replies of the DNS as a look-up needs them: names in wire format, records as text.

dnspython reads a reply into some fifty objects, which costs more than all else of a look-up together. So the replies
that are met most are read by `plain` into a `Reply`, and the others by dnspython.
"""

from __future__ import annotations

import re
import secrets
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype

EDNS_PAYLOAD = 1232
"""Bytes that fit into one packet everywhere, without fragments (DNS flag day 2020)."""

OPT = 41
DO = 0x8000
"""The flag of EDNS that asks for signatures (RFC 3225)."""

HEADER = struct.Struct("!HHHHHH")
IN = 1

PLAIN_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}", re.ASCII)
"""Names without escapes and without letters that need IDNA."""

LONGEST_PLAIN_NAME = 253
"""Characters. With the lengths of its labels and the root that is a name of 255 bytes (RFC 1035 section 2.3.4)."""


class Type(IntEnum):
    """The types of records that look-ups ask for."""

    A = 1
    CNAME = 5
    TXT = 16
    AAAA = 28


TEXT_OF: dict[int, Callable[[Any], str]] = {
    Type.A: lambda rdata: str(rdata.address),
    Type.AAAA: lambda rdata: str(rdata.address),
    Type.CNAME: lambda rdata: text_of(rdata.target),
    Type.TXT: lambda rdata: joined(rdata.strings),
}


@dataclass(frozen=True, slots=True)
class Query:
    """One question as it is sent once. `owner`: the name in wire format. `dnssec`: signatures are asked for.

    `number` is what the answer must repeat (RFC 5452 section 3). `edns`: whether the question says so much of itself.
    """

    owner: bytes
    rdtype: int
    flags: int = dns.flags.RD
    dnssec: bool = False
    edns: bool = True
    number: int = field(default_factory=lambda: secrets.randbits(16))

    @property
    def question(self) -> bytes:
        return self.owner + struct.pack("!HH", self.rdtype, IN)

    @property
    def wire(self) -> bytes:
        """The whole message (RFC 1035 section 4.1, RFC 6891 section 6.1.2)."""
        head = HEADER.pack(self.number, self.flags, 1, 0, 0, int(self.edns))
        if not self.edns:
            return head + self.question
        return head + self.question + struct.pack("!BHHIH", 0, OPT, EDNS_PAYLOAD, DO if self.dnssec else 0, 0)


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one name and type. `ttl` in seconds: the smallest among them."""

    ttl: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply. `answer`: (name in wire format and small letters, type) → records, of the types of `Type` only.

    `zone`: the zone whose SOA record stands beside an answer without records. `absence_ttl`: how many seconds that
    absence is remembered (RFC 2308 section 5). `packet`: the bytes. `read`: what dnspython made of them, if it did.
    """

    packet: bytes
    rcode: int
    authoritative: bool
    edns: bool
    answer: Mapping[tuple[bytes, int], Records]
    zone: str = ""
    absence_ttl: int = 0
    read: dns.message.Message | None = None

    @property
    def message(self) -> dns.message.Message:
        """The whole reply, for what needs more of it."""
        return self.read or dns.message.from_wire(self.packet)


def reply_of(message: dns.message.Message, packet: bytes) -> Reply:
    """Return what dnspython has read as a `Reply`."""
    answer = {
        (wire_of(rrset.name).lower(), int(rrset.rdtype)): Records(
            rrset.ttl, tuple(TEXT_OF[rrset.rdtype](rdata) for rdata in rrset)
        )
        for rrset in message.answer
        if rrset.rdtype in TEXT_OF and rrset.rdclass == dns.rdataclass.IN
    }
    soa: Any = next((rrset for rrset in message.authority if rrset.rdtype == dns.rdatatype.SOA), None)
    return Reply(
        packet,
        int(message.rcode()),
        bool(message.flags & dns.flags.AA),
        message.edns >= 0,
        answer,
        text_of(soa.name) if soa else "",
        min(soa.ttl, soa[0].minimum) if soa else 0,
        message,
    )


def wire_name(name: str) -> bytes:
    """Return `name` in wire format. Raises `dns.exception.DNSException` or `UnicodeError` for what is no name."""
    if len(name) <= LONGEST_PLAIN_NAME and PLAIN_NAME.fullmatch(name):
        return b"".join(bytes((len(label),)) + label for label in name.encode().split(b".")) + b"\0"
    return wire_of(dns.name.from_text(name))


def wire_of(name: dns.name.Name) -> bytes:
    return name.to_wire() or b""


def text_of(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


def joined(strings: tuple[bytes, ...]) -> str:
    """Return the character strings of a TXT record as one text (RFC 7208 section 3.3)."""
    return b"".join(strings).decode("utf-8", "backslashreplace")
