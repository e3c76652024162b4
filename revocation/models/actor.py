"""Who acts: a person or the system. Every service takes an `Actor` as `by=`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from certportal.accounts.models import Membership, User


class ActorKind(StrEnum):
    PERSON = "person"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who does something. `source`: the IP address for pages, else where it is done ("worker", "command line")."""

    kind: ActorKind
    label: str
    source: str
    user: User | None = None

    @classmethod
    def person(cls, user: User, source: str) -> Actor:
        return cls(ActorKind.PERSON, f"{user} <{user.email}>", source, user)

    @classmethod
    def system(cls, source: str) -> Actor:
        return cls(ActorKind.SYSTEM, "certportal", source)

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None

    def may(self, permission: str) -> bool:
        """Return whether the person holds the Django permission.

        Pages read the user afresh for each HTTP request, so a withdrawn right counts from the next one on (threat 22).
        """
        return self.user is not None and self.user.is_active and self.user.has_perm(permission)

    def belongs_to(self, customer_id: int) -> bool:
        user = self.user
        return (
            user is not None
            and user.is_active
            and Membership.objects.filter(user_id=user.pk, customer_id=customer_id).exists()
        )
