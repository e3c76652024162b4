"""The providers in the setting DNS_PROVIDERS (slug → driver and its options), and which of them hosts a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from revocation.ownership.providers import rfc2136
from revocation.ownership.providers.interface import Provider

Options = Mapping[str, Any]

DRIVERS: Mapping[str, Callable[[str, Options], Provider]] = {"rfc2136": rfc2136.from_options}
"""Kind of driver → the function that makes a provider from slug and entry. A new driver is a row here."""

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")


@dataclass(frozen=True)
class Providers:
    """The configured providers."""

    by_slug: Mapping[str, Provider]

    def hosting(self, name: str) -> Provider | None:
        """Return the provider of the longest zone that holds `name`, or None."""
        hosts = [
            (zone, provider) for provider in self.by_slug.values() for zone in provider.zones if lies_in(name, zone)
        ]
        return max(hosts, key=lambda host: len(host[0]))[1] if hosts else None


def lies_in(name: str, zone: str) -> bool:
    """Whether `name` is the zone's apex or below it. Both are in lower case, without the final dot."""
    return name == zone or name.endswith(f".{zone}")


def providers(config: Mapping[str, Options]) -> Providers:
    """Return the providers of a value of DNS_PROVIDERS that has no `problems`."""
    return Providers({slug: DRIVERS[entry["driver"]](slug, entry) for slug, entry in config.items()})


def problems(config: object) -> list[str]:
    """Return what is wrong with a value of the setting DNS_PROVIDERS, or an empty list. It holds no secret."""
    if not isinstance(config, Mapping):
        return ["DNS_PROVIDERS is not an object of slug -> entry."]
    found = [problem for slug, entry in config.items() for problem in _entry_problems(slug, entry)]
    return found or _zones_twice(provider for provider in providers(config).by_slug.values())


def _entry_problems(slug: object, entry: object) -> list[str]:
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        return [f"DNS_PROVIDERS: {slug!r} is not a slug (lower-case letters, digits, hyphens; at most 50)."]
    if not isinstance(entry, Mapping) or entry.get("driver") not in DRIVERS:
        return [f"DNS_PROVIDERS: {slug}: driver is not one of {', '.join(sorted(DRIVERS))}."]
    try:
        DRIVERS[entry["driver"]](slug, entry)
    except ValueError as problem:
        return [f"DNS_PROVIDERS: {slug}: {problem}"]
    return []


def _zones_twice(all_of_them: Iterable[Provider]) -> list[str]:
    zones = [zone for provider in all_of_them for zone in provider.zones]
    twice = sorted({zone for zone in zones if zones.count(zone) > 1})
    return [f"DNS_PROVIDERS: the zone {zone} is there twice." for zone in twice]
