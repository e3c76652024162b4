"""DNS names: our own check (libraries' validators let newlines pass), wildcards, registrable domains."""

from __future__ import annotations

import re
from functools import cache

from publicsuffixlist import PublicSuffixList

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
LONGEST_NAME = 253


class NameRefused(ValueError):
    """Not a DNS name. `str()` says so in a sentence."""

    def __init__(self, name: str) -> None:
        super().__init__(f"“{name[:80]!a}” is not a DNS name such as www.example.com or *.example.com.")


def canonical_dns_name(name: str) -> str:
    """Lower case, A-labels, no final dot. Raises `NameRefused` for anything that is no host name or wildcard."""
    bare = name.removesuffix(".")
    labels = bare.removeprefix("*.").split(".")
    prefix = "*." if bare.startswith("*.") else ""
    ascii_labels = [_ascii_label(label, name) for label in labels]
    canonical = prefix + ".".join(ascii_labels)
    if len(canonical) > LONGEST_NAME or len(labels) < 2 or labels[-1].isdigit():
        raise NameRefused(name)
    return canonical


def _ascii_label(label: str, name: str) -> str:
    try:
        ascii_label = label.lower() if label.isascii() else label.encode("idna").decode("ascii")
    except UnicodeError:
        raise NameRefused(name) from None
    if not LABEL.fullmatch(ascii_label):
        raise NameRefused(name)
    return ascii_label


def is_wildcard(name: str) -> bool:
    return name.startswith("*.")


def base_name(name: str) -> str:
    """The name without a leading `*.`."""
    return name.removeprefix("*.")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def registrable_domain(name: str) -> str | None:
    """The domain that is bought (public suffix and one label), or None for a public suffix itself."""
    domain = _suffixes().privatesuffix(base_name(name).rstrip(".").lower())
    return str(domain) if domain else None


def display_name(name: str) -> str:
    """For people: the U-label form with the A-label form behind it where they differ."""
    try:
        unicode_name = ".".join(
            label.encode("ascii").decode("idna") if label.startswith("xn--") else label for label in name.split(".")
        )
    except UnicodeError:
        return name
    return name if unicode_name == name else f"{unicode_name} ({name})"
