"""DNS names: our own check (libraries' validators let newlines pass), wildcards, registrable domains.

International names follow IDNA 2008 (RFC 5891) after the non-transitional mapping of UTS 46: `straße` and `strasse`
are two names. Python's own codec is IDNA 2003 and would make them one.
"""

from __future__ import annotations

import re
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from revocation.marking import gettext_noop
from revocation.messages import Refused, table

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
LONGEST_NAME, LONGEST_LABEL = 253, 63
OTHER_DOTS = str.maketrans(dict.fromkeys("。．｡", "."))
"""Full stops of other scripts, as input methods write them -> the dot (RFC 3490 section 3.1, UTS 46)."""


MESSAGES = table(
    "name",
    {"not_dns": gettext_noop("“%(name)s” is not a DNS name such as www.example.com or *.example.com.")},
    status=422,
)


class NameRefused(Refused, ValueError):
    """The text is not a DNS name."""

    subject = "name"

    def __init__(self, name: str) -> None:
        super().__init__("not_dns", name=ascii(name[:80]))


def canonical_dns_name(name: str) -> str:
    """Return the name in lower case, as A-labels, without a final dot.

    Raises `NameRefused` for anything that is no host name or wildcard.
    """
    bare = name.translate(OTHER_DOTS).removesuffix(".")
    labels = bare.removeprefix("*.").split(".")
    prefix = "*." if bare.startswith("*.") else ""
    ascii_labels = [_ascii_label(label, name) for label in labels]
    canonical = prefix + ".".join(ascii_labels)
    if len(canonical) > LONGEST_NAME or len(labels) < 2 or labels[-1].isdigit():
        raise NameRefused(name)
    return canonical


def _ascii_label(label: str, name: str) -> str:
    try:
        ascii_label = label.lower() if label.isascii() else a_label(label)
    except UnicodeError:
        raise NameRefused(name) from None
    if not LABEL.fullmatch(ascii_label):
        raise NameRefused(name)
    return ascii_label


def a_label(label: str) -> str:
    """Return the A-label (`xn--…`) of a label as people write it. Raises `UnicodeError` if IDNA 2008 has none."""
    if len(label) > LONGEST_LABEL:
        raise UnicodeError("no label is that long")
    return idna.alabel(idna.uts46_remap(label, std3_rules=False, transitional=False)).decode("ascii")


def as_written(name: str) -> str:
    """Return the name as people write it.

    A label stays as it is if it is no valid A-label, or if a page cannot show its characters safely.
    """
    return ".".join(_u_label(label) if label[:4].lower() == "xn--" else label for label in name.split("."))


def _u_label(label: str) -> str:
    try:
        written = idna.ulabel(label) if len(label) <= LONGEST_LABEL else label
    except UnicodeError:
        return label
    return written if written.isprintable() else label


def is_wildcard(name: str) -> bool:
    return name.startswith("*.")


def base_name(name: str) -> str:
    """Return the name without a leading `*.`."""
    return name.removeprefix("*.")


@cache
def _suffixes(*, accept_unknown: bool = True) -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=accept_unknown)


def registrable_domain(name: str) -> str | None:
    """Return the domain that is bought (public suffix and one label), or None for a public suffix itself."""
    domain = _suffixes().privatesuffix(base_name(name).rstrip(".").lower())
    return str(domain) if domain else None


def is_public_suffix(name: str) -> bool:
    """Whether anybody may register names directly below `name`, as below `com`, `co.uk` or `github.io`.

    False for a name that is on no list, such as one of an inner network.
    """
    listed = _suffixes(accept_unknown=False).publicsuffix(name.rstrip(".").lower())
    return bool(listed) and listed == name.rstrip(".").lower()
