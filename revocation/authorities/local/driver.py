"""The embedded authority as a driver of `revocation.authorities.interface.Authority`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils import timezone

from revocation.authorities.interface import (
    Confirmed,
    Json,
    NeedsAttention,
    NotRevoked,
    RevocationInstruction,
    Unseen,
    nearest_reason,
)
from revocation.authorities.local.issue import address, serial_text, shard_address
from revocation.authorities.local.models import IssuedCertificate, LocalAuthority
from revocation.authorities.local.revoke import (
    TAKES_REASONS,
    found_revocation,
    revoke_certificate,
    revoke_certificates,
)
from revocation.authorities.messages import REFUSAL, AuthorityFailed
from revocation.messages import Message


class IssuedRow(NamedTuple):
    """What revoking many reads of an issued certificate."""

    der: bytes
    shard: int | None


@dataclass(frozen=True)
class LocalDriver:
    """A driver for the embedded authority. It opens its own transaction, so call it outside of any."""

    slug: str
    name: str
    takes_reasons: frozenset[int] = TAKES_REASONS
    wants_proof: bool = False

    def revoke(self, order: RevocationInstruction) -> Confirmed:
        """Revoke. OCSP says it at once; the worker puts the CRLs together within seconds. Raises NeedsAttention."""
        authority = self._authority()
        issued = self._issued(authority, order)
        if issued is None:
            raise NeedsAttention(self._serial("serial_not_issued", order))
        reason = nearest_reason(order.reason, self.takes_reasons)
        revocation = revoke_certificate(authority, order.serial_number, reason, at=timezone.now())
        return Confirmed(*revocation, self._receipt(issued))

    def revoke_many(self, orders: Sequence[RevocationInstruction]) -> dict[str, Confirmed | AuthorityFailed]:
        """Revoke several in one transaction. Raises NeedsAttention if the authority was never made."""
        authority = self._authority()
        issued = self._issued_among(authority, orders)
        found: dict[str, Confirmed | AuthorityFailed] = {}
        fit: dict[int, RevocationInstruction] = {}
        reasons: dict[int, int] = {}
        for order in orders:
            row, number = issued.get(order.serial_number), order.serial_number
            try:
                if row is None or row.der != order.certificate_der:
                    code = "serial_not_issued" if row is None else "serial_of_another"
                    raise NeedsAttention(self._serial(code, order))
                reasons[number], fit[number] = nearest_reason(order.reason, self.takes_reasons), order
            except NeedsAttention as refusal:
                found[order.key] = refusal
        now = timezone.now()
        for number, revocation in revoke_certificates(authority, reasons, at=now).items():
            shard = issued[number].shard
            receipt = {"authority": self.slug, "looked_at": now.isoformat(), **_addresses(authority, number, shard)}
            found[fit[number].key] = Confirmed(*revocation, receipt)
        return found

    def status(self, order: RevocationInstruction) -> Confirmed | NotRevoked | Unseen:
        """Return what the authority's own table says now. Raises NeedsAttention."""
        authority = self._authority()
        issued = self._issued(authority, order)
        if issued is None:
            return Unseen("not_issued_here", {"authority": self.name})
        revocation = found_revocation(issued)
        receipt = self._receipt(issued)
        return NotRevoked(receipt) if revocation is None else Confirmed(*revocation, receipt)

    def _receipt(self, issued: IssuedCertificate) -> dict[str, Json]:
        return {
            "authority": self.slug,
            "looked_at": timezone.now().isoformat(),
            **_addresses(issued.authority, int(issued.serial_number, 16), issued.shard),
        }

    def _authority(self) -> LocalAuthority:
        try:
            return LocalAuthority.objects.get(slug=self.slug)
        except LocalAuthority.DoesNotExist as missing:
            raise NeedsAttention(Message("authority.never_made", {"slug": self.slug})) from missing

    def _issued(self, authority: LocalAuthority, order: RevocationInstruction) -> IssuedCertificate | None:
        """Return the certificate of the order. Raises NeedsAttention when another one here has its serial number."""
        issued = authority.certificates.filter(serial_number=serial_text(order.serial_number)).first()
        if issued is not None and bytes(issued.certificate_der) != order.certificate_der:
            raise NeedsAttention(self._serial("serial_of_another", order))
        return issued

    def _issued_among(self, authority: LocalAuthority, orders: Sequence[RevocationInstruction]) -> dict[int, IssuedRow]:
        numbers = [serial_text(order.serial_number) for order in orders]
        rows = authority.certificates.filter(serial_number__in=numbers)
        values = rows.values_list("serial_number", "certificate_der", "shard")
        return {int(serial, 16): IssuedRow(bytes(der), shard) for serial, der, shard in values}

    def _serial(self, code: str, order: RevocationInstruction) -> Message:
        return REFUSAL.message(code, {"authority": self.name, "serial": serial_text(order.serial_number)})


def from_options(slug: str, name: str, options: Mapping[str, object]) -> LocalDriver:
    """Make the driver for an entry of `settings.AUTHORITIES`; it has no options of its own."""
    return LocalDriver(slug, name)


def _addresses(authority: LocalAuthority, serial_number: int, shard: int | None) -> dict[str, Json]:
    """Return where the certificate says that its status is published."""
    where = address(authority, "crl.der") if shard is None else shard_address(authority, shard)
    serial = serial_text(serial_number)
    return {"serial_number": serial, "crl_url": where, "ocsp_url": address(authority, "ocsp")}
