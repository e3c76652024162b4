"""What the ownership page shows of one name: what to publish, in all forms, and what the last check found (O7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from revocation.models import ManualMethod, NameProof, RevocationRequest, record_kind
from revocation.ownership import challenge, pasting
from revocation.ownership.diagnosis.difference import Part, difference, nearest
from revocation.ownership.pasting import Paste
from revocation.ownership.sight import Role

TO_WAIT_FOR = frozenset({"old_value_cached", "check_unfinished"})
"""Outcomes that pass by themselves."""

ENOUGH_ALIKE = 0.3
"""The share of the value that must be in what was found, for a comparison to help."""


@dataclass(frozen=True)
class Publish:
    """What to publish. `fields`: label and text. `forms`: the same, ready to paste. `commands`: to check it oneself."""

    fields: tuple[tuple[str, str], ...]
    forms: tuple[Paste, ...]
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    proof: NameProof
    publish: Publish
    other: ManualMethod | None
    compared: tuple[Part, ...] = ()
    mistakes: tuple[str, ...] = field(default=())

    @property
    def by_file(self) -> bool:
        return bool(self.proof.method == ManualMethod.FILE)

    @property
    def lapsed(self) -> bool:
        """The domain is gone: only an assisted request helps (A1)."""
        return bool(self.proof.outcome.get("code") == "domain_does_not_exist")

    @property
    def patience(self) -> bool:
        """Whether the customer only has to wait."""
        return self.proof.outcome.get("code") in TO_WAIT_FOR


def row(case: RevocationRequest, proof: NameProof) -> Row:
    other = ManualMethod.FILE if proof.method == ManualMethod.DNS else ManualMethod.DNS
    publish = _file(case, proof) if proof.method == ManualMethod.FILE else _record(case, proof)
    choice = None if proof.name.startswith("*.") else other
    return Row(proof, publish, choice, _compared(proof), tuple(proof.mistakes))


def _file(case: RevocationRequest, proof: NameProof) -> Publish:
    url, value = challenge.file_url(proof.name, case.challenge_file), case.challenge_value
    fields = ((_("Address of the file"), url), (_("Content of the file"), value))
    return Publish(fields, pasting.file_forms(url, value), pasting.file_commands(url))


def _record(case: RevocationRequest, proof: NameProof) -> Publish:
    kind = record_kind(proof.automatic, case.certificate.brand.proof_record).upper()
    value = case.challenge_value
    if kind == "CNAME":
        value = challenge.expected_cname(value, settings.OWNERSHIP_CNAME_ZONE)
    where = challenge.record_name(proof.name, settings.OWNERSHIP_RECORD_LABEL)
    fields = ((_("Record name"), where), (_("Record type"), kind), (_("Record value"), value))
    servers = tuple(dict.fromkeys(s["where"].split(" ")[0] for s in proof.sights if s["role"] == Role.SERVER))
    return Publish(fields, pasting.record(where, kind, value), pasting.record_commands(where, kind, servers))


def _compared(proof: NameProof) -> tuple[Part, ...]:
    """Compare the value with the most similar thing found. Empty when they are too different for that to help."""
    outcome: dict[str, Any] = proof.outcome
    expected, found = outcome.get("looked_for", ""), outcome.get("found", [])
    if not found or outcome.get("proven"):
        return ()
    candidate = nearest(expected, found)
    parts = difference(expected, candidate)
    same = sum(len(part.text) for part in parts if part.kind == "same")
    return parts if expected and same >= ENOUGH_ALIKE * len(expected) else ()
