"""The facts that `policy.RULES` look at, read for many certificates with as many queries as for one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from revocation import policy
from revocation.models.certificate.certificate import Certificate
from revocation.models.certificate.chain import Family, families
from revocation.models.certificate.deployment import Deployment
from revocation.models.request.revocation_request import RevocationRequest


def eligibility_facts(
    certificates: Sequence[Certificate], *, at: datetime, reason: int | None = None
) -> dict[int, policy.EligibilityFacts]:
    """Return the facts about each certificate by its key. `reason`: the one about to be given for all of them."""
    kin = families(certificates, at)
    affected = {c.pk: [c.pk, *(reissue.pk for reissue in kin[c.pk].descendants)] for c in certificates}
    targets = _deployed({pk for pks in affected.values() for pk in pks})
    rows = RevocationRequest.objects.filter(certificate__in=list(affected), is_open=True)
    requests = dict(rows.values_list("certificate_id", "pk"))
    return {
        c.pk: _standing(
            c, kin[c.pk], at, reason, requests.get(c.pk), tuple(t for pk in affected[c.pk] for t in targets.get(pk, ()))
        )
        for c in certificates
    }


def _standing(
    certificate: Certificate,
    kin: Family,
    at: datetime,
    reason: int | None,
    open_request: int | None,
    targets: tuple[str, ...],
) -> policy.EligibilityFacts:
    return policy.EligibilityFacts(
        at=at,
        uploaded=certificate.uploaded,
        state=policy.State(certificate.state),
        brand=certificate.brand_id,
        issuer=certificate.issuer_name or certificate.issuer,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        to_be_renewed=certificate.to_be_renewed,
        open_request=open_request,
        deployed_to=targets,
        original=_related(kin.original) if kin.original else None,
        affected=tuple(map(_related, kin.descendants)),
        chain_is_circular=kin.circular,
        reason=reason,
    )


def _related(certificate: Certificate) -> policy.Related:
    return policy.Related(certificate.pk, certificate.label)


def _deployed(pks: Iterable[int]) -> dict[int, list[str]]:
    """Return the names of the targets where each certificate is still deployed (M7), by its key."""
    active = Deployment.objects.filter(certificate__in=list(pks), withdrawn_at__isnull=True)
    found: dict[int, list[str]] = {}
    for deployment in active.select_related("target").order_by("pk"):
        found.setdefault(deployment.certificate_id, []).append(str(deployment.target))
    return found
