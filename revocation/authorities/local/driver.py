"""The embedded authority as a driver of `revocation.authorities.interface.Authority`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from revocation.authorities.interface import (
    Confirmed,
    Json,
    NeedsAttention,
    NotRevoked,
    RevocationOrder,
    TryAgain,
    Unseen,
    nearest_reason,
)
from revocation.authorities.local import crl
from revocation.authorities.local.issue import address, serial_text
from revocation.authorities.local.keys import KeyUnreadable
from revocation.authorities.local.models import IssuedCertificate, LocalAuthority
from revocation.authorities.local.revoke import (
    TAKES_REASONS,
    NotIssuedHere,
    Revocation,
    found_revocation,
    revoke_certificate,
)
from revocation.pki.openssl import OpensslFailed, OpensslMissing

BUSY_FOR = timedelta(seconds=10)


@dataclass(frozen=True)
class LocalDriver:
    """Asks the embedded authority. Opens its own transaction: call it outside of any."""

    slug: str
    name: str
    takes_reasons: frozenset[int] = TAKES_REASONS
    wants_proof: bool = False

    def revoke(self, order: RevocationOrder) -> Confirmed:
        """Revoke and publish: when this returns, CRL and OCSP say it. Raises TryAgain, NeedsAttention."""
        authority = self._authority()
        self._check(authority, order)
        reason = nearest_reason(order.reason, self.takes_reasons)
        try:
            revocation = revoke_certificate(authority, order.serial_number, reason, at=timezone.now())
        except NotIssuedHere as unknown:
            raise NeedsAttention(str(unknown)) from unknown
        return Confirmed(revocation.revoked_at, revocation.reason, self._receipt(authority, order))

    def status(self, order: RevocationOrder) -> Confirmed | NotRevoked | Unseen:
        """What the authority's own table says now. Raises NeedsAttention."""
        authority = self._authority()
        issued = _issued(authority, order)
        if issued is None:
            return Unseen("not_issued_here", {"authority": self.name})
        revocation = found_revocation(issued)
        if revocation is None:
            return NotRevoked({"authority": self.slug, "looked_at": timezone.now().isoformat()})
        return self._confirmed(revocation)

    def _confirmed(self, revocation: Revocation) -> Confirmed:
        receipt: dict[str, Json] = {"authority": self.slug, "looked_at": timezone.now().isoformat()}
        return Confirmed(revocation.revoked_at, revocation.reason, receipt)

    def _authority(self) -> LocalAuthority:
        try:
            return LocalAuthority.objects.get(slug=self.slug)
        except LocalAuthority.DoesNotExist as missing:
            raise NeedsAttention(
                f"The settings name the local authority {self.slug}, but it was never made."
            ) from missing

    def _check(self, authority: LocalAuthority, order: RevocationOrder) -> None:
        """Serial numbers are unique to an issuer only: what dies must be the very certificate ordered."""
        issued = _issued(authority, order)
        if issued is not None and bytes(issued.certificate_der) != order.certificate_der:
            raise NeedsAttention(
                f"{self.name} knows serial number {serial_text(order.serial_number)} as another certificate."
            )

    def _receipt(self, authority: LocalAuthority, order: RevocationOrder) -> dict[str, Json]:
        try:
            published = crl.publish_crl(authority, at=timezone.now())
        except (crl.CrlBusy, OpensslFailed) as later:
            raise TryAgain(str(later), BUSY_FOR) from later
        except (KeyUnreadable, OpensslMissing) as problem:
            raise NeedsAttention(f"Revoked, but the CRL cannot be published. {problem}") from problem
        return {
            "authority": self.slug,
            "serial_number": serial_text(order.serial_number),
            "crl_url": address(authority, "crl.der"),
            "crl_number": published.number,
            "crl_this_update": published.this_update.isoformat(),
        }


def from_options(slug: str, name: str, options: Mapping[str, object]) -> LocalDriver:
    """The driver for an entry of `settings.AUTHORITIES`; it has no options of its own."""
    return LocalDriver(slug, name)


def _issued(authority: LocalAuthority, order: RevocationOrder) -> IssuedCertificate | None:
    return IssuedCertificate.objects.filter(authority=authority, serial_number=serial_text(order.serial_number)).first()
