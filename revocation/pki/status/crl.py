"""The structure of a CRL (RFC 5280 section 5.1) and its entries, which are read one at a time."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from revocation.pki import strict_der as der
from revocation.pki.strict_der import DerError, Reader
from revocation.pki.structure import Extension, Extensions, read_extensions

PEM = re.compile(rb"-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----")
V2 = b"\x01"
BLANK = b" \t\r\n\0"


class Entry(NamedTuple):
    """One entry of a CRL. `revoked_at` and `extensions` are whole elements; `extensions` is empty if there are none."""

    serial: bytes
    revoked_at: bytes
    extensions: bytes

    @property
    def read_extensions(self) -> dict[str, Extension]:
        """The entry's extensions by identifier. Raises DerError."""
        return entry_extensions(self.extensions)


@dataclass(frozen=True, slots=True)
class Crl:
    """A CRL. `entries`: where they begin and end in `tbs`. `issuer`, `algorithm`: whole elements."""

    tbs: bytes
    issuer: bytes
    this_update: datetime
    next_update: datetime | None
    entries: tuple[int, int]
    extensions: Extensions
    algorithm: bytes
    signature: bytes

    def walk(self) -> Iterator[Entry]:
        """Yield all entries in their order. Raises DerError."""
        data, (at, end) = self.tbs, self.entries
        while at < end:
            tag, body, stop = der.header(data, at, end)
            kind, start, after = der.header(data, body, stop)
            if tag != der.SEQUENCE or kind != der.INTEGER:
                raise DerError("entry")
            serial = data[start:after]
            if start == after or serial[0] in (0x00, 0xFF):
                der.integer(serial)
            kind, _, rest = der.header(data, after, stop)
            if kind not in der.FORMS:
                raise DerError("entry")
            yield Entry(serial, data[after:rest], data[rest:stop])
            at = stop

    def mentions(self, serial: bytes) -> bool:
        """Whether this INTEGER stands anywhere among the entries. If not, no entry has this serial number."""
        return self.tbs.find(der.encoded(der.INTEGER, serial), *self.entries) >= 0


def entry_extensions(element: bytes) -> dict[str, Extension]:
    """Read the extensions of one entry. Raises DerError."""
    if not element:
        return {}
    reader = Reader(element)
    found = read_extensions(reader.enter(der.SEQUENCE))
    reader.finish()
    return found


def parse_crl(served: bytes) -> Crl:
    """Read a CRL in DER, with blanks after it, or in PEM, with other text around it. Raises DerError."""
    written = PEM.search(served)
    outside = Reader(base64.b64decode(written[1], validate=False) if written else served)
    outer = outside.enter(der.SEQUENCE)
    if outside.rest.strip(BLANK):
        raise DerError("bytes after the end")
    tbs = outer.element(der.SEQUENCE)
    algorithm, signature = outer.element(der.SEQUENCE), der.bits(outer.content(der.BIT_STRING))
    outer.finish()
    inner = Reader(tbs).enter(der.SEQUENCE)
    version = inner.optional(der.INTEGER)
    if version is not None and version.rest != V2:
        raise DerError("version")
    if inner.element(der.SEQUENCE) != algorithm:
        raise DerError("two signature algorithms")
    issuer, this_update = inner.element(der.SEQUENCE), der.instant(inner)
    next_update = der.instant(inner) if inner.tag in der.FORMS else None
    listed = inner.optional(der.SEQUENCE)
    wrapped = inner.optional(0xA0)
    inner.finish()
    extensions = read_extensions(wrapped.enter(der.SEQUENCE)) if wrapped is not None else {}
    entries = (listed.at, listed.end) if listed is not None else (0, 0)
    return Crl(tbs, issuer, this_update, next_update, entries, extensions, algorithm, signature)
