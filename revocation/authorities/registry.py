"""Which authority a slug means: entries of `settings.AUTHORITIES`, and every embedded one that was made."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from revocation.authorities.acme import options as acme
from revocation.authorities.by_hand import driver as by_hand
from revocation.authorities.interface import Authority
from revocation.authorities.issuers import IssuersUnreadable, issuers_named, read_issuers
from revocation.authorities.local import driver as local
from revocation.authorities.local.issue import serial_text
from revocation.authorities.local.models import IssuedCertificate, LocalAuthority
from revocation.authorities.messages import AuthorityFailed
from revocation.messages import Message
from revocation.pki.chain import issued
from revocation.pki.facts import CertificateFacts

Options = Mapping[str, Any]


def _nothing_wrong(options: Options) -> list[str]:
    return []


@dataclass(frozen=True)
class Kind:
    """A kind of driver.

    `make`: the driver from slug, name and the entry. `options`: what an entry may say beside `COMMON_OPTIONS`.
    `problems`: sentences about wrong values. `files`: sentences about files that cannot be read. `unfit`: sentences
    about values that only development may have.
    """

    make: Callable[[str, str, Options], Authority]
    options: frozenset[str] = frozenset()
    problems: Callable[[Options], list[str]] = _nothing_wrong
    files: Callable[[Options], list[str]] = _nothing_wrong
    unfit: Callable[[Options], list[str]] = _nothing_wrong


KINDS: Mapping[str, Kind] = {
    "acme": Kind(acme.make, acme.OPTIONS, acme.problems, acme.files, acme.unfit),
    "by_hand": Kind(by_hand.from_options),
    "local": Kind(local.from_options),
}
"""A new driver is a row here."""

COMMON_OPTIONS = frozenset({"driver", "name", "issuers"})
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")


class UnknownAuthority(AuthorityFailed):
    """No authority has this slug. The words name those that exist."""


def authority(slug: str) -> Authority:
    """Return the driver for the authority. Raises UnknownAuthority."""
    entry = settings.AUTHORITIES.get(slug)
    if entry is not None:
        return KINDS[entry["driver"]].make(slug, entry["name"], entry)
    row = LocalAuthority.objects.filter(slug=slug).only("name").first()
    if row is not None:
        return local.from_options(slug, row.name, {})
    known = ", ".join(known_slug for known_slug, _ in choices())
    raise UnknownAuthority(Message("authority.unknown_authority", {"slug": slug, "known": known}))


def choices() -> list[tuple[str, str]]:
    """Return (slug, name) of every authority, sorted by name, for forms."""
    embedded = dict(LocalAuthority.objects.values_list("slug", "name"))
    configured = {slug: entry["name"] for slug, entry in settings.AUTHORITIES.items()}
    return sorted({**embedded, **configured}.items(), key=lambda choice: choice[1])


def slugs_for_issuers(several: Sequence[CertificateFacts]) -> list[str | None]:
    """Return for each certificate the authority that issued it, if it is one of ours.

    An embedded one must have issued these very bytes. A configured one counts when an issuing certificate in its option
    `issuers` has signed them.
    """
    embedded, configured = _embedded_slugs(several), _Configured()
    return [embedded.get(facts.der) or configured.slug(facts) for facts in several]


def problems(config: object) -> list[str]:
    """List what is wrong with a value of the setting AUTHORITIES. No file is looked at."""
    if not isinstance(config, Mapping):
        return ["AUTHORITIES is not an object of slug -> entry."]
    return [problem for slug, entry in config.items() for problem in _entry_problems(slug, entry)]


def unreadable(config: Mapping[str, Options]) -> list[str]:
    """List the files of AUTHORITIES that cannot be used, for entries without `problems`.

    Such a file stops only its own authority. It may vanish at any time, and orders to the others must still be sent.
    """
    return [
        f"AUTHORITIES: {slug}: {problem}"
        for slug, entry in config.items()
        if not _entry_problems(slug, entry)
        for problem in (*_issuers_unreadable(entry), *KINDS[entry["driver"]].files(entry))
    ]


def unfit_for_production(config: Mapping[str, Options]) -> list[str]:
    """List what a production installation must not have in AUTHORITIES, for entries without `problems`."""
    return [
        f"AUTHORITIES: {slug}: {sentence}"
        for slug, entry in config.items()
        if not _entry_problems(slug, entry)
        for sentence in KINDS[entry["driver"]].unfit(entry)
    ]


def _embedded_slugs(several: Sequence[CertificateFacts]) -> dict[bytes, str]:
    """Return by its DER the embedded authority of each certificate that one has issued."""
    digests = {hashlib.sha256(name).hexdigest() for name in {facts.issuer_der for facts in several}}
    slugs = dict(LocalAuthority.objects.filter(subject_sha256__in=digests).values_list("pk", "slug"))
    if not slugs:
        return {}
    found = IssuedCertificate.objects.filter(
        authority__in=slugs, serial_number__in=[serial_text(facts.serial_number) for facts in several]
    )
    return {bytes(der): slugs[pk] for pk, der in found.values_list("authority", "certificate_der")}


class _Configured:
    """A finder of the configured authority of several certificates. It looks up the issuers of one name once."""

    def __init__(self) -> None:
        self._named: dict[bytes, list[tuple[str, CertificateFacts]]] = {}

    def slug(self, facts: CertificateFacts) -> str | None:
        name = facts.issuer_der
        if name not in self._named:
            self._named[name] = [
                (str(slug), issuer)
                for slug, entry in settings.AUTHORITIES.items()
                for issuer in issuers_named(name, entry.get("issuers", []))
            ]
        return next((slug for slug, issuer in self._named[name] if issued(issuer, facts)), None)


def _entry_problems(slug: object, entry: object) -> list[str]:
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        return [f"AUTHORITIES: {slug!r} is not a slug (lower-case letters, digits, hyphens; at most 50)."]
    if not isinstance(entry, Mapping):
        return [f"AUTHORITIES: {slug}: the entry is not an object with driver and name."]
    return [f"AUTHORITIES: {slug}: {problem}" for problem in _problems(entry)]


def _problems(entry: Options) -> Iterator[str]:
    name, kind = entry.get("name"), KINDS.get(str(entry.get("driver")))
    if not (isinstance(name, str) and name.strip()):
        yield "name is missing."
    yield from _issuers_problems(entry.get("issuers", []))
    if kind is None:
        yield f"driver is not one of {', '.join(sorted(KINDS))}."
        return
    unknown = sorted(map(str, set(entry) - COMMON_OPTIONS - kind.options))
    if unknown:
        known = ", ".join(sorted(COMMON_OPTIONS | kind.options))
        yield f"unknown options: {', '.join(unknown)}; {entry['driver']} has {known}."
    yield from kind.problems(entry)


def _issuers_problems(issuers: object) -> Iterator[str]:
    if not isinstance(issuers, list) or not all(isinstance(item, str) for item in issuers):
        yield "issuers is not a list of files with the authority's issuing certificates (or of their PEM texts)."


def _issuers_unreadable(entry: Options) -> Iterator[str]:
    for number, item in enumerate(entry.get("issuers", []), start=1):
        try:
            read_issuers(item)
        except IssuersUnreadable as refused:
            yield f"issuers, entry {number}: {refused}"
