"""A look at the certificate that a server shows to anybody for a name, on port 443 (rule O8)."""

from __future__ import annotations

from dataclasses import dataclass

from revocation.outbound.failure import FetchFailed
from revocation.outbound.fetch import Fetcher, reached
from revocation.outbound.url import web_address
from revocation.outbound.wire import Deadline, secured


@dataclass(frozen=True)
class PresentedCertificate:
    """The end-entity certificate (DER), unverified, and the address that showed it."""

    address: str
    der: bytes


def served_certificate(host: str, fetcher: Fetcher) -> PresentedCertificate:
    """Return the certificate that `host` shows in a TLS handshake, within the policy's seconds.

    Nothing is sent after the handshake. The name is resolved once. If one of its addresses is refused, all are. Raises
    FetchFailed.
    """
    deadline = Deadline(fetcher.policy.seconds)
    address, connection = reached(
        web_address(f"https://{host}/", fetcher.policy.ports), fetcher.policy, fetcher.resolver, deadline
    )
    with secured(connection, host, deadline, verify=False) as shown:
        der = shown.getpeercert(binary_form=True)
    if not der:
        raise FetchFailed("tls_failed", host=host)
    return PresentedCertificate(str(address), der)
