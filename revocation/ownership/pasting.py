"""The proof of a name as it is pasted into zone files and DNS consoles, and the commands to look oneself (O7)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from revocation.marking import gettext_noop
from revocation.pki.names import registrable_domain

TTL = 300
"""Seconds; short, so that a mistake is soon corrected."""


@dataclass(frozen=True)
class Paste:
    """`label`: what it is for, to be translated. `text`: exactly what is pasted."""

    label: str
    text: str


def record(where: str, kind: str, value: str) -> tuple[Paste, ...]:
    """A DNS record, whole and in the fields that consoles ask for."""
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
    """To look through one's own resolver, and at each of these name servers."""
    return (f"dig {where} {kind} +short", *(f"dig {where} {kind} +norecurse @{server}" for server in servers))


def file_forms(url: str, value: str) -> tuple[Paste, ...]:
    """A file, by the command that makes it in the root folder of the site."""
    path = urlsplit(url).path.lstrip("/")
    folder, _, _ = path.rpartition("/")
    return (
        Paste(
            gettext_noop("In the root folder of the site (Linux)"), f"mkdir -p {folder} && printf %s {value} > {path}"
        ),
        Paste(gettext_noop("Path below the root folder of the site"), path),
    )


def file_commands(url: str) -> tuple[str, ...]:
    """To look over each address family, and by https."""
    secure = url.replace("http://", "https://", 1)
    return (f"curl -4 -i {url}", f"curl -6 -i {url}", f"curl -k -i {secure}")
