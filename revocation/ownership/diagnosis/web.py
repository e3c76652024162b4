"""Further mistakes if the file of a proof is not seen: only one IP version fails, or another site's server (O7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from revocation.outbound.dns.resolver import NameUnresolved
from revocation.outbound.fetch import Fetcher
from revocation.ownership import http
from revocation.ownership.challenge import Challenge
from revocation.ownership.outcome import Outcome
from revocation.ownership.sight import Role, Sight

SECONDS = 5.0
"""Time limit for finding the addresses."""


def examined(name: str, challenge: Challenge, fetcher: Fetcher, outcome: Outcome, seen: Sight) -> Outcome:
    """Return `outcome`, a failure, with further mistakes. The file is tried over IPv4 and IPv6 if the name has both."""
    families = _families(name, fetcher)
    made = {version: http.attempts(name, challenge, fetcher.by_family(version)) for version in families}
    by_family = {version: http.told(each) for version, each in made.items()}
    sights = (seen, *(http.sight(Role.WEB, f"IPv{version}", one) for version, one in by_family.items()))
    also = [*_family_mistakes(name, by_family), *_server_mistakes(name, outcome)]
    if also and also[0][0] == "family_broken":  # says more than what the one family showed
        (code, params), *others = also
        also = [(outcome.code, outcome.params), *others]
        outcome = Outcome(False, code, outcome.looked_for, outcome.where, outcome.found, params)
    return replace(outcome, sights=sights, also=tuple(also))


def _families(name: str, fetcher: Fetcher) -> list[int]:
    """Return 4 and 6 if the name has addresses of both, else nothing, since there is nothing to compare."""
    try:
        addresses = fetcher.resolver.addresses(name, SECONDS)
    except NameUnresolved:
        return []
    versions = {6 if ":" in address else 4 for address in addresses}
    return sorted(versions) if len(versions) > 1 else []


def _family_mistakes(name: str, by_family: dict[int, Outcome]) -> list[tuple[str, dict[str, Any]]]:
    working = [version for version, one in by_family.items() if one.proven]
    broken = [version for version, one in by_family.items() if not one.proven]
    if working and broken:
        address = by_family[broken[0]].params.get("address", "")
        filling = {"working": f"IPv{working[0]}", "broken": f"IPv{broken[0]}", "address": address or name}
        return [("family_broken", {"name": name} | filling)]
    differ = len({one.code for one in by_family.values()}) > 1
    return [("family_differs", {"name": name})] if differ else []


def _server_mistakes(name: str, outcome: Outcome) -> list[tuple[str, dict[str, Any]]]:
    mistakes: list[tuple[str, dict[str, Any]]] = []
    if "other" in outcome.params:
        filling = {"address": outcome.params["address"], "other": outcome.params["other"]}
        mistakes.append(("wrong_virtual_host", {"name": name} | filling))
    if outcome.where.startswith("https:") and "status" in outcome.params:
        mistakes.append(("file_by_tls_only", {"name": name}))
    return mistakes
