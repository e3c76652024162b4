"""IPv4 addresses hidden inside IPv6 addresses, and the forms in which they are (rule O8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network

LOW_32_BITS = 0xFFFF_FFFF
ISATAP_IDENTIFIER = 0x0000_5EFE
ISATAP_GLOBAL_BITS = 0x0300_0000
"""The u and g bits of an interface identifier, which ISATAP leaves to the sender (RFC 5214 section 6.1)."""


def _at(shift: int, flip: int = 0) -> Callable[[int], IPv4Address]:
    """Return a reader of the 32 bits that end `shift` bits from the right. The bits set in `flip` are inverted."""
    return lambda bits: IPv4Address(bits >> shift & LOW_32_BITS ^ flip)


def _around_the_u_octet(bits: int) -> IPv4Address:
    """Return the address inside a /48 NAT64 prefix, which skips bits 64 to 71 (RFC 6052 section 2.2)."""
    return IPv4Address((bits >> 64 & 0xFFFF) << 16 | bits >> 40 & 0xFFFF)


FORMS: tuple[tuple[IPv6Network, Callable[[int], IPv4Address]], ...] = (
    (IPv6Network("::ffff:0:0/96"), _at(0)),  # mapped, RFC 4291 section 2.5.5.2
    (IPv6Network("::/96"), _at(0)),  # compatible, RFC 4291 section 2.5.5.1
    (IPv6Network("64:ff9b::/96"), _at(0)),  # NAT64, RFC 6052 section 2.1
    (IPv6Network("64:ff9b:1::/48"), _at(0)),  # NAT64 as RFC 8215 is mostly used: a /96 inside
    (IPv6Network("64:ff9b:1::/48"), _around_the_u_octet),  # NAT64 with the whole /48
    (IPv6Network("2002::/16"), _at(80)),  # 6to4, RFC 3056 section 2
    (IPv6Network("2001::/32"), _at(64)),  # Teredo's server, RFC 4380 section 4
    (IPv6Network("2001::/32"), _at(0, flip=LOW_32_BITS)),  # Teredo's client
)


def inner_addresses(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield every IPv4 address that a router on the way could unwrap from `address`."""
    bits = int(address)
    for network, read in FORMS:
        if address in network:
            yield read(bits)
    if bits >> 32 & LOW_32_BITS & ~ISATAP_GLOBAL_BITS == ISATAP_IDENTIFIER:
        yield IPv4Address(bits & LOW_32_BITS)
