"""K1: proof of the key has the certificate revoked at once; a mere claim touches no other certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import IntegrityError

from certportal.accounts.models import Customer
from revocation.authorities.local.models import LocalAuthority
from revocation.models import Actor, BlockedKey, Certificate, Event, Mail, RevocationOrder
from revocation.pki.facts import Level
from revocation.pki.possession import ProofRefused
from revocation.services.core.errors import NotOwner
from revocation.services.inventory.certificates import ImportRefused, IssuanceFacts, import_bundle, issue_certificate
from revocation.services.notifications import mail
from revocation.services.requests import filing, key_compromise
from revocation.services.requests.filing import RequestRefused
from revocation.services.review import decisions
from tests.conftest import NOW, SYSTEM
from tests.people import DAY, HOUR, LOOKED_AT, deploy, draft, fresh, submitted
from tests.support.scripted import tell_all

pytestmark = pytest.mark.django_db


@dataclass
class Holder:
    """Somebody with a private key."""

    authority: LocalAuthority
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def certificate(self, *, start: datetime = NOW - 20 * DAY, left: int = 200, **order: Any) -> Certificate:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.aurora.example")])
        request = x509.CertificateSigningRequestBuilder(name).sign(self.key, hashes.SHA256())
        return issue_certificate(
            request.public_bytes(Encoding.PEM),
            authority=self.authority,
            customer=Customer.objects.get(slug="aurora"),
            order=IssuanceFacts(**{"brand": "digicert", "level": Level.OV} | order),
            by=SYSTEM,
            at=NOW,
            days=(NOW + left * DAY - start).days,
            not_before=start,
        )

    def sign(self, certificate: Certificate, *, at: datetime = NOW) -> bytes:
        return self.key.sign(key_compromise.challenge(certificate, at=at).encode(), ec.ECDSA(hashes.SHA256()))


MakeHolder = Callable[[], Holder]


@pytest.fixture
def another(authority: LocalAuthority) -> MakeHolder:
    return lambda: Holder(authority)


@pytest.fixture
def holder(another: MakeHolder) -> Holder:
    return another()


def test_K1_a_proof_leads_to_revoked_for_reason_1_with_evidence_and_a_mail(holder: Holder, alice: Actor) -> None:
    certificate = holder.certificate()
    signature = holder.sign(certificate)
    case = key_compromise.submit(certificate.pk, signature, by=alice, at=NOW)
    assert (case.state, case.route, case.reason, case.decided_by) == ("approved", "K1", 1, None)
    assert fresh(certificate).state == "revoking"
    tell_all()
    assert (fresh(case).state, fresh(certificate).state) == ("revoked", "revoked")
    assert (fresh(certificate).revocation_reason, RevocationOrder.objects.get().reason_confirmed) == (1, 1)
    event = Event.objects.get(kind="key_proven")
    assert event.data["signature"] == signature.hex()
    assert certificate.fingerprint in event.data["signed"]
    assert event.data["public_key_sha256"] == certificate.key_digest
    assert Mail.objects.filter(template="key_proven", to=alice.user.email).count() == 1
    assert signature.hex().encode() in bytes(RevocationOrder.objects.get().paper.json)


def test_K1_a_second_click_and_a_signature_used_again_change_nothing(holder: Holder, alice: Actor) -> None:
    certificate = holder.certificate()
    first = key_compromise.submit(certificate.pk, holder.sign(certificate), by=alice, at=NOW)
    events = Event.objects.count()
    assert key_compromise.submit(certificate.pk, holder.sign(certificate), by=alice, at=NOW + HOUR) == first
    assert (Event.objects.count(), RevocationOrder.objects.count()) == (events, 1)


def test_K1_the_text_counts_today_and_tomorrow_and_for_its_certificate_alone(holder: Holder, alice: Actor) -> None:
    certificate, sibling = holder.certificate(), holder.certificate()
    signature = holder.sign(certificate)
    for pk, at in ((sibling.pk, NOW), (certificate.pk, NOW + 2 * DAY), (certificate.pk, NOW - DAY)):
        with pytest.raises(ProofRefused):
            key_compromise.submit(pk, signature, by=alice, at=at)
    assert not RevocationOrder.objects.exists()
    assert not BlockedKey.objects.exists()
    assert Event.objects.filter(kind="key_proof_refused").count() == 3
    key_compromise.submit(certificate.pk, signature, by=alice, at=NOW + DAY)
    assert fresh(sibling).state == "issued", "the same key, but no reissue: it is listed for staff"


def test_K1_L3_a_stranger_with_the_key_is_a_stranger(holder: Holder, charlie: Actor, alice: Actor) -> None:
    certificate = holder.certificate()
    with pytest.raises(NotOwner):
        key_compromise.submit(certificate.pk, holder.sign(certificate), by=charlie, at=NOW)
    assert not BlockedKey.objects.exists()


@pytest.mark.parametrize("rule", ["N1", "N3", "M7"])
def test_K1_proof_passes_where_N1_N3_and_M7_refuse(holder: Holder, alice: Actor, rule: str) -> None:
    old: dict[str, Any] = {"start": datetime(2019, 6, 1, tzinfo=UTC)} if rule == "N3" else {}
    near: dict[str, Any] = {"left": 20, "to_be_renewed": True} if rule == "N1" else {}
    certificate = holder.certificate(**old, **near)
    if rule == "M7":
        deploy(certificate, alice)
    with pytest.raises(RequestRefused) as refused:
        filing.begin(certificate.pk, by=alice, at=NOW, reason=4, reason_text="x")
    assert [r.rule for r in refused.value.refusals] == [rule]
    assert key_compromise.submit(certificate.pk, holder.sign(certificate), by=alice, at=NOW).state == "approved"


def test_K1_M1_and_M2_stand_against_a_proof(holder: Holder, alice: Actor) -> None:
    uploaded = holder.certificate()
    Certificate.objects.filter(pk=uploaded.pk).update(uploaded=True)
    expired = holder.certificate(left=1)
    told = holder.certificate(brand="wotrus")
    request = submitted(told, alice)
    for certificate, at, rule in ((uploaded, NOW, "M1"), (expired, NOW + 2 * DAY, "M2")):
        with pytest.raises(RequestRefused) as refused:
            key_compromise.submit(certificate.pk, holder.sign(certificate, at=at), by=alice, at=at)
        assert [r.rule for r in refused.value.refusals] == [rule]
    assert fresh(request).state == "in_review"
    assert not RevocationOrder.objects.exists()


@pytest.mark.database
def test_K1_a_proof_that_loses_a_race_and_is_refused_then_leaves_its_event(
    holder: Holder, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request began at the same instant, and at the second attempt a rule stands against the proof."""
    certificate, really, attempts = holder.certificate(), key_compromise._commit, list[int]()

    def late(certificate_id: int, *args: Any, **options: Any) -> object:
        attempts.append(certificate_id)
        if len(attempts) == 1:
            raise IntegrityError
        Certificate.objects.filter(pk=certificate_id).update(uploaded=True)
        return really(certificate_id, *args, **options)

    monkeypatch.setattr(key_compromise, "_commit", late)
    with pytest.raises(RequestRefused):
        key_compromise.submit(certificate.pk, holder.sign(certificate), by=alice, at=NOW)
    assert Event.objects.filter(kind="request_refused").count() == 1


@pytest.mark.parametrize("state", ["draft", "in_review", "handed_back", "awaiting_ownership"])
def test_K1_an_open_request_is_overtaken(holder: Holder, alice: Actor, rita: Actor, state: str) -> None:
    order = {"level": Level.DV} if state == "awaiting_ownership" else {"brand": "wotrus"}
    certificate = holder.certificate(**order)
    case = draft(certificate, alice) if state == "draft" else submitted(certificate, alice)
    if state == "handed_back":
        decisions.hand_back(case.pk, by=rita, at=NOW, why="Which key?")
    assert fresh(case).state == state
    assert key_compromise.submit(certificate.pk, holder.sign(certificate), by=alice, at=NOW) == case
    assert Event.objects.get(kind="key_proven").data["overtaken"]["state"] == state
    tell_all()
    assert (fresh(case).state, fresh(certificate).revocation_reason) == ("revoked", 1)


def test_K1_what_is_being_told_already_is_not_ordered_twice(holder: Holder, alice: Actor, rita: Actor) -> None:
    certificate = holder.certificate(brand="wotrus")
    decisions.approve(submitted(certificate, alice).pk, by=rita, at=NOW, checked=LOOKED_AT)
    with pytest.raises(RequestRefused):
        key_compromise.submit(certificate.pk, holder.sign(certificate), by=alice, at=NOW)
    assert RevocationOrder.objects.get().reason == 4


def test_K1_N2_reissues_with_the_same_key_die_and_healthy_ones_live(
    holder: Holder, another: MakeHolder, alice: Actor
) -> None:
    original = holder.certificate()
    same = holder.certificate(reissued_from=original.fingerprint)
    healthy = another().certificate(reissued_from=same.fingerprint)
    key_compromise.submit(original.pk, holder.sign(original), by=alice, at=NOW)
    tell_all()
    assert [fresh(c).state for c in (original, same, healthy)] == ["revoked", "revoked", "issued"]


def test_K1_N2_a_reissue_dies_alone_and_a_rejected_request_for_the_original_does_not_free_it(
    holder: Holder, another: MakeHolder, alice: Actor, rita: Actor
) -> None:
    original = another().certificate()
    reissue = holder.certificate(reissued_from=original.fingerprint)
    same = holder.certificate(reissued_from=reissue.fingerprint)
    whole = submitted(original, alice, assisted=True)
    assert [fresh(c).state for c in (original, reissue, same)] == ["revoking"] * 3
    key_compromise.submit(reissue.pk, holder.sign(reissue), by=alice, at=NOW)
    decisions.reject(whole.pk, by=rita, at=NOW, why="Keep it.")
    assert [fresh(c).state for c in (original, reissue, same)] == ["issued", "revoking", "revoking"]
    tell_all()
    assert [fresh(c).state for c in (original, reissue, same)] == ["issued", "revoked", "revoked"]


def test_K1_only_a_proof_blocks_a_key_and_what_comes_with_it_later_is_marked_or_refused(
    holder: Holder, alice: Actor, rita: Actor, charlie: Actor
) -> None:
    claimed = holder.certificate(brand="wotrus")
    decisions.approve(submitted(claimed, alice, reason=1).pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert not BlockedKey.objects.exists()
    holder.certificate()  # still issued
    proven = holder.certificate()
    key_compromise.submit(proven.pk, holder.sign(proven), by=alice, at=NOW)
    assert BlockedKey.objects.get().key_digest == claimed.key_digest
    with pytest.raises(ImportRefused, match="compromised"):
        holder.certificate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.xinghe.example")])
    builder = x509.CertificateBuilder(name, name, holder.key.public_key(), x509.random_serial_number())
    foreign = builder.not_valid_before(NOW - DAY).not_valid_after(NOW + DAY).sign(holder.key, hashes.SHA256())
    order = IssuanceFacts(level=Level.DV, uploaded=True)
    stranger = Customer.objects.get(slug="xinghe")
    data = foreign.public_bytes(Encoding.PEM)
    (taken,) = import_bundle(data, customer=stranger, order=order, by=SYSTEM, at=NOW)
    assert taken.certificate is not None
    assert Event.objects.filter(kind="key_known", certificate_id=taken.certificate.pk).count() == 1


def test_K1_owners_of_other_certificates_with_the_key_are_told_and_not_by_whom(
    holder: Holder, alice: Actor, charlie: Actor
) -> None:
    proven, same = holder.certificate(), holder.certificate()
    theirs = holder.certificate()
    Certificate.objects.filter(pk=theirs.pk).update(customer=Customer.objects.get(slug="xinghe"))
    key_compromise.submit(proven.pk, holder.sign(proven), by=alice, at=NOW)
    told = Mail.objects.filter(template="key_known")
    assert set(told.values_list("event__certificate_id", "to")) == {
        (same.pk, alice.user.email),
        (theirs.pk, charlie.user.email),
    }
    text = mail.compose(told.get(to=charlie.user.email)).body
    assert "aurora" not in text.lower().replace(theirs.label.lower(), "")
    assert {fresh(same).state, fresh(theirs).state} == {"issued"}
    assert not Event.objects.filter(kind="key_known", actor_label__contains="alice").exists()
