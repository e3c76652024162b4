"""Records and their signatures: which belong together, whether they fit, and what else they need to be believed.

A signature says from which name the records were made (RFC 4034 section 3.1.3). If a wildcard made them, the zone must
prove that nothing closer exists. Otherwise anybody who saw the wildcard's answer could give it for any name below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import dns.dnssec
import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset

from revocation.outbound.dns.denial import leaves_names_out, proves_absent

MAX_SIGNATURES = 8
"""Bound on the work that a zone may cause (CVE-2023-50387)."""

RRSIG, NSEC, NSEC3 = (dns.rdatatype.from_text(kind) for kind in ("RRSIG", "NSEC", "NSEC3"))
CNAME, DNAME = (dns.rdatatype.from_text(kind) for kind in ("CNAME", "DNAME"))

Keys = dns.rrset.RRset


class Bogus(Exception):
    """The chain of signatures is broken."""


def signatures_of(rrset: dns.rrset.RRset, section: Iterable[dns.rrset.RRset]) -> dns.rrset.RRset | None:
    """Return the signatures of `rrset` in this section, or None. Raises Bogus for more than MAX_SIGNATURES."""
    for other in section:
        if other.rdtype == RRSIG and other.name == rrset.name and other.covers == rrset.rdtype:
            if len(other) > MAX_SIGNATURES:
                raise Bogus(f"{rrset.name}: too many signatures")
            return other
    return None


def signer_of(signatures: dns.rrset.RRset, owner: dns.name.Name) -> dns.name.Name:
    """Return the signer, the zone that contains the records (RFC 4035 section 5.3.1).

    Raises Bogus if it is not above them.
    """
    signer: dns.name.Name = signatures[0].signer
    if not owner.is_subdomain(signer):
        raise Bogus(f"{owner}: signed by {signer}, which is not above it")
    return signer


def made_from(reply: dns.message.Message, alias: dns.rrset.RRset) -> dns.rrset.RRset | None:
    """Return the DNAME from which an unsigned CNAME was made, or None.

    The signature is on the DNAME and not on the CNAME (RFC 6672 section 5.3.1).
    """
    for above in reply.answer:
        if above.rdtype != DNAME or alias.rdtype != CNAME or alias.name == above.name:
            continue
        if alias.name.is_subdomain(above.name):
            rest = alias.name.relativize(above.name)
            if rest.derelativize(above[0].target) == alias[0].target:
                return above
    return None


def verify(rrset: dns.rrset.RRset, signatures: dns.rrset.RRset, keys: Keys) -> None:
    """Verify records that stand in the zone as they are. Raises Bogus.

    Records that a wildcard made are refused too: a key, a delegation or a denial never is one (CVE-2017-15105).
    """
    if _next_closer(rrset, signatures):
        raise Bogus(f"{_called(rrset)}: made from a wildcard")
    _fit(rrset, signatures, keys)


def verify_answer(reply: dns.message.Message, rrset: dns.rrset.RRset, signatures: dns.rrset.RRset, keys: Keys) -> bool:
    """Verify records of an answer. Returns whether they are secure, and raises Bogus if they do not fit.

    A wildcard may have made them if the zone proves that nothing closer exists (RFC 4035 section 5.3.4, RFC 5155
    section 8.8). The result is False if the only proofs of that are spans that leave unsigned delegations out.
    """
    _fit(rrset, signatures, keys)
    for name in _next_closer(rrset, signatures):
        shown = [proof for proof in proofs(keys.name, reply, keys) if proves_absent(name, keys.name, proof)]
        if not shown:
            raise Bogus(f"{_called(rrset)}: made from a wildcard, but {keys.name} does not prove that {name} is absent")
        if all(leaves_names_out(proof) for proof in shown):
            return False
    return True


def proofs(zone: dns.name.Name, reply: dns.message.Message, keys: Keys) -> Iterator[dns.rrset.RRset]:
    """Yield the verified NSEC and NSEC3 records with which `zone` denies that something exists. Raises Bogus."""
    for rrset in reply.authority:
        if rrset.rdtype not in (NSEC, NSEC3):
            continue
        signatures = signatures_of(rrset, reply.authority)
        if signatures is not None and signer_of(signatures, rrset.name) == zone:
            verify(rrset, signatures, keys)
            yield rrset


def _next_closer(rrset: dns.rrset.RRset, signatures: dns.rrset.RRset) -> set[dns.name.Name]:
    """Return, for each wildcard that the signatures name, the name that must not exist.

    It has one label more than the parent of the wildcard. All signatures count, since any of them may be the one that
    fits.
    """
    owner = rrset.name
    labels = len(owner) - 1 - owner.is_wild()
    return {
        dns.name.Name(owner.labels[-signature.labels - 2 :]) for signature in signatures if signature.labels < labels
    }


def _fit(rrset: dns.rrset.RRset, signatures: dns.rrset.RRset, keys: Keys) -> None:
    try:
        dns.dnssec.validate(rrset, signatures, {keys.name: keys})
    except dns.exception.DNSException as failure:
        raise Bogus(f"{_called(rrset)}: {failure}") from None


def _called(rrset: dns.rrset.RRset) -> str:
    return f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)}"
