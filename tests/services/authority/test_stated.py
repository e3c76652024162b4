"""C7, M5: the record, the signed receipt, mails and pages say what the authority stated, and say where it did not."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.test import Client
from pypdf import PdfReader

from revocation.authorities.interface import Confirmed, Unseen
from revocation.messages import Message
from revocation.models import (
    Actor,
    Certificate,
    Event,
    IssuerCertificate,
    Mail,
    Receipt,
    RevocationOrder,
    RevocationRequest,
)
from revocation.pki.status import crl_belief, ocsp_belief
from revocation.services.authority.receipt_drawing import paper_of
from revocation.services.inventory import deletion
from revocation.services.notifications import mail as mail_queue
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.people import DAY, HOUR, LOOKED_AT, fresh, submitted
from tests.support import scripted
from tests.support.scripted import tell_all
from tests.support.world import compare_all, revoke_elsewhere

pytestmark = pytest.mark.django_db
RECEIPT = {"authority": "scripted", "said": "already revoked", "reason": None}
ALREADY = Confirmed(
    None, None, RECEIPT, already=True, words=Message("authority.already_revoked", {"authority": "Scripted"})
)
SILENT = Confirmed(
    None, None, RECEIPT, words=Message("authority.already_revoked_after_silence", {"authority": "Scripted"})
)
NOT_STATED = "not stated by the CA"


@pytest.fixture
def approved(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> RevocationRequest:
    return decisions.approve(submitted(make_certificate(), alice).pk, by=rita, at=NOW, checked=LOOKED_AT)


@pytest.fixture
def unseen(approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch) -> RevocationRequest:
    """Return a request that nobody can check: the authority says only that the certificate was revoked before."""
    authority = scripted.install(monkeypatch, [ALREADY], lies=True)
    monkeypatch.setattr(authority, "status", lambda order: Unseen("no_addresses"))
    IssuerCertificate.objects.all().delete()
    tell_all()
    return approved


def receipt() -> tuple[dict[str, Any], str]:
    """Return the signed receipt as data, and the text of its PDF."""
    made = Receipt.objects.get()
    pages = PdfReader(io.BytesIO(paper_of(made, at=NOW).pdf)).pages
    return json.loads(bytes(made.json)), " ".join(" ".join(page.extract_text() for page in pages).split())


def test_C7_revoked_before_we_asked_is_an_outcome_of_its_own(unseen: RevocationRequest) -> None:
    certificate, order = fresh(unseen.certificate), RevocationOrder.objects.get()
    assert (certificate.state, certificate.revoked_at, certificate.revocation_reason) == ("revoked", None, None)
    assert (order.state, order.revoked_at, order.reason_confirmed) == ("proven", None, None)
    assert (certificate.revocation_unstated, order.unstated) == (True, True)
    assert (order.reason, order.reason_sent) == (4, 4)  # what was asked for does not change
    event = Event.objects.get(kind="authority_confirmed")
    assert (event.data["reason"], event.data["already"], event.data["sent"]) == (None, True, 4)
    assert "before the portal asked" in event.why
    assert Event.objects.get(kind="certificate_revoked").data["reason"] is None


def test_C7_the_signed_receipt_says_that_it_is_not_stated(unseen: RevocationRequest) -> None:
    facts, text = receipt()
    assert facts["revoked"] == {"at": None, "reason": None, "stated": False}
    authority = facts["authority"]
    assert (authority["revoked_at"], authority["reason"], authority["stated"]) == (None, None, False)
    assert "before the portal asked" in authority["in_words"]
    assert "time not stated by the CA" in text
    assert "reason not stated by the CA" in text
    assert "before the portal asked" in text
    assert facts["request"]["reason"]["code"] == 4  # the customer's own reason


def test_C7_pages_mail_record_and_tombstone_say_it(
    unseen: RevocationRequest, alice: Actor, carl: Actor, client: Client
) -> None:
    certificate = unseen.certificate_id
    client.force_login(alice.user)
    page = client.get(f"/certificates/{certificate}/").content.decode()
    assert page.count(NOT_STATED) >= 2
    assert "before the portal asked" in page
    assert "before the portal asked" in client.get(f"/requests/{unseen.pk}/").content.decode()
    mail = mail_queue.compose(Mail.objects.filter(template="revoked").first())
    assert "neither the time nor the reason" in mail.body
    client.force_login(carl.user)
    desk = client.get(f"/admin/revocation/certificate/{certificate}/change/").content.decode()
    assert desk.count(NOT_STATED) >= 2
    assert "None" not in desk.split("Revoked at")[1][:200]
    deletion.purge(certificate, by=carl, at=NOW)
    data = Event.objects.get(kind="deleted").data
    assert (data["revoked_at"], data["reason"], data["unstated"]) == (None, None, True)


def test_C7_staff_and_customers_reach_the_receipt_of_a_revocation_without_a_time(
    unseen: RevocationRequest, alice: Actor, rita: Actor, client: Client
) -> None:
    client.force_login(alice.user)
    page = client.get(f"/certificates/{unseen.certificate_id}/").content.decode()
    assert f"/receipts/{Receipt.objects.get().pk}/receipt.pdf" in page
    client.force_login(rita.user)
    rights = ("view_certificate", "view_receipt")
    rita.user.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    desk = client.get(f"/admin/revocation/certificate/{unseen.certificate_id}/change/").content.decode()
    assert f"/admin/revocation/certificate/{unseen.certificate_id}/receipt.pdf" in desk


def test_C7_a_mail_does_not_deny_the_time_that_is_stated(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CRL names a reason that RFC 5280 does not know."""
    revoke_elsewhere(approved.certificate, reason=1, at=NOW - HOUR)
    monkeypatch.setattr(crl_belief, "_reason", lambda entry: 7)
    monkeypatch.setattr(ocsp_belief, "published_reason", lambda code: None)
    scripted.install(monkeypatch, [ALREADY], lies=True)
    tell_all()
    certificate = fresh(approved.certificate)
    assert (certificate.revoked_at, certificate.revocation_reason) == (NOW - HOUR, None)
    mail = mail_queue.compose(Mail.objects.filter(template="revoked").first())
    assert "does not state the reason" in mail.body
    assert "neither the time nor the reason" not in mail.body


def test_C7_what_is_published_later_stands_in_record_and_receipt_and_ours_nowhere(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CA recorded keyCompromise an hour before; we asked for *superseded*."""
    revoke_elsewhere(approved.certificate, reason=1, at=NOW - HOUR)
    scripted.install(monkeypatch, [ALREADY], lies=True)
    tell_all()
    certificate, order = fresh(approved.certificate), RevocationOrder.objects.get()
    assert (certificate.revoked_at, certificate.revocation_reason) == (NOW - HOUR, 1)
    assert not certificate.revocation_unstated
    assert (order.revoked_at, order.reason_confirmed, order.unstated) == (None, None, True)
    facts, text = receipt()
    assert facts["revoked"]["reason"]["code"] == 1
    assert facts["authority"]["reason"] is None
    assert {row["reason"]["code"] for row in facts["sightings"]} == {1}
    assert "keyCompromise (1)" in text
    assert Event.objects.get(kind="certificate_revoked").data["reason"] == 1


def test_C7_after_a_lost_answer_the_record_says_that_it_may_have_been_us(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.install(monkeypatch, [SILENT], lies=True)
    tell_all()
    event = Event.objects.get(kind="authority_confirmed")
    assert "earlier call of the portal was lost" in event.why
    assert event.data["already"] is False
    assert fresh(approved.certificate).state == "revoking"  # not seen: not revoked


def test_C7_a_ca_that_publishes_another_reason_than_asked_for_is_quoted(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoke_elsewhere(approved.certificate, reason=5, at=NOW - HOUR)
    scripted.install(monkeypatch, [Confirmed(NOW, 4, {"said": "revoked"})], lies=True)
    tell_all()
    certificate = fresh(approved.certificate)
    assert (certificate.revoked_at, certificate.revocation_reason) == (NOW - HOUR, 5)
    assert Event.objects.get(kind="certificate_revoked").data == {
        "asked_for": 4, "reason": 5, "proven_through": "sighting"
    }  # fmt: skip


def test_C7_the_comparison_states_no_reason_that_is_not_published(
    make_certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate()
    revoke_elsewhere(certificate, reason=1)
    monkeypatch.setattr(crl_belief, "_reason", lambda entry: 99)
    compare_all()
    found = fresh(certificate)
    assert (found.state, found.revocation_reason, found.revocation_unstated) == ("revoked", None, True)
    assert found.revoked_at == NOW - HOUR


@pytest.mark.database
def test_M5_the_database_refuses_revoked_without_time_unless_it_is_marked(
    make_certificate: MakeCertificate, approved: RevocationRequest
) -> None:
    other = make_certificate("other.aurora.example")
    for given in ({}, {"revoked_at": NOW}, {"revocation_reason": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Certificate.objects.filter(pk=other.pk).update(state="revoked", **given)
    Certificate.objects.filter(pk=other.pk).update(state="revoked", revocation_unstated=True)
    order = RevocationOrder.objects.filter(request=approved)
    with pytest.raises(IntegrityError), transaction.atomic():
        order.update(state="confirmed", receipt={}, confirmed_at=NOW, revoked_at=None)


def test_C5_a_driver_that_fails_in_its_own_way_is_tried_again_ever_later_and_staff_read_it(
    approved: RevocationRequest, make_certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = scripted.install(monkeypatch, [ALREADY], lies=True)

    def fails() -> None:
        raise KeyError("odd")

    authority.before_answer = fails
    for hours in (0, 1, 2):
        tell_all(NOW + hours * HOUR)
    order = RevocationOrder.objects.get()
    assert (order.state, order.message_code, order.attempts) == ("due", "authority.authority_failed", 3)
    assert order.next_attempt_at > NOW + 2 * HOUR + timedelta(seconds=30)
    assert "KeyError" in Event.objects.get(kind="authority_failed").why
    authority.before_answer = lambda: None
    tell_all(NOW + DAY)
    assert fresh(order).state == "confirmed"
