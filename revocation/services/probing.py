"""Builds the probes of `revocation.ownership` from the settings. The only place where the two meet."""

from __future__ import annotations

from django.conf import settings

from revocation.models import ManualMethod, NameProof
from revocation.outbound.configured import dns_view, networks
from revocation.outbound.fetch import Fetcher
from revocation.ownership.challenge import Challenge
from revocation.ownership.dns import check_dns
from revocation.ownership.http import check_file, file_policy
from revocation.ownership.outcome import Outcome


def probe(proof: NameProof) -> Outcome:
    """Look once for the proof of one name. Outside of any transaction; bounded in time by the probes."""
    return PROBES[ManualMethod(proof.method)](proof)


def _by_dns(proof: NameProof) -> Outcome:
    return check_dns(
        proof.name,
        proof.request.challenge_value,
        dns_view(settings.DNS_RESOLVERS),
        settings.OWNERSHIP_RECORD_LABEL,
        proof.request.certificate.brand.proof_record,
        settings.OWNERSHIP_CNAME_ZONE,
    )


def _by_file(proof: NameProof) -> Outcome:
    policy = file_policy(networks(settings.OUTBOUND_TEST_NETWORKS), settings.OUTBOUND_TEST_PORTS)
    challenge = Challenge(proof.request.challenge_value, proof.request.challenge_file)
    return check_file(proof.name, challenge, Fetcher(policy, dns_view(settings.DNS_RESOLVERS)))


PROBES = {ManualMethod.DNS: _by_dns, ManualMethod.FILE: _by_file}
