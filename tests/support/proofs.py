"""What the probe of a name sees: real outcomes, without a network."""

from collections.abc import Iterable
from concurrent.futures import Future
from datetime import datetime

import pytest

from revocation.ownership.outcome import Outcome
from revocation.services.ownership import sweep as ownership_sweep
from revocation.services.ownership.claims import Claimed
from tests.people import SYSTEM


def outcome(proof: Claimed, proven: bool) -> Outcome:
    code = "proven" if proven else "record_missing"
    where = f"_dnsauth.{proof.name}"
    return Outcome(proven, code, proof.challenge.value, where, params={"name": proof.name, "kind": "TXT"})


def see(monkeypatch: pytest.MonkeyPatch, names: Iterable[str]) -> list[str]:
    """Let checks find the proofs of these names and no others. Return the list of names that are looked for."""
    there, looked = set(names), list[str]()

    def probe(proof: Claimed) -> Future[Outcome]:
        looked.append(proof.name)
        seen: Future[Outcome] = Future()
        seen.set_result(outcome(proof, proof.name in there))
        return seen

    monkeypatch.setattr(ownership_sweep, "probe", probe)
    return looked


def sweep(at: datetime) -> int:
    """Make all checks that are due at that instant; return how many were made."""
    return ownership_sweep.sweep(by=SYSTEM, now=lambda: at)
