"""What a DNS provider can do for the portal, and the two ways in which it can fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from revocation.marking import gettext_noop
from revocation.messages import Refused, table

MESSAGES = table(
    "provider",
    {
        "not_answered": gettext_noop("The DNS provider %(provider)s could not be asked: %(detail)s."),
        "server_failed": gettext_noop("The DNS provider %(provider)s failed (%(rcode)s)."),
        "refused": gettext_noop(
            "The DNS provider %(provider)s refused the update of %(zone)s (%(rcode)s). Check that the zone is hosted "
            "there and that the key may change it."
        ),
        "key_refused": gettext_noop(
            "The DNS provider %(provider)s refused the key (%(rcode)s). Check its name, algorithm and secret. For "
            "BADTIME check the clocks of both machines."
        ),
        "zone_not_hosted": gettext_noop(
            "The name %(name)s is not served from the zone %(zone)s at the DNS provider %(provider)s."
        ),
        "alias_in_the_way": gettext_noop("%(name)s has a CNAME record, so no other record can be published there."),
        "not_taken": gettext_noop(
            "The DNS provider %(provider)s reported success, but there is no such record at %(name)s."
            " Another record is in its place."
        ),
    },
)


@dataclass(frozen=True)
class Record:
    """One record. `kind`: TXT or CNAME. `value`: the text, or the target without the final dot. `ttl` in seconds."""

    name: str
    kind: str
    value: str
    ttl: int = 60


class ProviderFailed(Refused):
    """A provider did not do what was asked. `code` is a key of MESSAGES, and `params` fill it. They hold no secret."""

    subject = "provider"


class TryAgain(ProviderFailed):
    """An outage: the same call may succeed later."""


class NeedsAttention(ProviderFailed):
    """A person must read this: the zone is not hosted there, the credentials are refused (O2)."""


class Provider(Protocol):
    """A DNS provider. Publishing and removing are idempotent, and leave other records alone."""

    @property
    def slug(self) -> str: ...

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that the provider hosts, in lower case, without the final dot."""

    def publish(self, record: Record) -> None:
        """Publish the record. It is there when this returns. Raises TryAgain or NeedsAttention."""

    def remove(self, record: Record) -> None:
        """Remove the record. It is gone when this returns. Raises TryAgain or NeedsAttention."""
