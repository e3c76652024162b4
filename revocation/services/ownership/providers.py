"""The DNS providers of the settings. The only place where the two meet."""

from __future__ import annotations

from django.conf import settings

from revocation.ownership.providers.interface import NeedsAttention, Provider
from revocation.ownership.providers.registry import providers


def hosting(name: str) -> Provider | None:
    """The provider of the longest zone that `name` lies in."""
    return providers(settings.DNS_PROVIDERS).hosting(name)


def provider(slug: str, name: str) -> Provider:
    """The provider that a record is, or is to be, published at. Raises NeedsAttention when there is none any more."""
    found = providers(settings.DNS_PROVIDERS).by_slug.get(slug)
    if found is None:
        raise NeedsAttention("zone_not_hosted", provider=slug, zone="–", name=name)
    return found
