"""Probes of ownership, built from the settings and run. `revocation.ownership` itself reads no settings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

from revocation.models import ManualMethod
from revocation.outbound import network
from revocation.outbound.configured import networks, perspectives
from revocation.outbound.dns.authoritative import Authoritative
from revocation.outbound.dns.dnssec import Validator
from revocation.outbound.fetch import Fetcher
from revocation.outbound.remembered import Remembered
from revocation.ownership.challenge import Challenge
from revocation.ownership.dns import look_by_dns
from revocation.ownership.file import look_by_file
from revocation.ownership.http import file_policy
from revocation.ownership.outcome import Outcome
from revocation.ownership.perspectives import Perspective, Views
from revocation.services.ownership.claims import Claimed

log = logging.getLogger(__name__)

BOUND = 45.0
"""Seconds that a check takes at most, whatever it meets. Shorter than the lease of a name."""

DIAGNOSED = 4
"""So many first checks look for mistakes in any case. Later routine ones do so only when they see something new, and a
check that the customer asks for always does."""


@dataclass(frozen=True)
class Probe:
    """What one check needs to know. `before`: the last check's outcome, for a routine check whose diagnosis need not be
    made anew."""

    name: str
    method: str
    challenge: Challenge
    record: str
    before: dict[str, Any] | None


def probe(proof: Claimed) -> Future[Outcome]:
    """Begin one look for the proof of one name, outside of any transaction.

    The future ends within BOUND and with an outcome, unless it is cancelled.
    """
    routine = not proof.asked and proof.attempts >= DIAGNOSED
    before = proof.before if routine and proof.before else None
    return network.submit(_bounded(Probe(proof.name, proof.method, proof.challenge, proof.record, before)))


async def _bounded(wanted: Probe) -> Outcome:
    try:
        async with asyncio.timeout(BOUND):
            return await PROBES[ManualMethod(wanted.method)](wanted)
    except TimeoutError:
        log.warning("the check of %s by %s reached its bound of %s s", wanted.name, wanted.method, BOUND)
    except Exception:
        log.exception("the check of %s by %s met an error", wanted.name, wanted.method)
    return Outcome(False, "check_unfinished", wanted.challenge.value, wanted.name, (), {"name": wanted.name})


def views() -> Views:
    """Return the views from which names are looked at, as the settings say."""
    perspectives = tuple((name, tuple(each)) for name, each in settings.DNS_PERSPECTIVES.items())
    ports = tuple(settings.OUTBOUND_TEST_PORTS.items())
    resolvers, anchors = tuple(settings.DNS_RESOLVERS), tuple(settings.DNSSEC_TRUST_ANCHORS)
    return _views(perspectives, resolvers, anchors, tuple(settings.OUTBOUND_TEST_NETWORKS), ports)


@lru_cache(maxsize=4)
def _views(
    named: tuple[tuple[str, tuple[str, ...]], ...],
    resolvers: tuple[str, ...],
    anchors: tuple[str, ...],
    test_networks: tuple[str, ...],
    test_ports: tuple[tuple[int, int], ...],
) -> Views:
    """Make the views, once for the same settings: a view remembers what it knows of zones."""
    primary, *remotes = [Perspective(name, view) for name, view in perspectives(dict(named), resolvers).items()]
    authority = Authoritative(primary.view, networks(test_networks), dict(test_ports))
    validator, around = Validator(primary.view, anchors), Remembered(primary.view)
    return Views(primary, tuple(remotes), validator, authority, around)


async def _by_dns(wanted: Probe) -> Outcome:
    return await look_by_dns(
        wanted.name,
        wanted.challenge.value,
        views(),
        settings.OWNERSHIP_RECORD_LABEL,
        wanted.record,
        settings.OWNERSHIP_CNAME_ZONE,
        wanted.before,
    )


async def _by_file(wanted: Probe) -> Outcome:
    policy = file_policy(networks(settings.OUTBOUND_TEST_NETWORKS), settings.OUTBOUND_TEST_PORTS)
    fetchers = {each.name: Fetcher(policy, each.view) for each in views().all}
    return await look_by_file(wanted.name, wanted.challenge, fetchers)


PROBES: dict[ManualMethod, Callable[[Probe], Awaitable[Outcome]]] = {
    ManualMethod.DNS: _by_dns,
    ManualMethod.FILE: _by_file,
}
