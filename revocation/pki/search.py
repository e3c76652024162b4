"""Normalisation of what people type into a search box, for the console and the review desk alike.

openssl, browsers and our own pages write serial numbers, fingerprints, names and request numbers in many ways. A text
is read as everything that it may mean, and the caller searches for all of these.
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
"""Fewest hexadecimal digits, without leading zeros, that a search inside a text tries as a serial number."""

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
"""An IPv6 address as it stands in a URL."""
BEHIND = re.compile(r"(?::\d{1,5})?(?:[/?#].*)?$")
"""Port and path of a URL that was pasted without its scheme."""
INVISIBLE = re.compile("[\0\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Characters that copying from a page or a document may add. Joiners are not among them: names may have them."""
AROUND = " \t\r\n,;\"'"
"""Characters that may surround a value in a list or a file."""
PLAIN_NAME = re.compile(r"[a-z0-9._*-]*[a-z_*-]", re.ASCII)
"""A name of ASCII letters that is no address: those end in a digit or have colons."""
NARROW = {0xFF01 + offset: 0x21 + offset for offset in range(94)}
"""ASCII as Chinese and Japanese keyboards write it, in full width."""
PAIRS_WITH_SPACES = re.compile(r"(?:[0-9a-f]{2}\s+){3,}[0-9a-f]{2}", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    """Everything that a typed text may mean.

    `serial_numbers`: as the inventory may hold them. `digest`: SHA-256 in lower case, or empty. `names`: beginnings of
    names in lower case, as A-labels and as people write them. `request`, `filing`: numbers, or None. `bare`: the number
    was typed without its letter. `text`: for names of people and organisations.
    """

    text: str = ""
    serial_numbers: tuple[str, ...] = ()
    digest: str = ""
    names: tuple[str, ...] = ()
    request: int | None = None
    filing: int | None = None
    bare: bool = False


def read(text: str) -> Typed:
    """Read a typed text as everything that it may mean.

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
    """Return the serial numbers that the text may mean, read as hexadecimal and as decimal.

    Separators, `0x`, leading zeros and a heading may be there or not.
    """
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
    """Return the forms in which a serial number may be stored.

    The first has two digits a byte, as in openssl and the inventory. The others, found in some programs and older
    records, have no leading zero, or a zero byte in front that makes the number positive (X.690, 8.3).
    """
    even = digits.zfill(len(digits) + len(digits) % 2)
    return even, digits, f"00{even}"


def digest(text: str) -> str:
    """Return the SHA-256 digest in the text, written with or without separators and a heading; or an empty text."""
    bare = SEPARATORS.sub("", DIGEST_PREFIX.sub("", text))
    return bare.lower() if DIGEST.fullmatch(bare) else ""


def names(text: str) -> tuple[str, ...]:
    """Return the spellings of a name or its beginning.

    Accepts a pasted URL, a final dot, full stops of other scripts, Unicode and A-labels.
    """
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
    """Return a name in lower case, as A-labels and as people write it; an IP address also in its short form."""
    low = name.lower()
    if PLAIN_NAME.fullmatch(low) and "xn--" not in low:
        return (low,)
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
    """Return, for each of the first `most` words, its spellings. A text matches if it holds one spelling of each word.

    The text may hold a serial number with fewer leading zeros than were typed, so the search leaves them out.
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
