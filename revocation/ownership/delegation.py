"""Delegated validation (O1): what the customer sets up once, where it points, which names it covers, its check."""

from __future__ import annotations

from collections.abc import Iterable

from revocation.marking import gettext_noop
from revocation.messages import table
from revocation.outbound.dns.resolver import DnsView, RecordKind
from revocation.ownership import sentences
from revocation.ownership.challenge import DEFAULT_LABEL, record_name
from revocation.ownership.diagnosis.doctor import FAILURES
from revocation.ownership.outcome import Outcome
from revocation.ownership.plan import PROVES, Method
from revocation.pki.names import NameRefused, base_name, canonical_dns_name, registrable_domain

DNS_PROXY, FILE_PROXY = "dns_proxy", "file_proxy"

LOOKS_BY = {DNS_PROXY: Method.DNS, FILE_PROXY: Method.FILE}
"""Kind of delegation -> the method by which its proofs are looked for."""

MESSAGES = sentences.MESSAGES | table(
    "delegation",
    {
        "delegation_seen": gettext_noop("%(where)s points to %(looked_for)s. This is correct."),
        "delegation_missing": gettext_noop(
            "There is no CNAME record at %(where)s. Add one that points to %(looked_for)s."
        ),
        "delegation_elsewhere": gettext_noop(
            "The CNAME record at %(where)s points to %(other)s. Let it point to %(looked_for)s."
        ),
        "delegation_doubled": gettext_noop(
            "The record is at %(other)s: the domain was added twice. In the DNS panel enter the name without the "
            "domain."
        ),
        "proven": gettext_noop("%(where)s is forwarded to us. This is correct."),
    },
)

INCONCLUSIVE = frozenset(
    {
        *FAILURES.values(),
        "dns_timed_out",
        "dns_failed",
        "timed_out",
        "connection_refused",
        "connection_failed",
        "connection_lost",
        "tls_failed",
        "file_server_error",
    }
)
"""Codes of an outage: the check saw nothing. Any other failure says that the delegation is not there."""


def target_name(token: str, zone: str) -> str:
    """Return where the customer's CNAME points. The target is unique to the customer and the domain."""
    return f"{token}.{zone.strip('.')}".lower()


def check_delegated_record(domain: str, target: str, view: DnsView, label: str = DEFAULT_LABEL) -> Outcome:
    """Check whether the CNAME at the place of the proof points to `target`."""
    where = record_name(domain, label)
    answer = view.look_up(where, RecordKind.CNAME)
    if any(found.lower() == target for found in answer.records):
        return Outcome(True, "delegation_seen", target, where, answer.records)
    if answer.status in FAILURES:
        return Outcome(False, FAILURES[answer.status], target, where, params={"name": domain, "kind": "CNAME"})
    if answer.records:
        elsewhere = {"other": answer.records[0]}
        return Outcome(False, "delegation_elsewhere", target, where, answer.records, elsewhere)
    doubled = f"{where}.{registrable_domain(domain) or domain}"
    if any(found.lower() == target for found in view.look_up(doubled, RecordKind.CNAME).records):
        return Outcome(False, "delegation_doubled", target, where, params={"other": doubled})
    return Outcome(False, "delegation_missing", target, where)


def can_prove(domain: str, method: str, name: str) -> bool:
    """Whether a proof through the delegation of `domain` proves `name` (O5)."""
    return PROVES[LOOKS_BY[method]](domain, name)


def is_set_up_for(domain: str, method: str, name: str) -> bool:
    """Whether the delegation of `domain` counts for `name` (F9, O3). It also counts for the wildcard of `domain`."""
    return base_name(name) == domain or can_prove(domain, method, name)


def cover_all(delegations: Iterable[tuple[str, str]], names: Iterable[str]) -> bool:
    """Whether these delegations, (domain, method) each, cover all names (F9, O3). An IP address is never covered."""
    held = list(delegations)
    try:
        wanted = [canonical_dns_name(name) for name in names]
    except NameRefused:
        return False
    return bool(wanted) and all(any(is_set_up_for(*one, name) for one in held) for name in wanted)
