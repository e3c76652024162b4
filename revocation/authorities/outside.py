"""The guarded fetcher (O8) for what authorities publish: CRLs and OCSP answers at addresses in certificates."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings

from revocation.authorities.looking import Unreachable
from revocation.messages import Message
from revocation.outbound.configured import fetcher
from revocation.outbound.failure import FetchFailed
from revocation.outbound.fetch import FetchPolicy

LARGEST_CRL = 16 * 1024 * 1024
"""Bytes."""

POLICY = FetchPolicy(seconds=20, same_registrable_domain=False, max_body=LARGEST_CRL)


def fetch_publication(url: str) -> bytes:
    """Fetch the body at `url`. Raises `Unreachable` with the reason."""
    try:
        answer = fetcher(
            _policy(url), settings.DNS_RESOLVERS, settings.OUTBOUND_TEST_NETWORKS, settings.OUTBOUND_TEST_PORTS
        ).get(url)
    except FetchFailed as failed:
        raise Unreachable(failed.message) from None
    if answer.status != 200:
        raise Unreachable(Message("authority.answer_status", {"status": answer.status}))
    if answer.truncated:
        raise Unreachable(Message("authority.answer_larger", {"limit": LARGEST_CRL}))
    return answer.body


def _policy(url: str) -> FetchPolicy:
    """Return the policy for `url`: below `PKI_BASE_URL` its port is allowed, too.

    Embedded authorities write these addresses of the installation itself into certificates.
    """
    own = urlsplit(settings.PKI_BASE_URL)
    if own.port is None or not url.startswith(f"{settings.PKI_BASE_URL}/"):
        return POLICY
    return replace(POLICY, ports=POLICY.ports | {own.port})
