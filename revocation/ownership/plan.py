"""Which names must be proven, by which methods, and which other names a proof proves (rule O5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from revocation.pki.names import base_name, canonical_dns_name, is_wildcard, registrable_domain


class Method(StrEnum):
    DNS = "dns"
    FILE = "file"


@dataclass(frozen=True)
class Through:
    """Another proof that counts too: that of `name` by `method`."""

    name: str
    method: Method


@dataclass(frozen=True)
class NameToProve:
    """`methods` may prove `name` directly; each of `also_through` proves it as well."""

    name: str
    methods: tuple[Method, ...]
    also_through: tuple[Through, ...] = ()


def _same_record(proof_name: str, name: str) -> bool:
    """Whether both names have their record at the same place, as a wildcard and its base name do."""
    return base_name(proof_name) == base_name(name)


def _same_host(proof_name: str, name: str) -> bool:
    """Whether a file on `proof_name` proves `name`.

    It proves its own name, and at the apex also the `www.` name, but not the other way round.
    """
    if is_wildcard(proof_name) or is_wildcard(name):
        return False
    return name == proof_name or (_is_apex(proof_name) and name == f"www.{proof_name}")


PROVES: dict[Method, Callable[[str, str], bool]] = {Method.DNS: _same_record, Method.FILE: _same_host}
"""Method -> test of whether a proof of the first name by this method proves the second name."""


def plan(names: Iterable[str]) -> tuple[NameToProve, ...]:
    """Return each of a certificate's DNS names once, in order, with the other proofs among them that count for it."""
    each = tuple(dict.fromkeys(_canonical(name) for name in names))
    return tuple(NameToProve(name, methods_for(name), _others(name, each)) for name in each)


def proven_by(proof_name: str, method: str, names: Iterable[str]) -> frozenset[str]:
    """Return those of `names`, in canonical form, that a proof of `proof_name` by `method` proves.

    A wildcard has no file, so a file "of a wildcard" proves nothing. Raises ValueError for an unknown method.
    """
    proves, proof = PROVES[Method(method)], _canonical(proof_name)
    return frozenset(name for name in map(_canonical, names) if proves(proof, name))


def methods_for(name: str) -> tuple[Method, ...]:
    """Return the methods that may prove a name: DNS only for wildcards, either for everything else."""
    return (Method.DNS,) if is_wildcard(name) else (Method.DNS, Method.FILE)


def _others(name: str, names: tuple[str, ...]) -> tuple[Through, ...]:
    return tuple(
        Through(other, method)
        for other in names
        for method in methods_for(other)
        if other != name and PROVES[method](other, name)
    )


def _is_apex(name: str) -> bool:
    return registrable_domain(name) == name


def _canonical(name: str) -> str:
    prefix = "*." if is_wildcard(name) else ""
    return prefix + canonical_dns_name(base_name(name))
