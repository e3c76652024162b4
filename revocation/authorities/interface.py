"""What the portal asks of an issuing authority, whoever it is (rules M5 and N2). Pure Python.

A driver answers; it never writes to the portal's tables. Every call may be repeated: the worker that made
it may have died before it could note the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from revocation.authorities.messages import MESSAGES, AuthorityFailed
from revocation.marking import gettext_noop
from revocation.messages import Message, Refused, Words, table

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

UNSPECIFIED = 0

NEAREST_REASONS: Mapping[int, tuple[int, ...]] = {
    0: (),
    1: (),  # keyCompromise is never softened: an authority that does not take it needs a person
    3: (UNSPECIFIED,),  # neither superseded nor cessationOfOperation would be true of a changed name
    4: (5, UNSPECIFIED),  # replaced: at least it is true that this one is not in use any more
    5: (UNSPECIFIED,),  # superseded would claim a replacement that does not exist
    9: (UNSPECIFIED,),  # a decision about the subscriber that no other code expresses
}
"""Reason code (RFC 5280 section 5.3.1) -> what to send to an authority that does not take it, best first."""


class TryAgain(AuthorityFailed):
    """The authority could not be asked, or could not answer now: an outage, never a refusal (M5)."""

    def __init__(self, words: Words, retry_after: timedelta | None = None) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class NeedsAttention(AuthorityFailed):
    """The authority refused, or answered something that a person must read before anything else is tried."""


@dataclass(frozen=True)
class RevocationInstruction:
    """One certificate to revoke."""

    certificate_der: bytes
    issuer_der: bytes | None
    serial_number: int
    reason: int
    """RFC 5280 section 5.3.1 code."""
    key: str
    """Idempotency key: the same for every attempt at the same order."""
    recorded_by_hand: bool = False
    """Staff have noted that they revoked it in the authority's own console."""


@dataclass(frozen=True)
class Confirmed:
    """The authority says *revoked*: since when, why, and what shows it. None: it does not say (C7).

    `already`: it says that the certificate was revoked before this order. `words`: what people have to know about it.
    """

    revoked_at: datetime | None
    reason: int | None
    receipt: Mapping[str, Json]
    already: bool = False
    words: Words = ""


@dataclass(frozen=True)
class SigningInput:
    """What the holder of a certificate's key signs so that the authority revokes without an account.

    The portal never sees the key. It writes `to_sign`, the holder signs these bytes with one openssl command, and the
    portal passes the signature on (`TakesSignatures.revoke_with_signature`).
    """

    to_sign: bytes
    algorithm: Literal["RS256", "ES256", "ES384", "ES512"]
    """JWA name (RFC 7518 section 3.1): RSASSA-PKCS1-v1_5 or ECDSA, with SHA-256, 384 or 512."""

    @property
    def digest(self) -> str:
        """The option of `openssl dgst`: sha256, sha384 or sha512."""
        return f"sha{self.algorithm[2:]}"


class SignatureRefused(Refused):
    """The signature is of another key or text, or the text is too old. The holder has to sign again."""

    subject = "signature"


SIGNATURE_REFUSED = table(
    "signature",
    {
        "other_key": gettext_noop(
            "This signature was not made by the certificate's key, or not of this text. Sign the text that is "
            "shown with the key that belongs to the certificate."
        ),
        "not_our_text": gettext_noop("You signed a different text. Sign the text that is shown."),
        "about_something_else": gettext_noop(
            "The signed text is for another certificate or action. Sign the text that is shown."
        ),
        "too_old": gettext_noop("The text is too old. Sign the new one that is shown."),
    },
    status=422,
)


@dataclass(frozen=True)
class Waiting:
    """The order is valid, but somebody has to act before it can be confirmed."""

    for_whom: Literal["staff", "authority"]
    code: str
    """A key of `messages.WAITING` or `messages.UNSEEN`."""
    params: Mapping[str, Json]
    look_again: timedelta

    @property
    def message(self) -> Message:
        return MESSAGES.message(self.code, self.params)


@dataclass(frozen=True)
class NotRevoked:
    """The authority says that the certificate is not revoked."""

    looked_at: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Unseen:
    """The authority says nothing about this certificate, or publishes nowhere that could be read."""

    code: str
    """A key of `messages.UNSEEN`."""
    params: Mapping[str, str] = field(default_factory=dict)


class Authority(Protocol):
    """An issuing authority, as its driver presents it to the portal."""

    @property
    def slug(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def takes_reasons(self) -> frozenset[int]: ...

    @property
    def wants_proof(self) -> bool:
        """Whether the holder of the certificate's key has to sign, since the portal's word is not enough
        (`TakesSignatures`). False where the portal is the authority or has an account, or where staff revoke."""
        ...

    def revoke(self, order: RevocationInstruction) -> Confirmed | Waiting:
        """Revoke. Idempotent: *already revoked* is Confirmed, too.

        It then has the first date and reason, as far as the authority states them, never those of this order (C7).
        Confirmed says that the authority has the revocation in its books. The public sees it some seconds later, when
        the CRL is published. Code that promises this has to look at what is published (a status observation).

        Raises TryAgain, NeedsAttention.
        """
        ...

    def status(self, order: RevocationInstruction) -> Confirmed | NotRevoked | Unseen:
        """Return what the authority says now, changing nothing. Raises TryAgain, NeedsAttention."""
        ...


@runtime_checkable
class RevokesMany(Protocol):
    """An authority that can revoke several certificates in one call."""

    def revoke_many(
        self, orders: Sequence[RevocationInstruction]
    ) -> Mapping[str, Confirmed | Waiting | AuthorityFailed]:
        """Revoke each as `Authority.revoke` does; return by `key` its answer, or what would have been raised.

        An order without an answer is sent again by itself. No instruction has an `issuer_der`. Raises TryAgain and
        NeedsAttention where that holds for all of them.
        """
        ...


@runtime_checkable
class TakesSignatures(Protocol):
    """An authority that revokes for whoever holds the certificate's key (RFC 8555 section 7.6).

    Both calls go out to the authority, so the worker makes them, never a web request.
    """

    def signing_input(self, order: RevocationInstruction) -> SigningInput:
        """Return a fresh text for the holder to sign.

        It is good as long as the authority remembers its nonce: minutes to hours, and no authority promises it. Raises
        TryAgain, NeedsAttention (also for a key that cannot sign JWS, like SM2).
        """
        ...

    def revoke_with_signature(self, order: RevocationInstruction, to_sign: bytes, signature: bytes) -> Confirmed:
        """Revoke with the holder's signature of `to_sign` as openssl wrote it (binary, ECDSA in DER).

        `to_sign` may have left the portal, so it is read again and must be about this certificate. Raises
        SignatureRefused (sign anew; nothing was revoked), TryAgain, NeedsAttention.
        """
        ...


def nearest_reason(reason: int, takes: frozenset[int]) -> int:
    """Return the reason to send for `reason` to an authority that takes `takes` only.

    >>> nearest_reason(9, frozenset({0, 1, 4, 5}))
    0

    Raises NeedsAttention when the authority takes neither `reason` nor one that may stand for it.
    """
    for candidate in (reason, *NEAREST_REASONS.get(reason, ())):
        if candidate in takes:
            return candidate
    raise NeedsAttention(Message("authority.reason_not_taken", {"reason": reason}))
