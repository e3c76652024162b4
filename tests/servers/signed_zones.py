"""Zones as text, signed as a careful or a careless operator would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import dns.dnssec
import dns.dnssectypes
import dns.name
import dns.rdataset
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

Spoil = Callable[[dns.zone.Zone], None]


def zone_text(origin: str, records: str, server: str = "127.0.0.2") -> str:
    """Return a small zone. Its one name server is at `server`."""
    return f"""$ORIGIN {origin}.
$TTL 60
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
ns1 A {server}
{records}
"""


@dataclass
class SignedZone:
    """A zone that is signed when it is made. `text` is the signed zone, `ds` what its parent should say of it."""

    origin: str
    records: str
    spoil: Spoil | None = None
    age: timedelta = timedelta()
    text: str = field(init=False)
    ds: str = field(init=False)

    def __post_init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        public = dns.dnssec.make_dnskey(key.public_key(), dns.dnssectypes.Algorithm.ECDSAP256SHA256, flags=257)
        zone = dns.zone.from_text(zone_text(self.origin, self.records), f"{self.origin}.", relativize=False)
        now = datetime.now(UTC) - self.age
        with zone.writer() as writer:
            dns.dnssec.sign_zone(
                zone,
                writer,
                keys=[(key, public)],
                inception=now - timedelta(days=1),
                expiration=now + timedelta(days=9),
                deterministic=False,
            )
        if self.spoil:
            self.spoil(zone)
        self.text = zone.to_text(relativize=False)
        name = dns.name.from_text(self.origin)
        self.ds = f"{self.origin}. DS {dns.dnssec.make_ds(name, public, 'SHA256').to_text()}"


def another_value(owner: str, text: str) -> Spoil:
    """Return a spoil that changes the TXT record after signing."""

    def spoil(zone: dns.zone.Zone) -> None:
        zone.replace_rdataset(dns.name.from_text(owner), dns.rdataset.from_text("IN", "TXT", 60, f'"{text}"'))

    return spoil


def without_signature(owner: str) -> Spoil:
    """Return a spoil that leaves the signature of the TXT record out."""

    def spoil(zone: dns.zone.Zone) -> None:
        zone.delete_rdataset(dns.name.from_text(owner), "RRSIG", dns.rdatatype.TXT)

    return spoil
