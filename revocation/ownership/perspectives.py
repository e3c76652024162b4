"""From where a name is looked at: the primary perspective, the remote ones, and the zone's own servers."""

from __future__ import annotations

from dataclasses import dataclass

from revocation.outbound.dns.authoritative import Authoritative
from revocation.outbound.dns.dnssec import Validator
from revocation.outbound.dns.resolver import DnsView
from revocation.outbound.remembered import Remembered


@dataclass(frozen=True)
class Perspective:
    """A vantage point: its name in the settings and the DNS as it is seen from there."""

    name: str
    view: DnsView


@dataclass(frozen=True)
class Views:
    """`primary` must see the proof, and enough of `remotes` (`quorum`). Without a `validator` DNSSEC is not looked at,
    without `authority` the zone's servers are not asked. `around`: the primary view's memory of what the names of one
    domain have in common."""

    primary: Perspective
    remotes: tuple[Perspective, ...] = ()
    validator: Validator | None = None
    authority: Authoritative | None = None
    around: Remembered | None = None

    @property
    def all(self) -> tuple[Perspective, ...]:
        return (self.primary, *self.remotes)


def one_view(view: DnsView) -> Views:
    """A single perspective and nothing else."""
    return Views(Perspective("portal", view))
