"""L6 in the services alone: the database's guards are taken away, and a stray order is still not carried out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from revocation import triggers
from revocation.models import (
    Actor,
    Certificate,
    CertificateBytes,
    Event,
    Mail,
    Receipt,
    RevocationOrder,
    RevocationRequest,
    StatusPoint,
)
from revocation.pki.facts import Level
from revocation.pki.status import CrlSighting
from revocation.services.authority import (
    dispatch,
    external_revocation,
    publication_check,
    receipt_facts,
    receipts,
    warrants,
)
from revocation.services.core.ordering import BLANK
from revocation.services.core.transitions import TransitionRefused
from revocation.services.requests import key_compromise
from revocation.services.review import decisions
from revocation.worker import DUTIES, run_once
from tests.conftest import MakeCertificate
from tests.guards.rows import insert_order
from tests.people import HOUR, LOOKED_AT, NOW, SYSTEM, delegate, fresh, submitted
from tests.support.scripted import CONFIRMS, Scripted, install, tell_all

pytestmark = pytest.mark.slow

TELL = next(duty for duty in DUTIES if duty.name == "dispatch orders")
PROOF: dict[str, Any] = {"confirmed_at": NOW, "revoked_at": NOW, "reason_confirmed": 4, "receipt": "{}"}
BY_WORD: dict[str, Any] = {"proven_at": NOW, "proven_through": "word"}


@pytest.fixture
def unguarded(db: None) -> None:
    triggers.remove()


@pytest.fixture
def authority_asked(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    return install(monkeypatch, CONFIRMS)


@pytest.fixture
def waiting(make_certificate: MakeCertificate, alice: Actor, rita: Actor, unguarded: None) -> RevocationRequest:
    return submitted(make_certificate(), alice)


def stray(request: RevocationRequest, **more: Any) -> RevocationOrder:
    insert_order(request.certificate, request, **more)
    return RevocationOrder.objects.get(certificate=request.certificate_id)


def refusals(order: RevocationOrder) -> list[Event]:
    return list(Event.objects.filter(kind="order_refused", certificate_id=order.certificate_id))


def test_L6_an_order_for_a_request_in_review_is_not_told_and_staff_are(
    waiting: RevocationRequest, rita: Actor, authority_asked: Scripted
) -> None:
    order = stray(waiting)
    for hours in range(3):
        dispatch.tell(order.pk, by=SYSTEM, at=NOW + hours * HOUR)
        tell_all(NOW + hours * HOUR)
    assert authority_asked.asked == []
    told = fresh(order)
    assert (told.state, told.next_attempt_at, told.message_code) == ("stuck", None, "authority.order_undecided")
    assert (fresh(waiting).state, fresh(waiting.certificate).state) == ("in_review", "revoking")
    assert not Receipt.objects.exists()
    (event,) = refusals(order)
    assert waiting.number in event.why
    assert [mail.to for mail in Mail.objects.filter(template="order_refused")] == [rita.user.email]
    assert event not in Event.objects.for_customers()


def test_L6_a_claim_takes_no_undecided_order(waiting: RevocationRequest) -> None:
    order = stray(waiting)
    assert not dispatch.claim(order.pk, at=NOW)
    assert fresh(order).attempts == 0


def test_L6_its_neighbours_are_carried_out(
    waiting: RevocationRequest, make_certificate: MakeCertificate, alice: Actor, rita: Actor, authority_asked: Scripted
) -> None:
    order = stray(waiting)
    case = submitted(make_certificate("good.aurora.example"), alice)
    decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    run_once(TELL, now=lambda: NOW)
    tell_all()
    assert fresh(case).state == "revoked"
    assert len(authority_asked.asked) == 1
    assert Receipt.objects.get().revocation.request == case
    assert fresh(order).is_set_aside


@pytest.mark.parametrize("state", ["confirmed", "proven"])
def test_L6_what_a_stray_order_claims_is_not_believed(
    waiting: RevocationRequest, authority_asked: Scripted, state: str
) -> None:
    """The order claims to be confirmed or proven. No check makes the certificate revoked, and no receipt is made."""
    claims: Any = {"confirmed": {"next_look_at": NOW}, "proven": BY_WORD}[state]
    order = stray(waiting, state=state, next_attempt_at=None, **PROOF, receipt_due_at=NOW, **claims)
    if state == "confirmed":
        publication_check.look([order.pk], by=SYSTEM, at=NOW)
    receipts.make([order.pk], by=SYSTEM, at=NOW)
    tell_all()
    assert fresh(order).is_set_aside
    assert fresh(waiting.certificate).state == "revoking"
    assert not Receipt.objects.exists()
    (event,) = refusals(order)
    assert event.data["claimed"]["state"] == state


def test_L6_a_receipt_without_a_decision_cannot_be_made(waiting: RevocationRequest) -> None:
    order = stray(waiting, state="proven", proven_at=NOW, proven_through="word", **PROOF)
    with pytest.raises(receipt_facts.NobodyDecided):
        receipt_facts.facts_of(order, receipt_facts.sources_of([order]), at=NOW, key_id="key")


def test_L6_a_decision_that_the_record_does_not_know_is_none(
    waiting: RevocationRequest, ron: Actor, authority_asked: Scripted
) -> None:
    """Somebody writes a reviewer's name into the row; no event says that she decided."""
    RevocationRequest.objects.filter(pk=waiting.pk).update(
        state="approved", queued_at=None, decided_at=NOW, decided_by=ron.user
    )
    order = stray(waiting)
    tell_all()
    assert (authority_asked.asked, fresh(order).message_code) == ([], "authority.order_without_grounds")


def test_L6_nor_is_one_by_somebody_else_than_the_record_says(
    waiting: RevocationRequest, rita: Actor, ron: Actor, authority_asked: Scripted
) -> None:
    case = decisions.approve(waiting.pk, by=rita, at=NOW, checked=LOOKED_AT)
    RevocationRequest.objects.filter(pk=case.pk).update(decided_by=ron.user)
    tell_all()
    assert authority_asked.asked == []
    assert RevocationOrder.objects.get().message_code == "authority.order_without_grounds"


def test_L6_a_proof_without_proven_names_is_none(
    make_certificate: MakeCertificate, alice: Actor, unguarded: None, authority_asked: Scripted
) -> None:
    case = submitted(make_certificate(brand="geotrust"), alice)
    for grounds in ({"proven_at": NOW}, {"proof_waived": True}):
        RevocationRequest.objects.filter(pk=case.pk).update(state="approved", ownership_deadline=None, **grounds)
    order = stray(case)
    tell_all()
    assert (authority_asked.asked, fresh(order).message_code) == ([], "authority.order_without_grounds")


def test_L6_an_order_for_another_certificate_is_not_told(
    waiting: RevocationRequest, make_certificate: MakeCertificate, rita: Actor, authority_asked: Scripted
) -> None:
    case = decisions.approve(waiting.pk, by=rita, at=NOW, checked=LOOKED_AT)
    stranger = make_certificate("stranger.aurora.example")
    insert_order(stranger, case)
    tell_all()
    assert {order.serial_number for order in authority_asked.asked} == {int(case.certificate.serial_number, 16)}
    assert fresh(RevocationOrder.objects.get(certificate=stranger)).message_code == "authority.order_of_another"
    assert fresh(stranger).state == "issued"


def test_L6_bytes_of_another_certificate_are_not_told(
    waiting: RevocationRequest, make_certificate: MakeCertificate, rita: Actor, authority_asked: Scripted
) -> None:
    """Drivers revoke what the bytes say: swapped bytes would revoke another certificate."""
    case = decisions.approve(waiting.pk, by=rita, at=NOW, checked=LOOKED_AT)
    other = make_certificate("other.aurora.example").bytes.der
    CertificateBytes.objects.filter(certificate=case.certificate_id).update(der=other)
    tell_all()
    assert authority_asked.asked == []
    assert RevocationOrder.objects.get().message_code == "authority.bytes_of_another"


def test_L6_staff_cannot_send_it_after_all(waiting: RevocationRequest, rita: Actor, authority_asked: Scripted) -> None:
    order = stray(waiting)
    tell_all()
    for verb in (dispatch.retry, lambda pk, **kw: dispatch.record_by_hand(pk, note="done", **kw)):
        with pytest.raises(TransitionRefused, match="not approved"):
            verb(order.pk, by=rita, at=NOW)
    tell_all()
    assert authority_asked.asked == []


def test_L6_the_desk_says_why(waiting: RevocationRequest, rita: Actor, client: Client) -> None:
    order = stray(waiting)
    tell_all()
    client.force_login(rita.user)
    answer = client.post(reverse("admin:revocation_revocationorder_retry", args=[order.pk]), follow=True)
    assert "was not approved, proven or exempt" in answer.content.decode()


@pytest.mark.parametrize("seen", [False, True], ids=["at once", "after it was set aside"])
def test_L6_a_later_decision_gives_the_order_anew(
    waiting: RevocationRequest, rita: Actor, authority_asked: Scripted, seen: bool
) -> None:
    order = stray(waiting, reason=1, reason_sent=1, attempts=7, message="forged")
    if seen:
        tell_all()
    decisions.approve(waiting.pk, by=rita, at=NOW, checked=LOOKED_AT)
    given = fresh(order)
    assert (given.state, given.reason, given.reason_sent, given.message) == ("due", 4, None, "")
    tell_all()
    assert (fresh(waiting).state, [asked.reason for asked in authority_asked.asked]) == ("revoked", [4])


def test_L6_nothing_that_a_stray_order_claimed_is_left_when_it_is_given_anew() -> None:
    kept = {"id", "request", "certificate", "reason"}
    assert BLANK.keys() | kept == {field.name for field in RevocationOrder._meta.concrete_fields}


def test_L6_a_stray_order_keeps_nobody_from_rejecting(waiting: RevocationRequest, rita: Actor) -> None:
    """M4: the certificate is back in the state *issued*."""
    stray(waiting)
    decisions.reject(waiting.pk, by=rita, at=NOW, why="No.")
    assert fresh(waiting.certificate).state == "issued"


def test_K1_a_stray_order_keeps_nobody_from_proving_the_key(waiting: RevocationRequest) -> None:
    stray(waiting)
    assert not key_compromise.refusals(waiting.certificate, at=NOW)


def test_L6_what_was_decided_proven_or_exempt_is_warranted(waiting: RevocationRequest, rita: Actor) -> None:
    decisions.approve(waiting.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert warrants.unwarranted(RevocationOrder.objects.all()) == {}


def test_L6_many_orders_are_judged_in_two_queries(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        case = submitted(make_certificate(f"n{number}.aurora.example"), alice)
        decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    with django_assert_num_queries(2):
        warrants.unwarranted(RevocationOrder.objects.select_related("request", "certificate"))


def test_L6_the_world_is_believed_not_the_stray_order(waiting: RevocationRequest) -> None:
    """M5: revoked elsewhere. The certificate gets the status that was seen; the order counts as no confirmation."""
    order = stray(waiting)
    place = StatusPoint.objects.create(key="k", kind="crl", url="http://crl.example/")
    seen = external_revocation.Said(place, CrlSighting(True, NOW, 4, 7, NOW, None))
    assert external_revocation.overtake(waiting.certificate_id, seen, by=SYSTEM, at=NOW)
    assert (fresh(waiting.certificate).state, fresh(waiting).state) == ("revoked", "overtaken")
    assert fresh(order).is_set_aside
    assert not Event.objects.filter(kind__in=("authority_confirmed", "receipt_made")).exists()


@pytest.fixture
def spared(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> tuple[RevocationRequest, Certificate]:
    """Return the request, and the reissue that its decision excludes. The guards are in place."""
    delegate(alice, "www.aurora.example")
    order = {"brand": "geotrust", "level": Level.OV, "validation_method": "dns_proxy"}
    subject = make_certificate(**order)
    child = make_certificate(**order, reissued_from=subject.fingerprint)
    case = submitted(subject, alice, reason=1)
    decisions.approve_original(case.pk, by=rita, at=NOW, why="Its reissue has a healthy key.", checked=LOOKED_AT)
    Certificate.objects.filter(pk=child.pk).update(state="revoking")
    return fresh(case), fresh(child)


def test_L6_a_reissue_that_was_spared_is_not_told(
    spared: tuple[RevocationRequest, Certificate], authority_asked: Scripted
) -> None:
    """N2, R2: the reissue is of the family, but the decision excludes it."""
    case, child = spared
    insert_order(child, case, reason=1)
    tell_all()
    assert [order.serial_number for order in authority_asked.asked] == [int(case.certificate.serial_number, 16)]
    assert RevocationOrder.objects.get(certificate=child).message_code == "authority.order_of_another"
    assert Event.objects.get(kind="approved").data["revokes"] == [case.certificate.fingerprint]


def test_L6_nor_has_it_a_receipt_and_it_holds_up_no_other(
    spared: tuple[RevocationRequest, Certificate], authority_asked: Scripted
) -> None:
    """The database knows only the family and accepts the row as proven. It keeps its claim, but no receipt is due."""
    case, child = spared
    insert_order(child, case, reason=1, state="proven", receipt_due_at=NOW, **PROOF, **BY_WORD)
    tell_all()
    receipts.make(receipts.due_receipts(at=NOW + HOUR), by=SYSTEM, at=NOW + HOUR)
    order = RevocationOrder.objects.get(certificate=child)
    assert (order.state, order.receipt_due_at, len(refusals(order))) == ("proven", None, 1)
    assert Receipt.objects.get().revocation.certificate == case.certificate


@pytest.mark.parametrize("back", [False, True])
def test_L6_a_stray_that_claims_to_be_proven_holds_up_no_other_receipt(
    waiting: RevocationRequest,
    make_certificate: MakeCertificate,
    alice: Actor,
    rita: Actor,
    ron: Actor,
    authority_asked: Scripted,
    back: bool,
) -> None:
    """The order and its decision were written without the guards. These may be `back` when the receipts are made."""
    forged = {"state": "revoking", "queued_at": None, "decided_at": NOW, "decided_by": ron.user}
    RevocationRequest.objects.filter(pk=waiting.pk).update(**forged)
    order = stray(waiting, state="proven", next_attempt_at=None, **PROOF, receipt_due_at=NOW, **BY_WORD)
    case = submitted(make_certificate("good.aurora.example"), alice)
    decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    if back:
        triggers.ensure()
    tell_all()
    receipts.make(receipts.due_receipts(at=NOW + HOUR), by=SYSTEM, at=NOW + HOUR)
    assert Receipt.objects.get().revocation.request == case
    assert fresh(order).is_set_aside
    assert len(refusals(order)) == 1
