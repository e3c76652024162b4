"""ACME authorities as a driver of `revocation.authorities.interface.Authority`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from acme import client
from cryptography import x509
from django.utils import timezone

from revocation.authorities.acme import book, signed
from revocation.authorities.acme.account import open_account
from revocation.authorities.acme.models import AcmeAccount
from revocation.authorities.acme.network import AcmeProblem, Network, asking
from revocation.authorities.interface import (
    Confirmed,
    Json,
    NeedsAttention,
    NotRevoked,
    RevocationInstruction,
    SignatureRefused,
    SigningInput,
    TryAgain,
    Unseen,
    Waiting,
    nearest_reason,
)
from revocation.authorities.looking import Fetch, look
from revocation.authorities.outside import fetch_publication
from revocation.pki.facts import UnreadableCertificate
from revocation.pki.openssl import OpensslMissing

REASONS = frozenset({0, 1, 4, 5})
"""What every public authority takes (BR 7.2.2); an entry's option `reasons` overrides it."""

LOOK_AGAIN = timedelta(minutes=5)
DONE, KNOWN = "revoked", "already revoked"


@dataclass(frozen=True)
class AcmeDriver:
    """A driver that revokes by RFC 8555 section 7.6, as the account or with the signature of the key's holder."""

    slug: str
    name: str
    directory: str
    ca_bundle: str | None = None
    takes_reasons: frozenset[int] = REASONS
    fetch: Fetch = fetch_publication

    @property
    def wants_proof(self) -> bool:
        """True while the portal has no account there."""
        return not AcmeAccount.objects.filter(slug=self.slug).exclude(uri="").exists()

    def revoke(self, order: RevocationInstruction) -> Confirmed | Waiting:
        """Ask to revoke, and ask once more: an authority that has it in its books then says *already revoked*.

        One that says *done* every time is believed when its CRL or OCSP says so, or when a person has recorded it.
        Raises TryAgain, NeedsAttention.
        """
        with asking(self.name):
            speaks = open_account(self)
            said, reason = self._tell(speaks, order)
            if said == KNOWN:
                return self._known(order, reason)
            again, reason = self._tell(speaks, order)
        if again == DONE and not order.recorded_by_hand:
            return self._as_published(order) or self._not_sure()
        return self._confirmed(order, reason, said)

    def status(self, order: RevocationInstruction) -> Confirmed | NotRevoked | Unseen:
        """Return what its CRL or OCSP says or, where it publishes nothing, what it answered.

        Raises TryAgain, NeedsAttention.
        """
        try:
            said = look(order, self.fetch, at=timezone.now())
        except (UnreadableCertificate, OpensslMissing) as problem:
            raise NeedsAttention(problem.message) from problem
        return (book.found_in_book(self.slug, self.name, order) or said) if isinstance(said, Unseen) else said

    def signing_input(self, order: RevocationInstruction) -> SigningInput:
        """See `interface.TakesSignatures`."""
        with asking(self.name):
            net = Network(self.ca_bundle)
            urls = client.ClientV2.get_directory(self.directory, net)
            nonce = net.fresh_nonce(urls["newNonce"])
            return signed.signing_input(order.certificate_der, self._reason(order), url=urls["revokeCert"], nonce=nonce)

    def revoke_with_signature(self, order: RevocationInstruction, to_sign: bytes, signature: bytes) -> Confirmed:
        """See `interface.TakesSignatures`."""
        reason = self._reason(order)
        with asking(self.name):
            net = Network(self.ca_bundle)
            url = client.ClientV2.get_directory(self.directory, net)["revokeCert"]
            body = signed.jws_body(order.certificate_der, reason, to_sign, signature, url=url)
            book.to_be_asked(self.slug, order, reason)
            try:
                with book.calling(self.slug, order):
                    net.post_signed(url, body)
            except AcmeProblem as refused:
                if refused.code == "badNonce":
                    raise SignatureRefused("too_old") from None
                if refused.code != "alreadyRevoked":
                    raise
                return self._known(order, reason)
        book.done(self.slug, order)
        return self._confirmed(order, reason, DONE)

    def _tell(self, speaks: client.ClientV2, order: RevocationInstruction) -> tuple[str, int]:
        """Ask to revoke, with the nearest reason that the authority takes. Returns (DONE or KNOWN, reason sent)."""
        takes = set(self.takes_reasons)
        certificate = x509.load_der_x509_certificate(order.certificate_der)
        reason = book.to_be_asked(self.slug, order, self._reason(order))
        while True:
            try:
                with book.calling(self.slug, order):
                    speaks.revoke(certificate, reason)
            except AcmeProblem as refused:
                if refused.code == "alreadyRevoked":
                    return KNOWN, reason
                if refused.code != "badRevocationReason":
                    raise
                takes.discard(reason)
                reason = book.reason_changed(self.slug, order, nearest_reason(order.reason, frozenset(takes)))
            else:
                book.done(self.slug, order)
                return DONE, reason

    def _reason(self, order: RevocationInstruction) -> int:
        return nearest_reason(order.reason, self.takes_reasons)

    def _known(self, order: RevocationInstruction, reason: int) -> Confirmed:
        """Confirm *already revoked*: as our book has it, else as published, else without time and reason (C7)."""
        known = book.found_in_book(self.slug, self.name, order)
        if known is not None and known.revoked_at is not None:
            return known
        confirmed = self._confirmed(order, reason, KNOWN)
        published = self._as_published(order)
        if published is None or confirmed.revoked_at is not None:
            return confirmed
        return replace(published, already=confirmed.already, receipt={**published.receipt, "said": KNOWN})

    def _as_published(self, order: RevocationInstruction) -> Confirmed | None:
        try:
            said = look(order, self.fetch, at=timezone.now())
        except (TryAgain, UnreadableCertificate, OpensslMissing):
            return None
        return said if isinstance(said, Confirmed) else None

    def _not_sure(self) -> Waiting:
        facts: dict[str, Json] = {"authority": self.name, "seen_at": timezone.now().isoformat(timespec="minutes")}
        return Waiting("authority", "told_not_yet_seen", facts, LOOK_AGAIN)

    def _confirmed(self, order: RevocationInstruction, reason: int, said: str) -> Confirmed:
        entry = book.answered(self.slug, order, reason)
        receipt: dict[str, Json] = {
            "authority": self.slug,
            "directory": self.directory,
            "said": said,
            "asked_at": entry.asked_at.isoformat(),
            "answered_at": entry.answered_at.isoformat(),
        }
        return book.confirmed(entry, self.name, receipt)


def from_options(slug: str, name: str, options: Mapping[str, Any]) -> AcmeDriver:
    """Make the driver for an entry of `settings.AUTHORITIES`."""
    reasons = frozenset(options.get("reasons", REASONS))
    return AcmeDriver(slug, name, options["directory"], options.get("ca_bundle"), reasons)
