"""M5: *revoked* means proven: what the portal does between the CA's confirmation and its publication."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from revocation.authorities.interface import Confirmed, NotRevoked, Unseen
from revocation.authorities.looking import Unreachable
from revocation.authorities.outside import fetch_publication
from revocation.models import (
    Actor,
    Event,
    IssuerCertificate,
    Mail,
    OrderState,
    RevocationOrder,
    RevocationRequest,
    StatusObservation,
)
from revocation.services.authority import dispatch, publication_check
from revocation.services.core import clock
from revocation.services.inventory import deletion
from revocation.services.review import decisions
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import DAY, HOUR, LOOKED_AT, SECOND, fresh, submitted
from tests.publication import fetch_own
from tests.support import scripted
from tests.support.scripted import CONFIRMED, tell_all

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)


@pytest.fixture
def approved(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> RevocationRequest:
    return decisions.approve(submitted(make_certificate(), alice).pk, by=rita, at=NOW, checked=LOOKED_AT)


def world(monkeypatch: pytest.MonkeyPatch, *, without: str) -> None:
    """Make the publication reachable, except for addresses that contain `without`."""

    def fetch(url: str) -> bytes:
        if without in url:
            raise Unreachable(f"{url}: nobody answers.")
        return fetch_own(url)

    monkeypatch.setattr(publication_check, "fetch_publication", fetch)


def states(request: RevocationRequest) -> tuple[str, str, str]:
    order = RevocationOrder.objects.get(request=request)
    return order.state, fresh(request).state, fresh(request.certificate).state


def test_M5_told_is_not_revoked_until_it_is_seen(approved: RevocationRequest) -> None:
    for order in dispatch.due_orders(at=NOW):
        dispatch.tell(order, by=SYSTEM, at=NOW)
    assert states(approved) == ("confirmed", "revoking", "revoking")
    tell_all()
    assert states(approved) == ("proven", "revoked", "revoked")
    order = RevocationOrder.objects.get()
    assert (order.proven_through, order.next_look_at) == ("sighting", None)
    ocsp, crl = StatusObservation.objects.order_by("-place")
    assert (ocsp.place, ocsp.outcome, ocsp.reason, ocsp.seen_at) == ("ocsp", "yes", 4, NOW)
    assert (crl.place, crl.outcome, crl.reason, crl.seen_at) == ("crl", "yes", 4, NOW)
    assert crl.crl_number.isdigit()


def test_M5_an_authority_that_lies_makes_nothing_revoked(
    approved: RevocationRequest, rita: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = scripted.install(monkeypatch, [CONFIRMED], lies=True)
    for minutes in (0, 1, 5, 20, 60, 24 * 60):
        tell_all(NOW + minutes * MINUTES)
    assert states(approved) == ("confirmed", "revoking", "revoking")
    assert set(StatusObservation.objects.values_list("outcome", flat=True)) == {"not_yet"}
    assert Event.objects.filter(kind="sighting_late").count() == 1
    assert set(Mail.objects.filter(template="sighting_late").values_list("to", flat=True)) == {rita.user.email}
    authority.lies = False
    dispatch.retry(RevocationOrder.objects.get().pk, by=rita, at=NOW + DAY)
    tell_all(NOW + DAY)
    assert states(approved) == ("proven", "revoked", "revoked")
    assert [order.reason for order in authority.asked] == [4, 4]


def test_M5_late_is_after_ten_minutes_here_and_after_what_the_setting_says(
    approved: RevocationRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLISHES_WITHIN_MINUTES = {"local": 3}
    world(monkeypatch, without="pki")
    tell_all()
    order = RevocationOrder.objects.get()
    assert order.visible_by == NOW + 3 * MINUTES
    RevocationOrder.objects.update(next_look_at=NOW, looks=50)
    tell_all()
    assert fresh(order).next_look_at == order.visible_by  # no pause goes past it
    assert not Event.objects.filter(kind="sighting_late").exists()
    tell_all(order.visible_by)
    assert Event.objects.get(kind="sighting_late").data["places"][0]["problem"].endswith("nobody answers.")


def test_M5_answers_are_dated_when_they_came_so_that_a_record_runs_forward(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "passed", lambda begun: 40 * SECOND)
    tell_all()
    order = RevocationOrder.objects.get()
    assert (order.confirmed_at, order.proven_at) == (NOW + 40 * SECOND, NOW + 40 * SECOND)  # each call took so long
    assert {row.seen_at for row in order.observations.all()} == {order.proven_at}
    dated = dict(Event.objects.values_list("kind", "at"))
    kinds = ("authority_asked", "authority_confirmed", "certificate_revoked")
    assert [dated[kind] - NOW for kind in kinds] == [0 * SECOND, 40 * SECOND, 40 * SECOND]


def test_M5_each_place_is_recorded_when_it_appears(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    world(monkeypatch, without="crl")
    tell_all()
    assert states(approved)[2] == "revoked"  # OCSP is enough
    crl = StatusObservation.objects.get(place="crl")
    assert (crl.outcome, crl.seen_at) == ("unreadable", None)
    world(monkeypatch, without="ocsp")
    tell_all(NOW + MINUTES)
    assert fresh(crl).seen_at == NOW + MINUTES
    assert StatusObservation.objects.get(place="ocsp").seen_at == NOW
    assert publication_check.due_looks(at=NOW + 30 * DAY) == []
    assert Event.objects.filter(kind="certificate_revoked").count() == 1


def test_M5_a_place_that_stays_dark_is_told_once_and_given_up_after_a_week(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    world(monkeypatch, without="crl")
    for hours in range(0, 9 * 24, 6):
        tell_all(NOW + hours * HOUR)
    assert Event.objects.filter(kind="sighting_late").count() == 1
    assert RevocationOrder.objects.get().next_look_at is None


ANSWERS = [
    (CONFIRMED, "proven", "status"),
    (Unseen("no_addresses"), "proven", "word"),
    (NotRevoked(), "confirmed", ""),
]


@pytest.mark.parametrize(("status", "state", "through"), ANSWERS, ids=["status", "word", "contradicts itself"])
def test_M5_where_nobody_can_look_the_proof_says_so(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch, status: Any, state: str, through: str
) -> None:
    authority = scripted.install(monkeypatch, [Confirmed(NOW, 5, {"said": "yes"})])
    monkeypatch.setattr(authority, "status", lambda order: status)
    IssuerCertificate.objects.all().delete()  # so that no answer could be checked
    tell_all()
    order = RevocationOrder.objects.get()
    assert (order.state, order.proven_through) == (state, through)
    assert not StatusObservation.objects.exists()


def test_M5_what_is_not_signed_by_the_issuer_is_not_believed(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forged(url: str) -> bytes:
        body = bytearray(fetch_own(url))
        body[-1] ^= 1
        return bytes(body)

    monkeypatch.setattr(publication_check, "fetch_publication", forged)
    tell_all()
    assert states(approved) == ("confirmed", "revoking", "revoking")
    assert all("signed" in row.problem or "not a" in row.problem for row in StatusObservation.objects.all())


def test_M5_one_worker_looks(approved: RevocationRequest) -> None:
    for order in dispatch.due_orders(at=NOW):
        dispatch.tell(order, by=SYSTEM, at=NOW)
    order = RevocationOrder.objects.get().pk
    assert [publication_check.claim([order], at=NOW) for _ in range(2)] == [[order], []]
    assert publication_check.due_looks(at=NOW + publication_check.LEASE) == [
        order
    ]  # the worker that claimed it may have died


def test_M6_after_deletion_for_good_nothing_is_looked_for(
    approved: RevocationRequest, carl: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    world(monkeypatch, without="crl")
    tell_all()
    deletion.purge(approved.certificate_id, by=carl, at=NOW)
    tell_all(NOW + HOUR)
    assert RevocationOrder.objects.get().next_look_at is None


def test_O8_sightings_go_through_the_guard(approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication_check, "fetch_publication", fetch_publication)
    tell_all()
    assert states(approved)[0] == OrderState.CONFIRMED
    assert all("127.0.0.1" in row.problem for row in StatusObservation.objects.all())
