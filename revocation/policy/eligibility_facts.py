"""The facts that the rules M and N look at, and the refusals that they answer with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from revocation.marking import gettext_noop
from revocation.messages import Message, table
from revocation.policy.states import State


@dataclass(frozen=True)
class Related:
    """A certificate that is also revoked, or the original through which this one must be revoked (N2)."""

    id: int
    label: str


@dataclass(frozen=True)
class EligibilityFacts:
    """The facts about a certificate at the instant `at`. `models.eligibility_facts` reads them."""

    at: datetime
    uploaded: bool
    state: State
    brand: str
    issuer: str
    not_before: datetime
    not_after: datetime
    to_be_renewed: bool = False
    open_request: int | None = None
    deployed_to: tuple[str, ...] = ()
    original: Related | None = None
    affected: tuple[Related, ...] = ()
    chain_is_circular: bool = False
    reason: int | None = None


class WayOut(StrEnum):
    """What a refused person can do instead. The pages turn each into a link."""

    NONE = ""
    ISSUER = "issuer"
    OPEN_REQUEST = "open_request"
    UNDEPLOY = "undeploy"
    ORIGINAL = "original"
    ASSISTED = "assisted"


MESSAGES = table(
    "eligibility",
    {
        "uploaded": gettext_noop(
            "This certificate was uploaded, not issued through this service. "
            "Its own issuer, %(issuer)s, must revoke it."
        ),
        "revoking": gettext_noop("This certificate is already being revoked."),
        "revoked": gettext_noop("This certificate is already revoked."),
        "deleted": gettext_noop("This certificate was deleted."),
        "expired": gettext_noop("This certificate has expired. An expired certificate cannot be revoked."),
        "open_request": gettext_noop("%(request)s for this certificate is open. Continue with that request."),
        "deployed": gettext_noop(
            "This certificate is still deployed to %(targets)s. Undeploy it first. You can continue now "
            "only if the key is compromised."
        ),
        "renewing": gettext_noop(
            "This certificate expires within 30 days and is marked for renewal. You cannot revoke it here. "
            "If the key may be compromised, request assistance."
        ),
        "circular": gettext_noop(
            "The reissue record of this certificate is circular. We cannot tell which certificates would "
            "also be revoked. Contact us."
        ),
        "reissued": gettext_noop(
            "This certificate is a reissue. Revoke the original, %(original)s. This certificate is also revoked."
        ),
        "before_2020_03_25": gettext_noop(
            "This certificate was issued before 25 March 2020. You cannot revoke it by self-service. "
            "Request assistance."
        ),
        "not_provable": gettext_noop(
            "One name of the certificate is not a DNS name, so you cannot prove its ownership here. "
            "Discard this draft. Then request assistance on the certificate's page “Revoke”."
        ),
        "reason_not_offered": gettext_noop("This reason is not offered for this certificate. Choose another for it."),
    },
    status=409,
    lists=frozenset({"targets"}),
)
"""`Refusal.code` -> sentence, for all rules M and N, F5 and O5."""


@dataclass(frozen=True)
class Refusal:
    """A rule's refusal. `code`: a key of `MESSAGES`, with `params` for its sentence."""

    rule: str
    code: str
    way_out: WayOut = WayOut.NONE
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> Message:
        return MESSAGES.message(self.code, self.params)
