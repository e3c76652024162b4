"""CAs without an interface: staff revoke in the CA's console; the portal believes what the CA publishes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from revocation.authorities.interface import (
    Confirmed,
    Json,
    NeedsAttention,
    NotRevoked,
    RevocationInstruction,
    TryAgain,
    Unseen,
    Waiting,
)
from revocation.authorities.looking import Fetch, look
from revocation.authorities.outside import fetch_publication
from revocation.messages import kept
from revocation.pki.facts import UnreadableCertificate
from revocation.pki.openssl import OpensslMissing

LOOK_AGAIN = timedelta(hours=1)
LOOK_AGAIN_WHEN_RECORDED = timedelta(minutes=2)


@dataclass(frozen=True)
class ByHandDriver:
    """A driver that sends nothing to the CA. It looks at what the CA publishes, and waits for staff."""

    slug: str
    name: str
    fetch: Fetch = fetch_publication
    takes_reasons: frozenset[int] = frozenset({0, 1, 3, 4, 5, 9})
    wants_proof: bool = False

    def revoke(self, order: RevocationInstruction) -> Confirmed | Waiting:
        """Return Confirmed if the CA already publishes the revocation, else Waiting.

        Raises NeedsAttention, and TryAgain when staff have recorded the revocation but nothing can be looked at.
        """
        try:
            said = self.status(order)
        except TryAgain as unreachable:
            if order.recorded_by_hand:
                raise
            failures = kept(unreachable.words) or str(unreachable)
            return self._for_staff("revoke_by_hand_unseen", {"failures": failures})
        return said if isinstance(said, Confirmed) else self._waiting(order, said)

    def status(self, order: RevocationInstruction) -> Confirmed | NotRevoked | Unseen:
        """Return what the certificate's own OCSP and CRL say. Raises TryAgain, NeedsAttention."""
        try:
            return look(order, self.fetch, at=timezone.now())
        except (UnreadableCertificate, OpensslMissing) as problem:
            raise NeedsAttention(problem.message) from problem

    def _waiting(self, order: RevocationInstruction, said: NotRevoked | Unseen) -> Waiting:
        if isinstance(said, Unseen):
            return self._for_staff(said.code, said.params)
        if order.recorded_by_hand:
            return Waiting("authority", "recorded_not_yet_seen", self._facts(), LOOK_AGAIN_WHEN_RECORDED)
        return self._for_staff("revoke_by_hand", {})

    def _for_staff(self, code: str, params: Mapping[str, Json]) -> Waiting:
        return Waiting("staff", code, {**self._facts(), **params}, LOOK_AGAIN)

    def _facts(self) -> dict[str, str]:
        return {"authority": self.name, "seen_at": timezone.now().isoformat(timespec="minutes")}


def from_options(slug: str, name: str, options: Mapping[str, object]) -> ByHandDriver:
    """Make the driver for an entry of `settings.AUTHORITIES`."""
    return ByHandDriver(slug, name)
