"""The DNS providers that the settings name. `revocation.ownership.providers` itself reads no settings."""

from __future__ import annotations

from django.conf import settings

from revocation.ownership.providers.interface import NeedsAttention, Provider
from revocation.ownership.providers.registry import providers


def hosting(name: str) -> Provider | None:
    """Return the provider of the longest zone that `name` lies in."""
    return providers(settings.DNS_PROVIDERS).hosting(name)


def provider(slug: str, name: str) -> Provider:
    """Return the provider at which a record is, or is to be, published. Raises NeedsAttention when it is gone."""
    found = providers(settings.DNS_PROVIDERS).by_slug.get(slug)
    if found is None:
        raise NeedsAttention("zone_not_hosted", provider=slug, zone="–", name=name)
    return found
