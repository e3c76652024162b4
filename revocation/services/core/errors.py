"""Refusals that any verb may give."""

from __future__ import annotations

from revocation.marking import gettext_noop
from revocation.messages import Message, Refused, table
from revocation.models import RevocationRequest

NOT_FOUND = table("actor", {"not_found": gettext_noop("There is nothing at this address for you.")}, status=404)
"""L3: the answer to strangers, whether the thing exists or not."""

MESSAGES = table(
    "actor",
    {
        "not_allowed": gettext_noop("You do not have permission to do this."),
        "takes_part": gettext_noop(
            "You took part in this request or belong to its organisation. Another reviewer must decide."
        ),
    },
    status=403,
)


def why_not_you(*, part: bool) -> Message:
    """R3: say why this person may not: they have a `part` in the request, or they lack the permission."""
    return MESSAGES.message("takes_part" if part else "not_allowed")


class ActorRefused(Refused):
    """This actor may not do this. The customers' doors answer 404 (L3), the review desk 403."""

    def __init__(self, verb: str, request: RevocationRequest | None, *, part: bool) -> None:
        self.carry(why_not_you(part=part))
        self.verb, self.request, self.takes_part = verb, request, part


class NotOwner(ActorRefused):
    """L3: the thing does not belong to the actor's organisation."""

    def __init__(self) -> None:
        super().__init__("", None, part=False)
