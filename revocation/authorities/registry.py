"""Which authority a slug means: entries of `settings.AUTHORITIES`, and every embedded one that was made."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from asn1crypto import x509 as asn1
from django.conf import settings

from revocation.authorities.by_hand import driver as by_hand
from revocation.authorities.interface import Authority
from revocation.authorities.local import driver as local
from revocation.authorities.local.issue import serial_text
from revocation.authorities.local.models import LocalAuthority
from revocation.pki.facts import CertificateFacts

Options = Mapping[str, Any]
Factory = Callable[[str, str, Options], Authority]

FACTORIES: Mapping[str, Factory] = {
    "by_hand": by_hand.from_options,
    "local": local.from_options,
}
"""Kind of driver -> what makes one from slug, name and the entry. A new driver is a row here."""

KEYS = frozenset({"driver", "name", "issuers"})
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")


class UnknownAuthority(Exception):
    """No authority has this slug. The message names those that exist."""


def authority(slug: str) -> Authority:
    """The driver for the authority. Raises UnknownAuthority."""
    entry = settings.AUTHORITIES.get(slug)
    if entry is not None:
        return FACTORIES[entry["driver"]](slug, entry["name"], entry)
    row = LocalAuthority.objects.filter(slug=slug).only("name").first()
    if row is not None:
        return local.from_options(slug, row.name, {})
    known = ", ".join(known_slug for known_slug, _ in choices())
    raise UnknownAuthority(f"There is no authority {slug}; there are: {known}.")


def choices() -> list[tuple[str, str]]:
    """(slug, name) of every authority, by name, for forms."""
    embedded = dict(LocalAuthority.objects.values_list("slug", "name"))
    configured = {slug: entry["name"] for slug, entry in settings.AUTHORITIES.items()}
    return sorted({**embedded, **configured}.items(), key=lambda choice: choice[1])


def slug_for_issuer(facts: CertificateFacts) -> str | None:
    """The authority that issued the certificate, if it is one of ours.

    An embedded one must have issued this very serial number. A configured one is known by its option
    `issuers`, the common names of its issuing certificates; the signature is not checked here.
    """
    return _embedded_slug(facts) or _configured_slug(facts)


def problems(config: object) -> list[str]:
    """What is wrong with a value of the setting AUTHORITIES; an empty list if nothing is."""
    if not isinstance(config, Mapping):
        return ["AUTHORITIES is not an object of slug -> entry."]
    return [problem for slug, entry in config.items() for problem in _entry_problems(slug, entry)]


def _embedded_slug(facts: CertificateFacts) -> str | None:
    return (
        LocalAuthority.objects.filter(
            subject_sha256=hashlib.sha256(facts.issuer_der).hexdigest(),
            certificates__serial_number=serial_text(facts.serial_number),
        )
        .values_list("slug", flat=True)
        .first()
    )


def _configured_slug(facts: CertificateFacts) -> str | None:
    common_name = asn1.Name.load(facts.issuer_der).native.get("common_name")
    for slug, entry in settings.AUTHORITIES.items():
        if common_name in entry.get("issuers", []):
            return str(slug)
    return None


def _entry_problems(slug: object, entry: object) -> list[str]:
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        return [f"AUTHORITIES: {slug!r} is not a slug (lower-case letters, digits, hyphens; at most 50)."]
    if not isinstance(entry, Mapping):
        return [f"AUTHORITIES: {slug}: the entry is not an object with driver and name."]
    return [f"AUTHORITIES: {slug}: {problem}" for holds, problem in _checks(entry) if not holds]


def _checks(entry: Options) -> list[tuple[bool, str]]:
    name, issuers = entry.get("name"), entry.get("issuers", [])
    unknown = ", ".join(sorted(map(str, set(entry) - KEYS)))
    return [
        (entry.get("driver") in FACTORIES, f"driver is not one of {', '.join(sorted(FACTORIES))}."),
        (isinstance(name, str) and bool(name.strip()), "name is missing."),
        (_is_texts(issuers), "issuers is not a list of the issuers' common names."),
        (not unknown, f"unknown options: {unknown}."),
    ]


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
