"""Distinguished names in their usual form: one attribute at each step, in UTF8String or PrintableString."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from revocation.pki.reading.certificate_facts import visible
from revocation.pki.strict_der import OID, SEQUENCE, SET, header

UTF8, PRINTABLE = 0x0C, 0x13
PRINTABLE_STRING = re.compile(rb"[A-Za-z0-9 '()+,./:=?-]+")
"""X.680 section 41.4. Libraries differ in what they make of other characters."""
SPECIAL = re.compile(r'[\\"+,;<>]')
"""RFC 4514 section 2.4: written with a backslash before it."""
COMMON_NAME, ORGANIZATION = "2.5.4.3", "2.5.4.10"
LONGEST_VALUE = 200
"""Bytes of an attribute that is read here. RFC 5280 appendix A allows 64 of most."""

ATTRIBUTES: Mapping[bytes, tuple[str, str]] = {
    bytes.fromhex(content): (dotted, text)
    for content, dotted, text in (
        ("550403", COMMON_NAME, "CN"),
        ("550404", "2.5.4.4", "2.5.4.4"),
        ("550405", "2.5.4.5", "2.5.4.5"),
        ("550406", "2.5.4.6", "C"),
        ("550407", "2.5.4.7", "L"),
        ("550408", "2.5.4.8", "ST"),
        ("550409", "2.5.4.9", "STREET"),
        ("55040a", ORGANIZATION, "O"),
        ("55040b", "2.5.4.11", "OU"),
        ("55040f", "2.5.4.15", "2.5.4.15"),
        ("550411", "2.5.4.17", "2.5.4.17"),
        ("55042a", "2.5.4.42", "2.5.4.42"),
        ("550461", "2.5.4.97", "2.5.4.97"),
        ("2b0601040182373c020101", "1.3.6.1.4.1.311.60.2.1.1", "1.3.6.1.4.1.311.60.2.1.1"),
        ("2b0601040182373c020102", "1.3.6.1.4.1.311.60.2.1.2", "1.3.6.1.4.1.311.60.2.1.2"),
        ("2b0601040182373c020103", "1.3.6.1.4.1.311.60.2.1.3", "1.3.6.1.4.1.311.60.2.1.3"),
    )
}
"""Content of an attribute's object identifier → dotted form, and its name in RFC 4514 text (section 3, table)."""


class NotPlain(ValueError):
    """The name is of another form. It may be right all the same."""


class PlainName(NamedTuple):
    """What a name says. `text` as RFC 4514 writes it; `common_name`, `organization`: the last one, or empty."""

    text: str
    common_name: str
    organization: str
    oids: frozenset[str]


def read_plain_name(element: bytes) -> PlainName:
    """Read a whole Name element. Raises NotPlain, DerError."""
    parts: list[str] = []
    values: dict[str, str] = {}
    end = len(element)
    tag, at, last = header(element, 0, end)
    if tag != SEQUENCE or last != end:
        raise NotPlain
    while at < end:
        dotted, text, value, at = _attribute(element, at, end)
        parts.append(f"{text}={_escaped(value)}")
        values[dotted] = value
    parts.reverse()
    common_name, organization = values.get(COMMON_NAME, ""), values.get(ORGANIZATION, "")
    return PlainName(visible(",".join(parts)), visible(common_name), visible(organization), frozenset(values))


read_repeated_name = lru_cache(maxsize=512)(read_plain_name)
"""The same, kept: issuers' names come again and again."""


def _attribute(element: bytes, at: int, end: int) -> tuple[str, str, str, int]:
    """Return the attribute of the step at `at`: identifier, name in text, value, and where the next step begins."""
    tag, at, step_end = header(element, at, end)
    pair_tag, at, pair_end = header(element, at, step_end)
    oid_tag, oid, at = header(element, at, pair_end)
    kind, value, value_end = header(element, at, pair_end)
    if (tag, pair_tag, oid_tag) != (SET, SEQUENCE, OID) or not step_end == pair_end == value_end:
        raise NotPlain
    content = element[value:value_end]
    known = ATTRIBUTES.get(element[oid:at])
    usual = kind == UTF8 or (kind == PRINTABLE and PRINTABLE_STRING.fullmatch(content))
    if known is None or not usual or not 0 < len(content) <= LONGEST_VALUE:
        raise NotPlain
    return *known, content.decode(), step_end


def _escaped(value: str) -> str:
    if value[0] in "# " or value[-1] == " " or "\0" in value:
        raise NotPlain
    return SPECIAL.sub(r"\\\g<0>", value)
