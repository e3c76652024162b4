"""The places from which a name is looked at: the primary perspective, the remote ones, and the zone's own servers."""

from __future__ import annotations

from dataclasses import dataclass

from revocation.outbound.dns.authoritative import Authoritative
from revocation.outbound.dns.dnssec import Validator
from revocation.outbound.dns.resolver import DnsView
from revocation.outbound.remembered import Remembered


@dataclass(frozen=True)
class Perspective:
    """A perspective: its name in the settings, and the DNS as seen from there."""

    name: str
    view: DnsView


@dataclass(frozen=True)
class Views:
    """All perspectives of a check. `primary` must see the proof, and so must enough of `remotes` (`quorum`).

    Without a `validator`, DNSSEC is not checked. Without an `authority`, the zone's servers are not asked. `around`:
    the primary view's memory of answers that the names of one domain share.
    """

    primary: Perspective
    remotes: tuple[Perspective, ...] = ()
    validator: Validator | None = None
    authority: Authoritative | None = None
    around: Remembered | None = None

    @property
    def all(self) -> tuple[Perspective, ...]:
        return (self.primary, *self.remotes)


def one_view(view: DnsView) -> Views:
    """Return views with a single perspective and nothing else."""
    return Views(Perspective("portal", view))
