"""Whether a CRL may be believed (RFC 5280 section 6.3.3, rule C6), and what it says about each certificate.

A CRL that must not be used says neither *revoked* nor *not revoked*. An entry that cannot be read costs only its own
certificate (C5), unless RFC 5280 forbids the whole list because of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from cryptography import x509

from revocation.pki import strict_der as der
from revocation.pki.distinguished import same_name
from revocation.pki.facts import MALFORMED, address_text, visible
from revocation.pki.signatures import is_signed_by
from revocation.pki.status.crl import Crl, Entry, entry_extensions, parse_crl
from revocation.pki.status.said import (
    REMOVE_FROM_CRL,
    CrlSighting,
    StatusUnreadable,
    check_freshness,
    published_reason,
    revocation_date,
    shown_everywhere,
)
from revocation.pki.strict_der import DerError, Reader
from revocation.pki.structure import AUTHORITY_KEY_IDENTIFIER, CRL_SIGN, Parts, read_parts

CRL_NUMBER, REASON, DELTA, SCOPE, CERTIFICATE_ISSUER = "2.5.29.20", "2.5.29.21", "2.5.29.27", "2.5.29.28", "2.5.29.29"
UNDERSTOOD = frozenset({AUTHORITY_KEY_IDENTIFIER, DELTA, SCOPE})
"""Extensions of a list that may be critical: the same that OpenSSL understands."""

FEW = 8
"""Up to so many serial numbers are first searched for in the bytes. The entries are read only if one is found."""
KNOWN = 10_000
"""Different extensions of entries that are remembered. Most entries of a list have the same few."""
LONGEST_NUMBER = 21
"""Bytes of a CRL number: 20 octets (RFC 5280 section 5.2.3) and a sign."""

Said = CrlSighting | StatusUnreadable


class ReadCrl:
    """A CRL whose signature, issuer, freshness, scope and critical extensions were checked."""

    def __init__(self, crl: Crl, *, names_issuers: bool) -> None:
        self._crl, self._names_issuers = crl, names_issuers
        self.number = _crl_number(crl)

    def say_of(self, serial_numbers: Collection[int]) -> dict[int, Said]:
        """Return, for each serial number, what the CRL says about it, or why it says nothing."""
        wanted = {der.integer_content(number): number for number in set(serial_numbers)}
        found: dict[int, list[Entry]] = {number: [] for number in wanted.values()}
        if len(wanted) > FEW or any(self._crl.mentions(serial) for serial in wanted):
            for entry in self._own_entries():
                number = wanted.get(entry.serial)
                if number is not None:
                    found[number].append(entry)
        return {number: self._said(entries) for number, entries in found.items()}

    def _own_entries(self) -> Iterator[Entry]:
        """Yield the entries about certificates of the list's own issuer.

        An entry's certificateIssuer counts for the entries after it, too (RFC 5280 section 5.3.3).
        """
        if not self._names_issuers:
            yield from self._crl.walk()
            return
        own = True
        for entry in self._crl.walk():
            named = entry.read_extensions.get(CERTIFICATE_ISSUER)
            if named is not None:
                own = any(same_name(name, self._crl.issuer) for name in _directory_names(named.value))
            if own:
                yield entry

    def _said(self, entries: list[Entry]) -> Said:
        if not entries:
            return self._sighting(None, None, revoked=False)
        try:
            reasons = [_reason(entry) for entry in entries]
            removed = {code == REMOVE_FROM_CRL for code in reasons}
            if len(removed) > 1:
                return StatusUnreadable("crl_entries_differ")
            if removed == {True}:
                return self._sighting(None, None, revoked=False)
            revoked_at = revocation_date(Reader(entries[0].revoked_at))
        except DerError:
            return StatusUnreadable("crl_entry_unreadable")
        return self._sighting(revoked_at, published_reason(reasons[0]), revoked=True)

    def _sighting(self, revoked_at: datetime | None, reason: int | None, *, revoked: bool) -> CrlSighting:
        times = (self._crl.this_update, shown_everywhere(self._crl.next_update))
        return CrlSighting(revoked, revoked_at, reason, self.number, *times)


def find_in_crl(
    crl_bytes: bytes,
    issuer_der: bytes,
    serial_number: int,
    at: datetime,
    named: Collection[str] = (),
    *,
    is_ca: bool = False,
) -> CrlSighting:
    """Return what the CRL (DER or PEM) of this issuer says about the serial number.

    `named`: the CRL addresses in the certificate, as they stand there. A CRL shard lists the addresses by which its
    certificates name it (RFC 5280 section 6.3.3 b 2). A shard with other addresses says nothing about this certificate.
    `is_ca`: whether the certificate is a CA's.

    Raises StatusUnreadable, and for SM2 openssl.OpensslMissing.
    """
    said = read_crl(crl_bytes, issuer_der, at, named, is_ca=is_ca).say_of([serial_number])[serial_number]
    if isinstance(said, StatusUnreadable):
        raise said
    return said


def read_crl(
    crl_bytes: bytes, issuer_der: bytes, at: datetime, named: Collection[str] = (), *, is_ca: bool = False
) -> ReadCrl:
    """Read and check a CRL. Raises what `find_in_crl` raises, and nothing else."""
    try:
        issuer = read_parts(issuer_der)
    except MALFORMED as unreadable:
        raise StatusUnreadable("issuer_unreadable") from unreadable
    try:
        crl = parse_crl(crl_bytes)
        _check_issuer(crl, issuer)
        check_freshness("crl", crl.this_update, crl.next_update, at)
        _check_extensions(crl, named, is_ca=is_ca)
        return ReadCrl(crl, names_issuers=_check_entries(crl))
    except MALFORMED as unreadable:
        raise StatusUnreadable("crl_unreadable") from unreadable


def _check_issuer(crl: Crl, issuer: Parts) -> None:
    if not same_name(crl.issuer, issuer.subject):
        raise StatusUnreadable(
            "crl_of_another_issuer", {"found": _written(crl.issuer), "wanted": _written(issuer.subject)}
        )
    if issuer.key_usage is not None and CRL_SIGN not in issuer.key_usage:
        raise StatusUnreadable("crl_issuer_may_not_sign")
    if not is_signed_by(crl, issuer):
        raise StatusUnreadable("crl_signature_wrong")
    if not _is_named(crl, issuer):
        raise StatusUnreadable("crl_not_for_this_key")


def _is_named(crl: Crl, issuer: Parts) -> bool:
    """Whether the list's authorityKeyIdentifier, if it has one, names this issuer (RFC 5280 section 5.2.1)."""
    found = crl.extensions.get(AUTHORITY_KEY_IDENTIFIER)
    if found is None:
        return True
    identifier = Reader(found.value).enter(der.SEQUENCE)
    key, names, serial = (identifier.optional(tag) for tag in (0x80, 0xA1, 0x82))
    own = issuer.key_identifier
    if key is not None and own is not None and key.rest != own:
        return False
    named = list(_tagged(names, DIRECTORY_NAME)) if names is not None else []
    if named and not any(same_name(name, issuer.issuer) for name in named):
        return False
    return serial is None or serial.rest == issuer.serial


def _check_extensions(crl: Crl, named: Collection[str], *, is_ca: bool) -> None:
    for oid, extension in crl.extensions.items():
        if extension.critical and oid not in UNDERSTOOD:
            raise StatusUnreadable("crl_critical", {"oid": oid})
    if DELTA in crl.extensions:  # alone it says nothing
        raise StatusUnreadable("crl_partial")
    if SCOPE in crl.extensions:
        _check_scope(Reader(crl.extensions[SCOPE].value).enter(der.SEQUENCE), named, is_ca=is_ca)


def _check_scope(point: Reader, named: Collection[str], *, is_ca: bool) -> None:
    """Check the IssuingDistributionPoint (RFC 5280 section 5.2.5). Raises StatusUnreadable."""
    place = point.optional(0xA0)
    only_users, only_cas = _flag(point, 0x81), _flag(point, 0x82)
    some_reasons = point.optional(0x83)
    indirect, only_attributes = _flag(point, 0x84), _flag(point, 0x85)
    point.finish()
    if some_reasons is not None or indirect or only_attributes or (only_users if is_ca else only_cas):
        raise StatusUnreadable("crl_partial")
    if place is not None:
        addresses = {address_text(raw) for raw in _addresses(place)}
        if addresses.isdisjoint(named):
            raise StatusUnreadable("crl_elsewhere", {"found": ", ".join(sorted(addresses)) or "–"})


def _flag(point: Reader, tag: int) -> bool:
    found = point.optional(tag)
    return found is not None and der.boolean(found.rest)


def _addresses(place: Reader) -> Iterator[bytes]:
    """Yield the addresses of a DistributionPointName.

    A name that is relative to the issuer's has none, so it matches no certificate.
    """
    names = place.optional(0xA0)
    if names is not None:
        yield from _tagged(names, UNIFORM_RESOURCE_IDENTIFIER)


DIRECTORY_NAME, UNIFORM_RESOURCE_IDENTIFIER = 0xA4, 0x86


def _tagged(names: Reader, kind: int) -> Iterator[bytes]:
    """Yield the contents of the GeneralNames (RFC 5280 section 4.2.1.6) of one kind."""
    while names:
        tag = names.tag
        content = names.content(tag)
        if tag == kind:
            yield content


def _directory_names(value: bytes) -> Iterator[bytes]:
    return _tagged(Reader(value).enter(der.SEQUENCE), DIRECTORY_NAME)


def _check_entries(crl: Crl) -> bool:
    """Check the extensions of all entries. Returns whether some entry names the issuer of its certificate.

    An unknown critical extension of one entry forbids the whole list (RFC 5280 section 5.3).
    """
    known: dict[bytes, bool] = {b"": False}
    names_issuers = False
    for entry in crl.walk():
        if entry.extensions not in known:
            if len(known) > KNOWN:
                known = {b"": False}
            known[entry.extensions] = _names_issuer(entry.extensions, crl.issuer)
        names_issuers = names_issuers or known[entry.extensions]
    return names_issuers


def _names_issuer(element: bytes, own: bytes) -> bool:
    extensions = entry_extensions(element)
    for oid, extension in extensions.items():
        if extension.critical and oid != CERTIFICATE_ISSUER:
            raise StatusUnreadable("crl_entry_critical", {"oid": oid})
    named = extensions.get(CERTIFICATE_ISSUER)
    if named is not None:
        for name in _directory_names(named.value):
            same_name(name, own)  # raises if unreadable: then the issuer of the entries after it is unknown
    return named is not None


def _reason(entry: Entry) -> int | None:
    found = entry.read_extensions.get(REASON)
    return None if found is None else der.integer(Reader(found.value).content(der.ENUMERATED))


def _crl_number(crl: Crl) -> int | None:
    """Return the CRL number, or None without one that RFC 5280 section 5.2.3 allows."""
    found = crl.extensions.get(CRL_NUMBER)
    if found is None:
        return None
    content = Reader(found.value).content(der.INTEGER)
    number = der.integer(content)
    return number if number >= 0 and len(content) <= LONGEST_NUMBER else None


def _written(name: bytes) -> str:
    """Return a name as text for people; the first hexadecimal digits if it cannot be read."""
    try:
        return visible(x509.Name.from_bytes(name).rfc4514_string())
    except MALFORMED:
        return name.hex()[:64]
