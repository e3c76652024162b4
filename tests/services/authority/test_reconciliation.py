"""Threats 30 and 36: the comparison of the inventory with what CAs publish, and what follows from a discrepancy."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from time_machine import TimeMachineFixture

from revocation.authorities.interface import NeedsAttention
from revocation.authorities.local.models import LocalAuthority
from revocation.authorities.looking import Unreachable
from revocation.models import Actor, Discrepancy, Event, Mail, PointKind, RevocationOrder, StatusPoint
from revocation.pki.facts import Level
from revocation.services.authority import dispatch, reconciliation, status_points
from revocation.services.review import decisions
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import DAY, HOUR, LOOKED_AT, delegate, draft, fresh, submitted, upload_foreign
from tests.publication import fetch_own
from tests.support import scripted
from tests.support.scripted import tell_all
from tests.support.world import compare_all, forget_revocation, publish, revoke_elsewhere

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_shard(authority: LocalAuthority, time_machine: TimeMachineFixture) -> None:
    """Put all certificates of a test in one CRL, and stop the clock at NOW."""
    LocalAuthority.objects.update(shards=1)
    authority.shards = 1
    time_machine.move_to(NOW, tick=False)


def kinds() -> list[str]:
    return sorted(Discrepancy.objects.values_list("kind", flat=True))


def test_M5_what_is_revoked_elsewhere_is_revoked_as_seen(
    make_certificate: MakeCertificate, alice: Actor, bob: Actor, rita: Actor
) -> None:
    there, here = make_certificate("a.aurora.example"), make_certificate("b.aurora.example")
    revoke_elsewhere(there, reason=1)
    compare_all()
    seen = fresh(there)
    assert (seen.state, seen.revoked_at, seen.revocation_reason) == ("revoked", NOW - HOUR, 1)
    assert fresh(here).state == "issued"
    event = Event.objects.get(kind="revoked_elsewhere")
    assert (event.before, event.after, event.data["seen_in"], event.data["reason"]) == ("issued", "revoked", "crl", 1)
    to = set(Mail.objects.filter(template="revoked_elsewhere").values_list("to", flat=True))
    assert to == {alice.user.email, bob.user.email}
    assert Mail.objects.get(template="differences_found").to == rita.user.email
    compare_all(NOW + 2 * DAY)
    assert kinds() == ["revoked_elsewhere"]
    assert Event.objects.filter(kind="revoked_elsewhere").count() == 1


@pytest.mark.parametrize("begun", ["draft", "in review", "awaiting ownership"])
def test_M4_an_open_request_for_it_has_ended_and_the_lock_stays(
    make_certificate: MakeCertificate, alice: Actor, begun: str
) -> None:
    order = {"brand": "geotrust", "level": Level.DV} if begun == "awaiting ownership" else {}
    subject = make_certificate(**order)
    request = draft(subject, alice) if begun == "draft" else submitted(subject, alice)
    revoke_elsewhere(subject)
    compare_all()
    assert (fresh(request).state, fresh(request).is_open) == ("overtaken", False)
    assert fresh(subject).state == "revoked"
    assert not request.name_proofs.filter(next_check_at__isnull=False).exists()
    assert not RevocationOrder.objects.exists()


def test_N2_a_request_with_living_reissues_goes_on_to_its_end(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    delegate(alice, "www.aurora.example")
    order = {"brand": "geotrust", "level": Level.OV, "validation_method": "dns_proxy"}
    subject = make_certificate(**order)
    reissue = make_certificate(**order, reissued_from=subject.fingerprint)
    request = submitted(subject, alice)
    revoke_elsewhere(subject)
    compare_all()
    assert (fresh(subject).state, fresh(reissue).state, fresh(request).state) == ("revoked", "revoking", "in_review")
    decisions.approve(request.pk, by=rita, at=NOW, checked=LOOKED_AT)
    tell_all()
    assert (fresh(reissue).state, fresh(request).state) == ("revoked", "revoked")
    assert fresh(subject).revocation_reason == 1  # as it was seen, whatever was asked for


def test_M5_an_order_that_is_stuck_is_settled_by_what_is_published_and_nobody_is_told_again(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = scripted.install(monkeypatch, [NeedsAttention("unauthorized")])
    subject = make_certificate()
    request = decisions.approve(submitted(subject, alice).pk, by=rita, at=NOW, checked=LOOKED_AT)
    tell_all()
    revoke_elsewhere(subject, reason=4)
    compare_all()
    tell_all()
    order = RevocationOrder.objects.get()
    assert (order.state, fresh(subject).state, fresh(request).state) == ("proven", "revoked", "revoked")
    assert order.receipt["seen_in"] == "crl"
    assert len(authority.asked) == 1
    assert not Discrepancy.objects.exists()


def test_M5_a_revocation_that_vanishes_is_told_once_and_its_return_too(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    subject = make_certificate()
    decisions.approve(submitted(subject, alice).pk, by=rita, at=NOW, checked=LOOKED_AT)
    tell_all()
    compare_all()
    forget_revocation(subject, at=NOW + timedelta(minutes=5))
    compare_all(NOW + DAY)
    assert not kinds()  # the CRL may be merely late: the publication check handles that
    forget_revocation(subject, at=NOW + HOUR)
    for days in (2, 3, 4):
        compare_all(NOW + days * DAY)
    assert fresh(subject).state == "revoked"  # never taken back
    assert kinds() == ["not_revoked"]
    assert Mail.objects.filter(template="differences_found").count() == 1
    revoke_elsewhere(subject, reason=4, at=NOW)
    publish(at=NOW + 2 * HOUR, anew=True)
    compare_all(NOW + 6 * DAY)
    assert Discrepancy.objects.get().over_at is not None
    assert Event.objects.filter(kind="seen_again").count() == 1


def test_M5_on_hold_is_no_revocation(make_certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = make_certificate()
    revoke_elsewhere(subject)
    monkeypatch.setattr(reconciliation, "is_final", lambda said: False)
    compare_all()
    assert (fresh(subject).state, kinds()) == ("issued", ["on_hold"])


def test_M1_uploaded_and_deleted_ones_are_left_alone(alice: Actor, make_certificate: MakeCertificate) -> None:
    uploaded = upload_foreign(alice)
    compare_all()
    assert fresh(uploaded).status_point.kind == PointKind.NONE
    assert not reconciliation.due_points(at=NOW + 9 * DAY)


def test_threat_30_a_crl_is_fetched_once_and_batches_cost_the_same_for_any_number(
    make_certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    monkeypatch.setattr(reconciliation, "fetch_publication", lambda url: fetched.append(url) or fetch_own(url))
    for number in range(3):
        make_certificate(f"h{number}.aurora.example")
    compare_all()
    costs = []
    for more in (0, 6):
        for number in range(more):
            make_certificate(f"m{number}.aurora.example")
        status_points.note_points(at=NOW)
        StatusPoint.objects.update(next_round_at=NOW)

        with CaptureQueriesContext(
            connection,
        ) as queries:
            reconciliation.compare(StatusPoint.objects.get().pk, by=SYSTEM, at=NOW)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert len(fetched) == 3
    assert StatusPoint.objects.get().compared == 9


def test_threat_36_a_round_that_is_cut_off_goes_on_where_it_was(
    make_certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        revoke_elsewhere(make_certificate(f"h{number}.aurora.example"))
    monkeypatch.setattr(reconciliation, "BATCH", {PointKind.CRL: 1})
    monkeypatch.setattr(reconciliation, "STRETCH", -1)
    status_points.note_points(at=NOW)
    place = StatusPoint.objects.get()
    ended = [reconciliation.compare(place.pk, by=SYSTEM, at=NOW) for _ in range(4)]
    assert ended == [False, False, False, True]
    assert (fresh(place).compared, fresh(place).found) == (3, 3)
    assert Mail.objects.filter(template="differences_found").count() == 0  # no reviewer here
    assert Event.objects.get(kind="differences_found").data["found"] == 3


def test_threat_36_two_workers_compare_a_place_once(make_certificate: MakeCertificate) -> None:
    make_certificate()
    status_points.note_points(at=NOW)
    place = StatusPoint.objects.get()
    StatusPoint.objects.update(lease_until=NOW + HOUR)
    assert not reconciliation.compare(place.pk, by=SYSTEM, at=NOW)
    assert reconciliation.compare(place.pk, by=SYSTEM, at=NOW + 2 * HOUR)  # the other worker died


def test_M5_what_is_not_signed_is_not_believed_and_a_dark_place_is_tried_later(
    make_certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = make_certificate()
    revoke_elsewhere(subject)

    def forged(url: str) -> bytes:
        body = bytearray(fetch_own(url))
        body[-1] ^= 1
        return bytes(body)

    def dark(url: str) -> bytes:
        raise Unreachable("nobody answers")

    for world, words in ((forged, "not signed"), (dark, "nobody answers")):
        monkeypatch.setattr(reconciliation, "fetch_publication", world)
        StatusPoint.objects.update(next_round_at=NOW)
        compare_all()
        place = StatusPoint.objects.get()
        assert words in place.problem
        assert place.next_round_at > NOW
    assert fresh(subject).state == "issued"


def test_threat_30_where_there_is_no_crl_the_responder_is_asked(
    make_certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, here = make_certificate("a.aurora.example"), make_certificate("b.aurora.example")
    revoke_elsewhere(there, reason=4)
    status_points.note_points(at=NOW)
    ocsp = StatusPoint.objects.get().url.rsplit("/crl/", 1)[0] + "/ocsp"
    StatusPoint.objects.update(kind=PointKind.OCSP, url=ocsp)
    compare_all()
    assert [fresh(there).state, fresh(here).state] == ["revoked", "issued"]
    assert fresh(there).revocation_reason == 4


def test_the_command_lists_first_and_then_does_it(make_certificate: MakeCertificate) -> None:
    subject = make_certificate()
    revoke_elsewhere(subject)
    said = io.StringIO()
    call_command("compare", "--dry-run", stdout=said)
    assert "revoked outside the portal" in said.getvalue()
    assert fresh(subject).state == "issued"
    call_command("compare", stdout=said)
    assert "1 certificates compared, 1 discrepancies" in said.getvalue()
    assert fresh(subject).state == "revoked"
    assert dispatch.due_orders(at=NOW) == []
