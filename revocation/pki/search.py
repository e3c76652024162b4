"""THE NORMALISER of what people type into a search box, for the console and the desk alike.

Serial numbers, fingerprints, names and request numbers are written in many ways: by openssl, by browsers, by our own
pages. What was typed is read as everything that it may be; the caller looks for all of it.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass

from revocation.pki.names import OTHER_DOTS, a_label, as_written

LONGEST = 300
"""Characters that are read. No name and no number in the inventory is longer."""
SHORTEST_NUMBER = 6
"""Digits from which a part of a serial number is looked for without its leading zeros, or as a decimal number."""

PREFIX = re.compile(r"(?:serial(?:\s*(?:number|no\.?))?|sn|序列号)\s*[:：=]?\s*(?=[-0-9a-f(])", re.IGNORECASE)
IN_BRACKETS = re.compile(r"-?\d+ \((-?0x[0-9a-f]+)\)", re.IGNORECASE)
"""`4096 (0x1000)`: openssl's way to write a short serial number."""
SEPARATORS = re.compile(r"[\s:\-‐‑–·]")
HEX = re.compile(r"[0-9a-f]{1,256}", re.IGNORECASE | re.ASCII)
DECIMAL = re.compile(r"\d{1,80}", re.ASCII)
DIGEST_PREFIX = re.compile(r"^(?:sha-?256)?\s*(?:fingerprint|指纹)?\s*[:：=]?\s*", re.IGNORECASE)
DIGEST = re.compile(r"[0-9a-f]{64}", re.IGNORECASE | re.ASCII)
NUMBER = re.compile(r"(?P<kind>R-?|J-?|#)?0*(?P<number>\d{1,9})", re.IGNORECASE | re.ASCII)
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^/?#:]*)", re.IGNORECASE)
LABELLED = re.compile(r"^(?:(?:dns|ip(?: address)?|url)\s*:|cn\s*=)\s*(?=\S)", re.IGNORECASE)
BRACKETED = re.compile(r"\[([0-9a-f:.]+)\](?::\d{1,5})?", re.IGNORECASE)
"""An IPv6 address as it stands in an address of the web."""
BEHIND = re.compile(r"(?::\d{1,5})?(?:[/?#].*)?$")
"""Port and path of an address that was pasted without its scheme."""
INVISIBLE = re.compile("[\0\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What comes along when text is copied from a page or a document. Not the joiners: names may have them."""
AROUND = " \t\r\n,;\"'"
"""What stands around a value in a list or a file."""
NARROW = {0xFF01 + offset: 0x21 + offset for offset in range(94)}
"""ASCII as Chinese and Japanese keyboards write it, in full width."""
PAIRS_WITH_SPACES = re.compile(r"(?:[0-9a-f]{2}\s+){3,}[0-9a-f]{2}", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    """`serial_numbers`: as the inventory may hold them. `digest`: SHA-256, lower case, or empty. `names`: beginnings of
    names, lower case, as A-labels and as people write them. `request`, `filing`: numbers, or None; `bare`: typed
    without its letter. `text`: for names of people and organisations."""

    text: str = ""
    serial_numbers: tuple[str, ...] = ()
    digest: str = ""
    names: tuple[str, ...] = ()
    request: int | None = None
    filing: int | None = None
    bare: bool = False


def read(text: str) -> Typed:
    """Everything that the text may be.

    >>> read("Serial Number: 03:AB").serial_numbers
    ('03AB', '3AB', '0003AB')
    """
    text = _cleaned(text)[:LONGEST]
    bare = text.translate(NARROW).strip(AROUND)
    number = NUMBER.fullmatch(bare)
    kind = (number["kind"] or "").upper()[:1] if number else ""
    return Typed(
        text=text,
        serial_numbers=serial_numbers(bare),
        digest=digest(bare),
        names=names(bare),
        request=int(number["number"]) if number and kind != "J" else None,
        filing=int(number["number"]) if number and kind == "J" else None,
        bare=not kind,
    )


def _cleaned(text: str) -> str:
    return unicodedata.normalize("NFC", INVISIBLE.sub("", text)).strip()


def serial_numbers(text: str) -> tuple[str, ...]:
    """Hexadecimal with or without separators, `0x`, leading zeros and a heading; and the same digits as decimal."""
    bare = PREFIX.sub("", text, count=1).strip() if PREFIX.match(text) else text
    if bracketed := IN_BRACKETS.fullmatch(bare):
        bare = bracketed[1]
    sign, bare = ("-", bare[1:]) if bare.startswith("-") else ("", bare)
    digits = SEPARATORS.sub("", bare)
    digits = digits[2:] if digits[:2].lower() == "0x" else digits
    values = [int(digits, 16)] if HEX.fullmatch(digits) else []
    values += [int(bare)] if DECIMAL.fullmatch(bare) else []
    return tuple(dict.fromkeys(sign + form for value in values for form in _kept_as(f"{value:X}")))


def _kept_as(digits: str) -> tuple[str, ...]:
    """Two digits a byte, as openssl writes serial numbers and the inventory holds them; without the zero, and with the
    byte that makes a number positive (X.690, 8.3), as some programs write them and older records may have them."""
    even = digits.zfill(len(digits) + len(digits) % 2)
    return even, digits, f"00{even}"


def digest(text: str) -> str:
    """A SHA-256 digest with or without separators and a heading, or empty."""
    bare = SEPARATORS.sub("", DIGEST_PREFIX.sub("", text))
    return bare.lower() if DIGEST.fullmatch(bare) else ""


def names(text: str) -> tuple[str, ...]:
    """The spellings of a name or its beginning: a pasted address, a final dot, other full stops, Unicode, A-labels."""
    host = _host(text).translate(OTHER_DOTS).lower().removesuffix(".")
    return spellings(host) if host else ()


def _host(text: str) -> str:
    text = LABELLED.sub("", text.split(" (")[0].strip())
    found = ADDRESS.match(text)
    if found:
        return found["host"].strip("[]")
    if bracketed := BRACKETED.fullmatch(text):
        return bracketed[1]
    return text if text.count(":") > 1 else BEHIND.sub("", text)  # an IPv6 address has colons of its own


def spellings(name: str) -> tuple[str, ...]:
    """A name in lower case, as A-labels, as people write it, and an IP address in its short form."""
    low = name.lower()
    coded = ".".join(_coded(label) for label in low.split("."))
    return tuple(dict.fromkeys((low, coded, as_written(coded), _address(low))))


def _coded(label: str) -> str:
    if label.isascii():
        return label
    try:
        return a_label(label)
    except UnicodeError:
        return label


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def words(text: str, most: int) -> list[tuple[str, ...]]:
    """What a search inside a text looks for: of each word the spellings, one of which must be found.

    A serial number may stand in the text with fewer zeros than it was typed with, so it is looked for without any.
    """
    text = _cleaned(text)
    text = PREFIX.sub("", text, count=1) if PREFIX.match(text) else text
    parts = [SEPARATORS.sub("", text)] if PAIRS_WITH_SPACES.fullmatch(text) else text.split()
    return [_inside(part[:LONGEST].lower()) for part in parts[:most]]


def _inside(word: str) -> tuple[str, ...]:
    bare = word.translate(NARROW).strip(AROUND)
    numbers = [number.lstrip("0").lower() for number in serial_numbers(bare) if "-" not in number]
    long = [number for number in numbers if len(number) >= SHORTEST_NUMBER]
    return tuple(dict.fromkeys((word, *long, *filter(None, (digest(bare), *names(bare))))))
