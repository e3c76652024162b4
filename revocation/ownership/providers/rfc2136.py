"""Driver for dynamic update (RFC 2136) with TSIG (RFC 8945): BIND, Knot, PowerDNS, Windows DNS and many hosters."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.update
from dns.rdtypes.ANY.TXT import TXT

from revocation.outbound.configured import nameserver
from revocation.outbound.operators import NotAnswered, ask
from revocation.ownership.providers.interface import NeedsAttention, Record, TryAgain

SECONDS = 5.0
"""For each of the three messages of a publication."""

ALGORITHMS = ("hmac-sha256", "hmac-sha384", "hmac-sha512")
OPTIONS = frozenset({"driver", "server", "zones", "key_name", "key_algorithm", "key_secret"})

TEMPORARY = frozenset({dns.rcode.SERVFAIL})
"""Codes that may pass by themselves. Any other except NOERROR is a decision that a person must read."""

PEER_ERRORS: Mapping[type[dns.tsig.PeerError], str] = {
    dns.tsig.PeerBadKey: "BADKEY",
    dns.tsig.PeerBadSignature: "BADSIG",
    dns.tsig.PeerBadTime: "BADTIME",
    dns.tsig.PeerBadTruncation: "BADTRUNC",
}


@dataclass(frozen=True)
class Rfc2136:
    """A provider by dynamic update. `server`: (address, port) of the primary that accepts updates, as configured."""

    slug: str
    server: tuple[str, int]
    zones: tuple[str, ...]
    key: dns.tsig.Key = field(repr=False)
    seconds: float = SECONDS

    def publish(self, record: Record) -> None:
        zone = self._zone(record)
        if self._is_there(record, zone):
            return
        update = self._update(zone)
        update.add(_owner(record), record.ttl, _rdata(record))
        self._send(update, zone)
        if not self._is_there(record, zone):  # RFC 2136 section 3.4.2.2: beside a CNAME it is ignored silently
            raise NeedsAttention("not_taken", provider=self.slug, name=record.name)

    def remove(self, record: Record) -> None:
        """Remove exactly this record. Another one at the same name, with the value of another request, stays."""
        zone = self._zone(record)
        update = self._update(zone)
        update.delete(_owner(record), _rdata(record))
        self._send(update, zone)

    def _zone(self, record: Record) -> dns.name.Name:
        """Return the longest of our zones that holds the record. Raises NeedsAttention if none does."""
        owner = _owner(record)
        zones = [name for name in map(dns.name.from_text, self.zones) if owner.is_subdomain(name)]
        if not zones:
            raise NeedsAttention("zone_not_hosted", provider=self.slug, zone="–", name=record.name)
        return max(zones, key=len)

    def _is_there(self, record: Record, zone: dns.name.Name) -> bool:
        """Ask the server whether the record is there. Raises TryAgain or NeedsAttention if none can be published there.

        The name must be in the server's own zone. Behind a zone cut (RFC 1034 section 4.2.1) the server would accept
        the record, but nobody would ever see it.
        """
        owner, kind = _owner(record), dns.rdatatype.from_text(record.kind)
        query = dns.message.make_query(owner, kind)
        query.flags &= ~dns.flags.RD
        reply = self._asked(query)
        if reply.rcode() in TEMPORARY:
            raise TryAgain("server_failed", provider=self.slug, rcode=_text(reply))
        if not reply.flags & dns.flags.AA or _soa_elsewhere(reply, zone):
            raise NeedsAttention("zone_not_hosted", provider=self.slug, zone=_shown(zone), name=record.name)
        alias = reply.get_rrset(reply.answer, owner, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if alias is not None and _rdata(record) not in alias:
            raise NeedsAttention("alias_in_the_way", name=record.name)
        found = reply.get_rrset(reply.answer, owner, dns.rdataclass.IN, kind)
        return found is not None and _rdata(record) in found

    def _update(self, zone: dns.name.Name) -> dns.update.UpdateMessage:
        update = dns.update.UpdateMessage(zone)
        update.use_tsig(self.key, algorithm=self.key.algorithm)
        return update

    def _send(self, update: dns.update.UpdateMessage, zone: dns.name.Name) -> None:
        try:
            reply = self._asked(update)
        except dns.tsig.PeerError as error:
            named = PEER_ERRORS.get(type(error), "TSIG")
            raise NeedsAttention("key_refused", provider=self.slug, rcode=named) from None
        if reply.rcode() in TEMPORARY:
            raise TryAgain("server_failed", provider=self.slug, rcode=_text(reply))
        if reply.rcode() != dns.rcode.NOERROR:
            raise NeedsAttention("refused", provider=self.slug, zone=_shown(zone), rcode=_text(reply))

    def _asked(self, query: dns.message.Message) -> dns.message.Message:
        try:
            return ask(query, self.server, self.seconds)
        except NotAnswered as unanswered:
            raise TryAgain("not_answered", provider=self.slug, detail=str(unanswered)) from None


def from_options(slug: str, options: Mapping[str, Any]) -> Rfc2136:
    """Make a provider from an entry of DNS_PROVIDERS. Raises ValueError with a sentence that holds no secret."""
    unknown = sorted(map(str, set(options) - OPTIONS))
    if unknown:
        raise ValueError(f"unknown options: {', '.join(unknown)}.")
    algorithm = options.get("key_algorithm", ALGORITHMS[0])
    if algorithm not in ALGORITHMS:
        raise ValueError(f"key_algorithm is not one of {', '.join(ALGORITHMS)}.")
    key = dns.tsig.Key(_name("key_name", options.get("key_name")), _secret(options), algorithm)
    return Rfc2136(slug, _server(options), _zones(options), key)


def _server(options: Mapping[str, Any]) -> tuple[str, int]:
    try:
        return nameserver(str(options.get("server", "")))
    except ValueError:
        raise ValueError("server is not an IP address, with a port or without.") from None


def _zones(options: Mapping[str, Any]) -> tuple[str, ...]:
    zones = options.get("zones")
    if not isinstance(zones, list) or not zones:
        raise ValueError("zones is not a list of at least one zone.")
    return tuple(_shown(_name("zones", zone)) for zone in zones)


def _name(option: str, text: object) -> dns.name.Name:
    try:
        name = dns.name.from_text(text) if isinstance(text, str) and text.strip(".") else None
    except (dns.exception.DNSException, UnicodeError):
        name = None
    if name is None:
        raise ValueError(f"{option} holds what is no domain name.")
    return name


def _secret(options: Mapping[str, Any]) -> bytes:
    try:
        secret = base64.b64decode(str(options.get("key_secret", "")), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not secret:
        raise ValueError("key_secret is not base64, or is missing.")
    return secret


def _owner(record: Record) -> dns.name.Name:
    return dns.name.from_text(record.name)


def _rdata(record: Record) -> dns.rdata.Rdata:
    if record.kind == "TXT":
        return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, [record.value.encode()])
    return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(record.kind), f"{record.value.rstrip('.')}.")


def _soa_elsewhere(reply: dns.message.Message, zone: dns.name.Name) -> bool:
    """Whether the reply is a negative answer from another zone, as its SOA shows (RFC 2308 section 3)."""
    owners = [rrset.name for rrset in reply.authority if rrset.rdtype == dns.rdatatype.SOA]
    return bool(owners) and not reply.answer and owners[0] != zone


def _text(reply: dns.message.Message) -> str:
    return dns.rcode.to_text(reply.rcode())


def _shown(name: dns.name.Name) -> str:
    return str(name.to_text(omit_final_dot=True)).lower()
