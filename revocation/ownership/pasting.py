"""The proof of a name, ready to paste into zone files and DNS consoles, and commands to check it oneself (O7)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from revocation.marking import gettext_noop
from revocation.pki.names import registrable_domain

TTL = 300
"""Seconds. It is short, so that a correction is soon visible."""


@dataclass(frozen=True)
class Paste:
    """A text to paste. `label`: what it is for, to be translated. `text`: exactly what is pasted."""

    label: str
    text: str


def record(where: str, kind: str, value: str) -> tuple[Paste, ...]:
    """Return a DNS record as a whole line, and in the fields that consoles ask for."""
    domain = registrable_domain(where) or ""
    text = f'"{value}"' if kind == "TXT" else f"{value}."
    line = f"{where}. {TTL} IN {kind} {text}"
    short = where.removesuffix(f".{domain}")
    return (
        Paste(gettext_noop("Zone file line (BIND, Knot, NSD)"), line),
        Paste(gettext_noop("Name if the console adds the domain"), short),
        Paste(gettext_noop("Full name"), where),
    )


def record_commands(where: str, kind: str, servers: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return commands that ask the customer's own resolver for the record, and each of these name servers."""
    return (f"dig {where} {kind} +short", *(f"dig {where} {kind} +norecurse @{server}" for server in servers))


def file_forms(url: str, value: str) -> tuple[Paste, ...]:
    """Return the command that makes the file in the root folder of the site, and the file's path."""
    path = urlsplit(url).path.lstrip("/")
    folder, _, _ = path.rpartition("/")
    return (
        Paste(
            gettext_noop("In the root folder of the site (Linux)"), f"mkdir -p {folder} && printf %s {value} > {path}"
        ),
        Paste(gettext_noop("Path below the root folder of the site"), path),
    )


def file_commands(url: str) -> tuple[str, ...]:
    """Return commands that fetch the file over IPv4, over IPv6, and by https."""
    secure = url.replace("http://", "https://", 1)
    return (f"curl -4 -i {url}", f"curl -6 -i {url}", f"curl -k -i {secure}")
