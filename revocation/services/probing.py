"""Builds the probes of `revocation.ownership` from the settings and runs them. The only place where the two meet."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from revocation.models import ManualMethod, NameProof
from revocation.outbound import network
from revocation.outbound.configured import dns_view, networks
from revocation.outbound.dns import DnsView
from revocation.outbound.fetch import Fetcher
from revocation.ownership.challenge import Challenge
from revocation.ownership.dns import look_by_dns
from revocation.ownership.http import check_file, file_policy
from revocation.ownership.outcome import Outcome

log = logging.getLogger(__name__)

BOUND = 45.0
"""Seconds: no check takes longer, whatever it meets. Shorter than the lease of a name."""


@dataclass(frozen=True)
class Probe:
    """What one check needs to know, read from the rows before it starts: no check touches the database."""

    name: str
    method: str
    challenge: Challenge
    record: str


def probe(proof: NameProof) -> Future[Outcome]:
    """Begins to look once for the proof of one name, outside of any transaction. The future ends within BOUND and with
    an outcome, unless it is cancelled."""
    challenge = Challenge(proof.request.challenge_value, proof.request.challenge_file)
    return network.submit(_bounded(Probe(proof.name, proof.method, challenge, proof.record_kind)))


async def _bounded(wanted: Probe) -> Outcome:
    try:
        async with asyncio.timeout(BOUND):
            return await PROBES[ManualMethod(wanted.method)](wanted)
    except TimeoutError:
        log.warning("the check of %s by %s reached its bound of %s s", wanted.name, wanted.method, BOUND)
    except Exception:
        log.exception("the check of %s by %s met an error", wanted.name, wanted.method)
    return Outcome(False, "check_unfinished", wanted.challenge.value, wanted.name, (), {"name": wanted.name})


@cache
def _view(resolvers: tuple[str, ...]) -> DnsView:
    return dns_view(resolvers)


async def _by_dns(wanted: Probe) -> Outcome:
    return await look_by_dns(
        wanted.name,
        wanted.challenge.value,
        _view(tuple(settings.DNS_RESOLVERS)),
        settings.OWNERSHIP_RECORD_LABEL,
        wanted.record,
        settings.OWNERSHIP_CNAME_ZONE,
    )


async def _by_file(wanted: Probe) -> Outcome:
    policy = file_policy(networks(settings.OUTBOUND_TEST_NETWORKS), settings.OUTBOUND_TEST_PORTS)
    fetcher = Fetcher(policy, _view(tuple(settings.DNS_RESOLVERS)))
    return await network.in_thread(lambda: check_file(wanted.name, wanted.challenge, fetcher))


PROBES: dict[ManualMethod, Callable[[Probe], Awaitable[Outcome]]] = {
    ManualMethod.DNS: _by_dns,
    ManualMethod.FILE: _by_file,
}
