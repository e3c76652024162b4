"""M1 to M7 and N1 to N3 with real certificates."""

from __future__ import annotations

from typing import Any

import pytest

from revocation.models import (
    Actor,
    Certificate,
    Deployment,
    Event,
    EventKind,
    Mail,
    NameProof,
    RevocationRequest,
    eligibility_facts,
)
from revocation.pki.facts import Level
from revocation.services.core.transitions import ActorRefused, TransitionRefused
from revocation.services.inventory import deployments
from revocation.services.requests import filing
from revocation.services.review import decisions
from tests.conftest import MakeCertificate
from tests.people import (
    DAY,
    HOUR,
    LOOKED_AT,
    NOW,
    SECOND,
    SYSTEM,
    delegate,
    deploy,
    draft,
    fresh,
    seen,
    submitted,
    upload_foreign,
)

OLD = {"start": NOW.replace(year=2020, month=3, day=24)}


def refused(subject: Certificate, by: Actor, **more: Any) -> list[str]:
    """Return the ids of the rules that refuse a request for it."""
    with pytest.raises(filing.RequestRefused) as error:
        draft(subject, by, **more)
    return [refusal.rule for refusal in error.value.refusals]


def chain(make_certificate: MakeCertificate, *brands: str, **first: Any) -> list[Certificate]:
    """Make a certificate for each brand, each a reissue of the one before."""
    made: list[Certificate] = []
    for number, brand in enumerate(brands):
        parent = {"reissued_from": made[-1].fingerprint} if made else first
        made.append(make_certificate(f"n{number}.aurora.example", brand=brand, level=Level.OV, **parent))
    return made


def states(*certificates: Certificate | RevocationRequest) -> list[str]:
    return [fresh(certificate).state for certificate in certificates]


def test_M1_uploaded_is_refused_and_the_refusal_recorded(alice: Actor) -> None:
    assert refused(upload_foreign(alice), alice) == ["M1"]
    event = Event.objects.get(kind=EventKind.REQUEST_REFUSED)
    assert event.data["refusals"] == [{"rule": "M1", "code": "uploaded"}]


def test_M2_expired(make_certificate: MakeCertificate, alice: Actor) -> None:
    subject = make_certificate()
    assert refused(subject, alice, at=subject.not_after + SECOND) == ["M2"]
    assert draft(subject, alice, at=subject.not_after).state == "draft"


def test_M2_submitted_request_refuses_another(make_certificate: MakeCertificate, alice: Actor, bob: Actor) -> None:
    subject = make_certificate()
    submitted(subject, alice)
    assert refused(subject, bob) == ["M2"]


def test_M3_submitted_cannot_be_discarded(make_certificate: MakeCertificate, alice: Actor) -> None:
    request = submitted(make_certificate(), alice)
    with pytest.raises(TransitionRefused):
        filing.discard(request.pk, by=alice, at=NOW)
    assert fresh(request).state == "in_review"


def test_M4_locked_from_submission_to_rejection(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    subject = make_certificate()
    request = draft(subject, alice)
    assert not fresh(subject).is_locked
    filing.submit(request.pk, by=alice, at=NOW)
    with pytest.raises(deployments.DeployRefused):
        deploy(subject, alice)
    decisions.reject(request.pk, by=rita, at=NOW, why="Wrong one.")
    assert not fresh(subject).is_locked
    assert submitted(subject, alice).pk != request.pk


def test_M7_deployed_is_refused_until_withdrawn(make_certificate: MakeCertificate, alice: Actor) -> None:
    subject = make_certificate()
    deployment = deploy(subject, alice)
    assert refused(subject, alice) == ["M7"]
    deployments.carry_out(deployment, by=SYSTEM, at=NOW)
    assert fresh(Deployment(pk=deployment)).is_published
    assert refused(subject, alice) == ["M7"]
    deployments.undeploy(deployment, by=alice, at=NOW)
    assert refused(subject, alice) == ["M7"]
    deployments.carry_out(deployment, by=SYSTEM, at=NOW)
    assert draft(subject, alice).state == "draft"


def test_M7_key_compromise_proceeds(make_certificate: MakeCertificate, alice: Actor) -> None:
    subject = make_certificate()
    deploy(subject, alice)
    assert submitted(subject, alice, reason=1).state == "in_review"


def test_M7_deployed_between_draft_and_submission(make_certificate: MakeCertificate, alice: Actor) -> None:
    subject = make_certificate()
    request = draft(subject, alice)
    deploy(subject, alice)
    with pytest.raises(filing.RequestRefused):
        filing.submit(request.pk, by=alice, at=NOW)
    assert states(request, subject) == ["draft", "issued"]


def test_M7_a_deployed_reissue_counts(make_certificate: MakeCertificate, alice: Actor) -> None:
    first, second = chain(make_certificate, "digicert", "digicert")
    deploy(second, alice)
    assert refused(first, alice) == ["M7"]


def test_N1_exact_with_a_real_certificate(make_certificate: MakeCertificate, alice: Actor) -> None:
    subject = make_certificate(brand="digicert", level=Level.OV, to_be_renewed=True)
    edge = subject.not_after - 30 * DAY
    assert refused(subject, alice, at=edge) == ["N1"]
    assert draft(subject, alice, at=edge - SECOND).state == "draft"


def test_N1_not_marked_is_free(make_certificate: MakeCertificate, alice: Actor) -> None:
    subject = make_certificate(brand="digicert", level=Level.OV, left=10 * DAY)
    assert draft(subject, alice).state == "draft"


def test_N3_refused_and_A1_takes_it(make_certificate: MakeCertificate, alice: Actor) -> None:
    subject = make_certificate(brand="digicert", level=Level.OV, **OLD)
    assert refused(subject, alice) == ["N3"]
    assert draft(subject, alice, assisted=True).route == "A1"


def test_N3_spares_wotrus(make_certificate: MakeCertificate, alice: Actor) -> None:
    assert draft(make_certificate(**OLD), alice).route == "F1"


def test_N2_rejection_releases_the_whole_family(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    delegate(alice, "n0.aurora.example")
    first, second = chain(make_certificate, "digicert", "digicert")
    decisions.reject(submitted(first, alice).pk, by=rita, at=NOW, why="No.")
    assert states(first, second) == ["issued", "issued"]


def test_N2_a_reissue_leads_to_the_oldest_living_ancestor(make_certificate: MakeCertificate, alice: Actor) -> None:
    first, _, third = chain(make_certificate, "digicert", "digicert", "digicert")
    assert refused(third, alice) == ["N2"]
    assert eligibility_facts([third], at=NOW)[third.pk].original.id == first.pk


def test_N2_dead_ancestor_makes_the_next_one_the_original(make_certificate: MakeCertificate, alice: Actor) -> None:
    first, second, third = chain(make_certificate, "digicert", "digicert", "digicert", left=10 * DAY)
    later = first.not_after + SECOND
    assert eligibility_facts([third], at=later)[third.pk].original.id == second.pk
    assert draft(second, alice, at=later).state == "draft"


def test_N2_reissues_through_a_dead_one_die_too(make_certificate: MakeCertificate) -> None:
    first = make_certificate("a.aurora.example", brand="digicert")
    dead = make_certificate("b.aurora.example", brand="digicert", left=DAY, reissued_from=first.fingerprint)
    last = make_certificate("c.aurora.example", brand="digicert", reissued_from=dead.fingerprint)
    affected = eligibility_facts([first], at=dead.not_after + SECOND)[first.pk].affected
    assert [one.id for one in affected] == [last.pk]


def test_N2_wotrus_does_not_cascade(make_certificate: MakeCertificate, alice: Actor) -> None:
    first, second = chain(make_certificate, "wotrus", "wotrus")
    submitted(first, alice)
    assert states(first, second) == ["revoking", "issued"]
    assert submitted(second, alice).state == "in_review"


def test_N2_a_circle_ends_and_is_refused(make_certificate: MakeCertificate, alice: Actor) -> None:
    first, second = chain(make_certificate, "digicert", "digicert")
    Certificate.objects.filter(pk=first.pk).update(reissued_from=second)
    assert refused(first, alice) == ["N2"]
    assert draft(first, alice, assisted=True).route == "A1"


def test_N2_a_reissue_that_appeared_since_submission_is_ordered_too(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    delegate(alice, "n0.aurora.example")
    (first,) = chain(make_certificate, "digicert")
    request = submitted(first, alice)
    late = make_certificate("late.aurora.example", brand="digicert", reissued_from=first.fingerprint)
    decisions.approve(request.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert states(late) == ["revoking"]
    assert request.revocations.filter(certificate=late).exists()


def test_A1_vouched_by_one_and_approved_by_another(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor
) -> None:
    subject = make_certificate(brand="digicert", level=Level.OV, **OLD)
    request = submitted(subject, alice, assisted=True)
    with pytest.raises(TransitionRefused):
        decisions.approve(request.pk, by=ron, at=NOW, checked=LOOKED_AT, shown=seen(request))
    decisions.vouch(request.pk, by=rita, at=NOW, why="I called them.")
    with pytest.raises(ActorRefused):
        decisions.approve(request.pk, by=rita, at=NOW, checked=LOOKED_AT, shown=seen(request))
    assert decisions.approve(request.pk, by=ron, at=NOW, checked=LOOKED_AT, shown=seen(request)).state == "approved"


def test_A1_vouching_needs_a_justification(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    request = submitted(make_certificate(), alice, assisted=True)
    with pytest.raises(decisions.ReasonRequired):
        decisions.vouch(request.pk, by=rita, at=NOW, why="  ")


def test_R5_clocks_at_submission(make_certificate: MakeCertificate, alice: Actor) -> None:
    urgent = submitted(make_certificate("a.aurora.example"), alice)
    slow = submitted(make_certificate("b.aurora.example"), alice, assisted=True)
    assert (urgent.due_at - NOW, slow.due_at - NOW) == (24 * HOUR, 5 * DAY)


def test_O1_every_name_has_its_own_row(make_certificate: MakeCertificate, alice: Actor) -> None:
    names = ("aurora.example", "*.aurora.example")
    subject = make_certificate(brand="geotrust", names=names, validation_method="file")
    request = submitted(subject, alice)
    assert dict(NameProof.objects.filter(request=request).values_list("name", "method")) == {
        "aurora.example": "file",
        "*.aurora.example": "dns",
    }


@pytest.mark.parametrize(
    ("automatic", "manual"), [("dns_auto", "dns"), ("dns_proxy", "dns"), ("file_proxy", "file"), ("file", "file")]
)
def test_O2_an_automatic_method_falls_back_to_its_manual_one_and_the_customer_is_told(
    make_certificate: MakeCertificate, alice: Actor, automatic: str, manual: str
) -> None:
    case = submitted(make_certificate(brand="digicert", validation_method=automatic), alice)
    assert [proof.method for proof in case.name_proofs.all()] == [manual]
    told = Mail.objects.filter(template="method_fell_back", to=alice.user.email)
    assert told.exists() == (automatic != manual)
