"""N2: chains of reissues at the authority: half done, joined late, with exclusions, long, and circular (threat 28)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from revocation.authorities.interface import RevocationInstruction, TryAgain
from revocation.models import Actor, Certificate, Event, RevocationOrder
from revocation.pki.facts import Level
from revocation.services.core.transitions import TransitionRefused
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.people import DAY, HOUR, LOOKED_AT, delegate, fresh, submitted
from tests.support import scripted
from tests.support.scripted import tell_all

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
ORDER = {"brand": "geotrust", "level": Level.OV, "validation_method": "dns_proxy"}


@pytest.fixture(autouse=True)
def _no_letter_is_asked(alice: Actor) -> None:
    delegate(alice, "www.aurora.example")


def line(make: MakeCertificate, length: int) -> list[Certificate]:
    """Make `length` certificates, each reissued from the one before."""
    made = [make(**ORDER)]
    for _ in range(length - 1):
        made.append(make(**ORDER, reissued_from=made[-1].fingerprint))
    return made


def test_N2_partial_failure_is_shown_as_such_and_finished_later(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = line(make_certificate, 3)
    case = decisions.approve(submitted(first, alice).pk, by=rita, at=NOW, checked=LOOKED_AT)
    authority = scripted.install(monkeypatch, scripted.CONFIRMS)
    healthy = authority.revoke

    def refuses_one(order: RevocationInstruction) -> Any:
        if f"{order.serial_number:X}".zfill(2) in second.serial_number:
            raise TryAgain("The authority is down for this one.")
        return healthy(order)

    monkeypatch.setattr(authority, "revoke", refuses_one)
    tell_all()
    assert [fresh(c).state for c in (first, second, third)] == ["revoked", "revoking", "revoked"]
    assert fresh(case).state == "revoking"
    assert RevocationOrder.objects.get(certificate=second).message == "The authority is down for this one."
    monkeypatch.setattr(authority, "revoke", healthy)
    tell_all(NOW + HOUR)
    assert {fresh(c).state for c in (first, second, third)} == {"revoked"}
    assert fresh(case).state == "revoked"
    assert Event.objects.filter(kind="revoked").count() == 1


def test_N2_only_the_replaced_original_dies_when_its_key_was_compromised(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    original, healthy = line(make_certificate, 2)
    case = submitted(original, alice, reason=1)
    with pytest.raises(decisions.ReasonRequired):
        decisions.approve_original(case.pk, by=rita, at=NOW, why=" ", checked=LOOKED_AT)
    decisions.approve_original(case.pk, by=rita, at=NOW, why="The new key was never on that server.", checked=LOOKED_AT)
    tell_all()
    assert (fresh(original).state, fresh(healthy).state, fresh(case).state) == ("revoked", "issued", "revoked")
    decided = Event.objects.get(kind="approved")
    assert decided.data["spared"] == [healthy.label]
    assert decided.why == "The new key was never on that server."


def test_N2_for_another_reason_nothing_is_spared(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    original, _ = line(make_certificate, 2)
    case = submitted(original, alice, reason=4)
    with pytest.raises(TransitionRefused):
        decisions.approve_original(case.pk, by=rita, at=NOW, why="No.", checked=LOOKED_AT)


def test_N2_a_reissue_with_the_same_key_cannot_be_spared(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    original, twin = line(make_certificate, 2)
    Certificate.objects.filter(pk=twin.pk).update(key_digest=original.key_digest)
    case = submitted(original, alice, reason=1)
    with pytest.raises(decisions.ReissueSharesKey):
        decisions.approve_original(case.pk, by=rita, at=NOW, why="Replaced.", checked=LOOKED_AT)
    assert {fresh(c).state for c in (original, twin)} == {"revoking"}
    assert fresh(case).state == "in_review"


def test_N2_a_chain_grows_by_a_few_queries_a_link(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    def queries(length: int) -> int:
        case = submitted(line(make_certificate, length)[0], alice)
        with CaptureQueriesContext(connection) as asked:
            decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
        assert RevocationOrder.objects.filter(request=case).count() == length
        return len(asked)

    short, long = queries(5), queries(50)
    assert (long - short) / 45 <= 6


def test_N2_a_circle_that_appears_meanwhile_is_refused(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    first, second = line(make_certificate, 2)
    case = submitted(first, alice)
    Certificate.objects.filter(pk=first.pk).update(reissued_from=second)
    with pytest.raises(TransitionRefused, match="circle"):
        decisions.approve(case.pk, by=rita, at=NOW + DAY, checked=LOOKED_AT)
    assert not RevocationOrder.objects.exists()
