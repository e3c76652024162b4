"""System checks: a wrong setting is found by `manage.py check` (or `check --deploy`) and says what to do.

Here: what is wrong anywhere. In the other modules: what is wrong in production (threat 39). Every id is explained in
docs/settings.md and has a row in `tests/support/bad_settings.py`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.module_loading import import_string

from certportal.checks import database, production, secret_strength, web_addresses  # noqa: F401 - they register themselves
from certportal.checks.production import email_backend
from revocation.authorities.registry import problems, unreadable
from revocation.letters.clamd import Clamd
from revocation.outbound.configured import nameserver
from revocation.outbound.dns.anchors import read_anchors
from revocation.ownership.providers import registry as dns_providers


@register(Tags.security)
def authorities(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """certportal.E001: each entry of AUTHORITIES names a driver that exists, with options that it takes."""
    hint = "AUTHORITIES and the options of each driver are explained in docs/settings.md."
    return [Error(problem, hint=hint, id="certportal.E001") for problem in problems(settings.AUTHORITIES)]


@register(Tags.security)
def authority_files(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """certportal.W001: each file that AUTHORITIES names can be read. A warning, since it stops that authority only."""
    hint = "What belongs to this authority is not recognised until the file is right; no restart is needed then."
    found = unreadable(settings.AUTHORITIES) if isinstance(settings.AUTHORITIES, Mapping) else []
    return [checks.Warning(sentence, hint=hint, id="certportal.W001") for sentence in found]


@register(Tags.security)
def providers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """certportal.E005, E008: each entry of DNS_PROVIDERS can be used, and one of them hosts DELEGATION_ZONE."""
    wrong = dns_providers.problems(settings.DNS_PROVIDERS)
    if wrong:
        hint = "DNS_PROVIDERS and the options of each driver are explained in docs/settings.md."
        return [Error(problem, hint=hint, id="certportal.E005") for problem in wrong]
    zone = settings.DELEGATION_ZONE
    if zone and dns_providers.providers(settings.DNS_PROVIDERS).hosting(zone) is None:
        hint = "Add the zone to the zones of an entry of DNS_PROVIDERS, or leave DELEGATION_ZONE empty."
        return [Error(f"DELEGATION_ZONE: no DNS provider hosts {zone}.", hint=hint, id="certportal.E008")]
    return []


@register(Tags.security)
def addresses(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """certportal.E002 to E004, E009: resolvers, test networks, addresses and trust anchors are well written."""
    return [*_resolvers(), *_test_networks(), *_base_addresses(), *_trust_anchors()]


def _resolvers() -> Iterator[CheckMessage]:
    hints = {
        "DNS_RESOLVERS": 'Write DNS_RESOLVERS as ["192.0.2.53", "192.0.2.54:5353"].',
        "DNS_PERSPECTIVES": 'Write DNS_PERSPECTIVES as {"Frankfurt": ["192.0.2.53"], "Singapore": ["198.51.100.53"]}.',
    }
    named = [("DNS_RESOLVERS", text) for text in settings.DNS_RESOLVERS]
    named += [("DNS_PERSPECTIVES", text) for each in settings.DNS_PERSPECTIVES.values() for text in each or [""]]
    for setting, text in named:
        try:
            nameserver(text)
        except ValueError:
            yield Error(f"{setting}: “{text}” is not an IP address.", hint=hints[setting], id="certportal.E002")


def _trust_anchors() -> Iterator[CheckMessage]:
    try:
        read_anchors(settings.DNSSEC_TRUST_ANCHORS)
    except ValueError as wrong:
        hint = 'Write DNSSEC_TRUST_ANCHORS as ["zone. DS tag algorithm digest-type digest"], or leave it out.'
        yield Error(f"DNSSEC_TRUST_ANCHORS: {wrong}", hint=hint, id="certportal.E009")


def _test_networks() -> Iterator[CheckMessage]:
    for text in settings.OUTBOUND_TEST_NETWORKS:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            hint = 'Write OUTBOUND_TEST_NETWORKS as ["127.0.0.0/8"], in development only.'
            yield Error(f"OUTBOUND_TEST_NETWORKS: “{text}” is not a network.", hint=hint, id="certportal.E003")


def _base_addresses() -> Iterator[CheckMessage]:
    for name in ("PKI_BASE_URL", "PORTAL_URL"):
        parts = urlsplit(getattr(settings, name))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            hint = f"Write {name} as http://host or https://host, without a path."
            yield Error(f"{name} is not a web address.", hint=hint, id="certportal.E004")


@register(Tags.security)
def letters(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """certportal.E006, E007: the scanner's address can be read, and the store of letters is private."""
    return [*_scanner(), *_letter_store()]


def _scanner() -> Iterator[CheckMessage]:
    if not settings.CLAMD_ADDRESS:
        return
    try:
        Clamd.at(settings.CLAMD_ADDRESS, settings.CLAMD_TIMEOUT)
    except ValueError:
        hint = "Write CLAMD_ADDRESS as unix:/run/clamav/clamd.ctl or 127.0.0.1:3310, or leave it empty."
        yield Error(f"CLAMD_ADDRESS: “{settings.CLAMD_ADDRESS}” is no address.", hint=hint, id="certportal.E006")


def _letter_store() -> Iterator[CheckMessage]:
    stores: dict[str, Any] = settings.STORAGES
    options = stores["letters"].get("OPTIONS", {})
    location = options.get("location")
    served = [Path(folder).resolve() for folder in (settings.STATIC_ROOT, settings.MEDIA_ROOT) if folder]
    if location and any(Path(location).resolve().is_relative_to(folder) for folder in served):
        hint = "Letters are nobody's but the customer's and the reviewers'. Choose a folder that is not served."
        yield Error("LETTERS_STORAGE_OPTIONS: the folder is served.", hint=hint, id="certportal.E007")
    if str(options.get("default_acl") or "private").startswith("public") or options.get("querystring_auth") is False:
        hint = "Take default_acl and querystring_auth out of LETTERS_STORAGE_OPTIONS."
        yield Error("LETTERS_STORAGE_OPTIONS: the letters would be public.", hint=hint, id="certportal.E007")


@register(Tags.security)
def classes(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """certportal.E010: classes that settings name can be imported."""
    stores: dict[str, Any] = settings.STORAGES
    named = {"EMAIL_BACKEND": email_backend(), "LETTERS_STORAGE": stores["letters"]["BACKEND"]}
    return [
        Error(f"{name}: “{path}” cannot be imported.", hint=f"{name}: {HINTS[name]}", id="certportal.E010")
        for name, path in named.items()
        if not _importable(path)
    ]


HINTS = {
    "EMAIL_BACKEND": "write django.core.mail.backends.smtp.EmailBackend, or another class that is installed.",
    "LETTERS_STORAGE": "write django.core.files.storage.FileSystemStorage or storages.backends.s3.S3Storage.",
}


def _importable(path: str) -> bool:
    try:
        import_string(path)
    except ImportError:
        return False
    return True
