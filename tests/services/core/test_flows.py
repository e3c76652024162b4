"""The verbs of a request, through their services: the routes, the locks, four eyes, the authority's answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from revocation.authorities.interface import Confirmed, NeedsAttention, TryAgain, Waiting
from revocation.models import (
    Actor,
    Certificate,
    CertificateBytes,
    Event,
    Mail,
    NameProof,
    RevocationOrder,
    RevocationRequest,
)
from revocation.pki.facts import Level
from revocation.services.authority import dispatch
from revocation.services.core.errors import NotOwner
from revocation.services.core.transitions import ActorRefused, TransitionRefused
from revocation.services.inventory import deletion
from revocation.services.ownership import proofs
from revocation.services.requests import filing
from revocation.services.review import decisions, overdue
from tests.conftest import NOW, SYSTEM, MakeCertificate, person
from tests.people import LOOKED_AT, delegate
from tests.support import scripted
from tests.support.proofs import see, sweep
from tests.support.scripted import tell_all

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)


def file(certificate: Certificate, by: Actor, *, reason: int = 4, at: Any = NOW) -> RevocationRequest:
    request = filing.begin(certificate.pk, by=by, at=at, reason=reason, reason_text="Replaced.")
    return filing.submit(request.pk, by=by, at=at)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def kinds(request: RevocationRequest) -> list[str]:
    return list(Event.objects.filter(request_id=request.pk).order_by("pk").values_list("kind", flat=True))


def test_F1_reviewed_and_revoked(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    certificate = make_certificate()
    request = file(certificate, alice)
    assert (request.route, request.state, fresh(certificate).state) == ("F1", "in_review", "revoking")
    decisions.approve(request.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert fresh(certificate).state == "revoking"  # M5: approval is not revocation
    tell_all()
    assert fresh(request).state == fresh(certificate).state == "revoked"
    assert fresh(certificate).revocation_reason == 4
    assert kinds(request) == [
        *("drafted", "submitted", "approved", "authority_asked", "authority_confirmed"),
        *("seen", "seen", "certificate_revoked", "revoked", "receipt_made"),  # in OCSP and in the CRL
    ]


def test_L1_nothing_half_happens_when_the_event_fails(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = file(make_certificate(), alice)

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("revocation.services.core.transitions.record", broken)
    with pytest.raises(RuntimeError):
        decisions.approve(request.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert fresh(request).state == "in_review"
    assert not RevocationOrder.objects.exists()


def test_M2_one_open_request_a_certificate_in_the_database_too(
    make_certificate: MakeCertificate, alice: Actor, bob: Actor
) -> None:
    certificate = make_certificate()
    first = filing.begin(certificate.pk, by=alice, at=NOW)
    for again in (alice, bob):  # a double click, and a colleague
        assert filing.begin(certificate.pk, by=again, at=NOW) == first
    with pytest.raises(IntegrityError), transaction.atomic():
        RevocationRequest.objects.create(certificate=certificate, route="F1", filed_by=alice.user)


def test_L3_strangers_may_nothing(make_certificate: MakeCertificate, alice: Actor, charlie: Actor) -> None:
    certificate = make_certificate()
    with pytest.raises(NotOwner):
        filing.begin(certificate.pk, by=charlie, at=NOW)
    draft = filing.begin(certificate.pk, by=alice, at=NOW, reason=4, reason_text="x")
    for verb in (filing.submit, filing.discard):
        with pytest.raises(ActorRefused):
            verb(draft.pk, by=charlie, at=NOW)
    with pytest.raises(NotOwner):
        deletion.hide(certificate.pk, by=charlie, at=NOW)


def test_O3_exempt_goes_straight_to_the_authority(make_certificate: MakeCertificate, alice: Actor) -> None:
    order = {"brand": "trustasia", "term_years": 2}
    delegate(alice, "shop.aurora.example")
    request = file(make_certificate(names=("*.shop.aurora.example",), **order), alice)
    assert request.state == "approved"
    tell_all()
    assert fresh(request).state == "revoked"


def check_all(monkeypatch: pytest.MonkeyPatch, *, proven: bool, at: Any) -> None:
    see(monkeypatch, NameProof.objects.values_list("name", flat=True) if proven else [])
    sweep(at)


def test_F3_proven_means_revoked_without_a_reviewer(
    make_certificate: MakeCertificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = file(make_certificate(brand="geotrust", names=("a.example", "b.example")), alice)
    assert (request.state, request.name_proofs.count()) == ("awaiting_ownership", 2)
    check_all(monkeypatch, proven=True, at=NOW)
    assert fresh(request).state == "approved"
    tell_all()
    assert fresh(request).state == "revoked"


def test_O4_one_last_check_at_the_deadline_then_failed(
    make_certificate: MakeCertificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(brand="geotrust")
    request = file(certificate, alice)
    deadline = NOW + 72 * HOUR
    assert request.ownership_deadline == deadline
    check_all(monkeypatch, proven=False, at=NOW)
    assert proofs.past_deadline(at=deadline - timedelta(seconds=1)) == []
    proofs.close(request.pk, by=SYSTEM, at=deadline)
    assert fresh(request).state == "awaiting_ownership"  # the last check was not made yet
    check_all(monkeypatch, proven=False, at=deadline)
    proofs.close(request.pk, by=SYSTEM, at=deadline)
    assert (fresh(request).state, fresh(certificate).state) == ("failed", "issued")


def test_O4_a_proof_seen_by_the_last_check_revokes_although_the_worker_slept(
    make_certificate: MakeCertificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = file(make_certificate(brand="geotrust"), alice)
    late = NOW + 75 * HOUR
    for pk in proofs.past_deadline(at=late):
        proofs.close(pk, by=SYSTEM, at=late)
    check_all(monkeypatch, proven=True, at=late)
    assert fresh(request).state == "approved"


def test_O5_apex_file_proves_www_and_not_the_other_way_round(
    make_certificate: MakeCertificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("a-shop.example", "www.a-shop.example")
    request = file(make_certificate(brand="geotrust", names=names, validation_method="file"), alice)
    see(monkeypatch, names[1:])
    sweep(NOW)
    assert fresh(request).state == "awaiting_ownership"
    see(monkeypatch, names[:1])
    sweep(NOW + HOUR)
    assert fresh(request).state == "approved"


def test_O5_wildcards_by_dns_only(make_certificate: MakeCertificate, alice: Actor) -> None:
    order = {"brand": "geotrust", "validation_method": "file"}
    request = file(make_certificate(names=("*.a-shop.example",), **order), alice)
    assert request.name_proofs.get().method == "dns"
    with pytest.raises(proofs.MethodRefused):
        proofs.choose_method(request.pk, "*.a-shop.example", "file", by=alice, at=NOW)


def test_O7_check_now_is_asked_for_once(make_certificate: MakeCertificate, alice: Actor) -> None:
    request = file(make_certificate(brand="geotrust"), alice)
    NameProof.objects.update(checked_at=NOW, next_check_at=NOW + HOUR)
    assert proofs.check_now(request.pk, by=alice, at=NOW + timedelta(seconds=1)) == 1
    assert proofs.check_now(request.pk, by=alice, at=NOW + timedelta(seconds=1)) == 0
    assert NameProof.objects.get().next_check_at == NOW + proofs.COALESCE


def test_L2_each_reminder_once(make_certificate: MakeCertificate, alice: Actor) -> None:
    request = file(make_certificate(brand="geotrust"), alice)
    for hours in (47, 48, 49, 68, 69):
        at = NOW + hours * HOUR
        for pk in proofs.to_be_reminded(at=at):
            proofs.remind(pk, by=SYSTEM, at=at)
    assert kinds(request).count("ownership_reminder") == 2
    assert Mail.objects.filter(template="ownership_reminder").count() == 2


def test_N2_the_original_takes_every_living_reissue_with_it(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    order = {"brand": "geotrust", "level": Level.OV}
    delegate(alice, "www.aurora.example")
    first = make_certificate(**order)
    second = make_certificate(**order, reissued_from=first.fingerprint)
    third = make_certificate(**order, reissued_from=second.fingerprint)
    with pytest.raises(filing.RequestRefused):
        filing.begin(third.pk, by=alice, at=NOW, reason=4, reason_text="x")
    request = file(first, alice)
    assert {fresh(c).state for c in (first, second, third)} == {"revoking"}
    late = make_certificate(**order, reissued_from=third.fingerprint)
    decisions.approve(request.pk, by=rita, at=NOW, checked=LOOKED_AT)
    tell_all()
    assert {fresh(c).state for c in (first, second, third, late)} == {"revoked"}
    assert RevocationOrder.objects.filter(request=request).count() == 4


def test_R3_nobody_decides_on_their_own(make_certificate: MakeCertificate, alice: Actor, root: Actor) -> None:
    request = file(make_certificate(), alice)
    colleague = person("bobs-second", customer="aurora", group="reviewers")
    for actor in (alice, colleague):
        with pytest.raises(ActorRefused):
            decisions.approve(request.pk, by=actor, at=NOW, checked=LOOKED_AT)
    assert kinds(request).count("decision_refused") == 2
    assert decisions.approve(request.pk, by=root, at=NOW, checked=LOOKED_AT).decided_by == root.user


@pytest.mark.parametrize("who", ["filer", "colleague"])
def test_R3_in_the_database_as_the_last_line(make_certificate: MakeCertificate, alice: Actor, who: str) -> None:
    request = file(make_certificate(), alice)
    decider = alice if who == "filer" else person("second", customer="aurora", group="reviewers")
    with pytest.raises(IntegrityError), transaction.atomic():
        RevocationRequest.objects.filter(pk=request.pk).update(decided_by=decider.user, decided_at=NOW)


def test_R2_reject_needs_words(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    request = file(make_certificate(), alice)
    with pytest.raises(decisions.ReasonRequired):
        decisions.reject(request.pk, by=rita, at=NOW, why=" ")


def test_R4_the_slower_reviewer_is_told_who_decided(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor
) -> None:
    request = file(make_certificate(), alice)
    decisions.approve(request.pk, by=rita, at=NOW, checked=LOOKED_AT)
    with pytest.raises(TransitionRefused, match="Rita"):
        decisions.reject(request.pk, by=ron, at=NOW, why="No.")


def test_R5_overdue_is_told_once(make_certificate: MakeCertificate, alice: Actor) -> None:
    request = file(make_certificate(), alice)
    late = NOW + 25 * HOUR
    assert overdue.newly_overdue(at=NOW + 23 * HOUR) == []
    assert overdue.newly_overdue(at=late) == [request.pk]
    overdue.tell_overdue(request.pk, by=SYSTEM, at=late)
    assert overdue.newly_overdue(at=late) == []


DONE = Confirmed(NOW, 4, {"said": "revoked"})


@pytest.fixture
def approved(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> RevocationRequest:
    return decisions.approve(file(make_certificate(), alice).pk, by=rita, at=NOW, checked=LOOKED_AT)


def script(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> scripted.Scripted:
    return scripted.install(monkeypatch, list(answers), takes_reasons=frozenset({0, 1, 4, 5}))


def test_M5_an_outage_is_retried_and_never_revoked_on_hope(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = script(monkeypatch, TryAgain("down"), TryAgain("down"), DONE)
    for minutes in range(4):
        tell_all(NOW + timedelta(minutes=minutes))
    assert len(authority.asked) == 3
    assert {order.key for order in authority.asked} == {authority.asked[0].key}
    assert fresh(approved).state == "revoked"
    assert kinds(approved).count("authority_failed") == 1


def test_M5_a_refusal_waits_for_staff(
    approved: RevocationRequest, rita: Actor, charlie: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, NeedsAttention("badly signed"), DONE)
    tell_all()
    order = RevocationOrder.objects.get()
    assert (order.state, order.message) == ("stuck", "badly signed")
    assert fresh(approved.certificate).state == "revoking"
    with pytest.raises(ActorRefused):
        dispatch.retry(order.pk, by=charlie, at=NOW)
    dispatch.retry(order.pk, by=rita, at=NOW)
    tell_all()
    assert fresh(approved).state == "revoked"


def test_M5_waiting_for_staff_is_no_revocation(approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    params = {"authority": "CA", "seen": "", "seen_at": ""}
    script(monkeypatch, Waiting("staff", "revoke_by_hand", params, HOUR), DONE)
    tell_all()
    assert fresh(approved.certificate).state == "revoking"
    tell_all(NOW + HOUR)
    assert fresh(approved).state == "revoked"


def test_M5_revoked_without_a_receipt_is_refused_by_the_database(approved: RevocationRequest) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RevocationOrder.objects.update(state="confirmed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.update(state="revoked")


def test_M6_purge_leaves_the_tombstone(
    approved: RevocationRequest, carl: Actor, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = approved.certificate
    with pytest.raises(deletion.DeletionRefused):
        deletion.purge(certificate.pk, by=carl, at=NOW)
    tell_all()
    with pytest.raises(deletion.StaffOnly):
        deletion.purge(certificate.pk, by=alice, at=NOW)
    deletion.purge(certificate.pk, by=carl, at=NOW)
    gone = fresh(certificate)
    assert (gone.state, bool(gone.serial_number), gone.revocation_reason) == ("deleted", True, 4)
    assert not CertificateBytes.objects.filter(certificate=gone).exists()
    event = Event.objects.get(kind="deleted")
    assert event.data["fingerprint"] == gone.fingerprint


def test_L1_events_cannot_be_changed_or_deleted(approved: RevocationRequest) -> None:
    for attempt in (lambda: Event.objects.update(why="x"), lambda: Event.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
