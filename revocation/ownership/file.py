"""The check for the file that proves a name, from every perspective (rules O1, O6, O7, threat 18)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from revocation.outbound import network
from revocation.outbound.fetch import Fetcher
from revocation.ownership.challenge import Challenge
from revocation.ownership.diagnosis import web
from revocation.ownership.http import check_file, sight
from revocation.ownership.outcome import Outcome
from revocation.ownership.quorum import corroborated, failures_allowed
from revocation.ownership.sight import Role


async def look_by_file(name: str, challenge: Challenge, fetchers: Mapping[str, Fetcher]) -> Outcome:
    """Check for the file from every perspective, each of which resolves the address itself.

    The first perspective is the primary one. The others only confirm what it found (`quorum`).
    """
    (first, primary), *others = fetchers.items()
    outcome = await network.in_thread(lambda: check_file(name, challenge, primary))
    seen = sight(Role.PRIMARY, first, outcome)
    if not outcome.proven:
        return await network.in_thread(lambda: web.examined(name, challenge, primary, outcome, seen))
    confirming = [network.in_thread(partial(check_file, name, challenge, fetcher)) for _, fetcher in others]
    confirmed = await asyncio.gather(*confirming)
    remotes = [sight(Role.REMOTE, other, one) for (other, _), one in zip(others, confirmed, strict=True)]
    sights = (seen, *remotes)
    if corroborated(True, [one.proves for one in remotes]):
        return replace(outcome, sights=sights)
    missing = ", ".join(one.where for one in remotes if not one.proves)
    filling = {"name": name, "missing": missing, "allowed": failures_allowed(len(remotes))}
    code = "perspectives_disagree"
    return Outcome(False, code, outcome.looked_for, outcome.where, outcome.found, filling, sights)
