"""C5, C6: one odd certificate among good ones. The good ones get their result; staff read what is odd."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils.translation import override

from revocation.authorities.looking import Unreachable
from revocation.messages import Message
from revocation.models import (
    Actor,
    Certificate,
    CertificateBytes,
    Discrepancy,
    Event,
    IssuerCertificate,
    Mail,
    RevocationOrder,
    StatusObservation,
    StatusPoint,
)
from revocation.services.authority import (
    dispatch,
    external_revocation,
    publication_check,
    reconciliation,
    status_points,
)
from revocation.services.notifications.mail import compose
from revocation.services.review import decisions
from revocation.templatetags.portal import event_words
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import DAY, HOUR, LOOKED_AT, fresh, submitted
from tests.pki.by_hand import UNKNOWN, Ca, access, entry, ext, issued_by, name, reason, revoked, tlv
from tests.pki.by_hand import points as named
from tests.support import scripted
from tests.support.foreign import World, adopt, web
from tests.support.scripted import CONFIRMED, tell_all

__all__ = ["web"]

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.django_db]
CRL, OTHER_CRL, OCSP = "http://crl.example/ca.crl", "http://crl.example/other.crl", "http://ocsp.example/ca"
CRITICAL = ext(UNKNOWN, b"\5\0", critical=True)
THEIRS = name("Another CA")
Make = Callable[..., Certificate]


@pytest.fixture
def ca() -> Ca:
    return Ca()


@pytest.fixture
def make(make_certificate: MakeCertificate, ca: Ca) -> Make:
    """Return a function that makes a certificate of the CA, by serial number and extensions."""

    def one(serial: int, *extensions: bytes) -> Certificate:
        certificate = make_certificate(f"h{abs(serial)}{'n' * (serial < 0)}.aurora.example")
        return adopt(certificate, ca, serial, *(extensions or (named(CRL),)))

    return one


@pytest.fixture
def order(make: Make, alice: Actor, rita: Actor, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return a function like `make`, whose certificate the authority has confirmed as revoked."""
    scripted.install(monkeypatch, [CONFIRMED], lies=True)

    def one(serial: int, *extensions: bytes) -> Certificate:
        certificate = make(serial, *extensions)
        case = decisions.approve(submitted(certificate, alice).pk, by=rita, at=NOW, checked=LOOKED_AT)
        dispatch.tell(RevocationOrder.objects.get(request=case).pk, by=SYSTEM, at=NOW)
        return certificate

    return one


def look() -> None:
    publication_check.look(publication_check.due_looks(at=NOW), by=SYSTEM, at=NOW)


def compare(at: object = NOW) -> None:
    status_points.note_points(at=NOW)
    for numbers in reconciliation.due_points(at=at).values():  # type: ignore[arg-type]
        for number in numbers:
            reconciliation.compare(number, by=SYSTEM, at=at)  # type: ignore[arg-type]


def states(*certificates: Certificate) -> list[str]:
    return [fresh(one).state for one in certificates]


ODD_ENTRIES = {
    "reason 7": entry(66, reason(7)),
    "reason that is no number": entry(66, ext("2.5.29.21", b"\x0c\x01x")),
    "negative": entry(-66),
    "huge": entry(1 << 9000),
    "a day that is none": entry(66, at=b"\x17\x0d260230000000Z"),
}


@pytest.mark.parametrize("odd", ODD_ENTRIES.values(), ids=list(ODD_ENTRIES))
def test_C5_an_odd_entry_of_another_certificate_hides_no_revocation(make: Make, ca: Ca, web: World, odd: bytes) -> None:
    there, here = make(7), make(8)
    web.served[CRL] = ca.crl(odd, entry(7, reason(1)))
    compare()
    assert states(there, here) == ["revoked", "issued"]


@pytest.mark.parametrize("odd", ODD_ENTRIES.values(), ids=list(ODD_ENTRIES))
def test_C5_an_odd_entry_of_another_certificate_holds_up_no_sighting(
    order: Make, ca: Ca, web: World, odd: bytes
) -> None:
    orders = [order(7), order(8)]
    web.served[CRL] = ca.crl(odd, entry(7), entry(8, reason(4)))
    look()
    assert states(*orders) == ["revoked", "revoked"]


NOT_FOR_USE = {
    "removed": lambda ca: ca.crl(entry(7, reason(8))),
    "another CA's": lambda ca: ca.crl(entry(7, issued_by(THEIRS), reason(1))),
    "after another CA's": lambda ca: ca.crl(entry(5, issued_by(THEIRS)), entry(7, reason(1))),
    "critical entry": lambda ca: ca.crl(entry(5, CRITICAL), entry(7, reason(1))),
    "critical list": lambda ca: ca.crl(entry(7, reason(1)), extensions=(CRITICAL,)),
    "version 3": lambda ca: ca.crl(entry(7), version=b"\2\1\2"),
}


@pytest.mark.parametrize("served", NOT_FOR_USE.values(), ids=list(NOT_FOR_USE))
def test_C6_the_comparison_revokes_nothing_by_a_list_that_does_not_say_so(
    make: Make, ca: Ca, web: World, served: Callable[[Ca], bytes]
) -> None:
    certificate, neighbour = make(7), make(8, named(OTHER_CRL))
    web.served |= {CRL: served(ca), OTHER_CRL: ca.crl(entry(8))}
    compare()
    assert states(certificate, neighbour) == ["issued", "revoked"]
    assert not Discrepancy.objects.filter(certificate=certificate).exists()


@pytest.mark.parametrize("served", NOT_FOR_USE.values(), ids=list(NOT_FOR_USE))
def test_C6_the_sighting_believes_no_list_that_does_not_say_so(
    order: Make, ca: Ca, web: World, served: Callable[[Ca], bytes]
) -> None:
    certificate, neighbour = order(7), order(8, named(OTHER_CRL))
    web.served |= {CRL: served(ca), OTHER_CRL: ca.crl(entry(8))}
    look()
    assert states(certificate, neighbour) == ["revoking", "revoked"]
    assert StatusObservation.objects.get(revocation__certificate=certificate).outcome in ("not_yet", "unreadable")


def test_C5_a_negative_serial_number_is_looked_for_like_any_other(order: Make, ca: Ca, web: World) -> None:
    odd, good = order(-5, named(CRL), access(OCSP)), order(8, named(CRL), access(OCSP))
    web.served |= {CRL: ca.crl(entry(-5, reason(1)), entry(8)), OCSP: ca.ocsp(ca.single(8, revoked()))}
    look()
    assert states(odd, good) == ["revoked", "revoked"]
    assert StatusObservation.objects.get(revocation__certificate=odd, place="ocsp").outcome == "unreadable"


@pytest.mark.parametrize("raised", [ValueError("x"), RecursionError(), KeyError("x"), OverflowError()])
def test_C5_whatever_one_place_raises_stays_there_and_is_told(
    order: Make, ca: Ca, web: World, raised: Exception
) -> None:
    odd, good = order(7, named(CRL), access(OCSP)), order(8, named(OTHER_CRL))
    web.served |= {CRL: raised, OCSP: raised, OTHER_CRL: ca.crl(entry(8))}
    look()
    assert states(odd, good) == ["revoking", "revoked"]
    assert set(
        StatusObservation.objects.filter(revocation__certificate=odd).values_list("problem_code", flat=True)
    ) == {"authority.place_failed"}
    assert RevocationOrder.objects.get(certificate=odd).next_look_at > NOW
    tell_all(NOW + 2 * DAY)
    assert type(raised).__name__ in Event.objects.get(kind="sighting_late").data["places"][0]["problem"]


def test_C5_a_certificate_that_cannot_be_read_says_so_to_staff_and_holds_up_nobody(
    order: Make, ca: Ca, web: World
) -> None:
    odd, good = order(7), order(8)
    CertificateBytes.objects.filter(certificate=odd).update(der=b"0\x03\x02\x01\x05")
    web.served[CRL] = ca.crl(entry(8))
    look()
    assert states(odd, good) == ["revoking", "revoked"]
    assert RevocationOrder.objects.get(certificate=odd).message_code == "authority.certificate_failed"
    tell_all(NOW + 2 * DAY)
    assert "cannot be read" in Event.objects.get(kind="sighting_late").data["problem"]


def test_C5_a_revocation_dated_at_the_end_of_time_costs_one_certificate(make: Make, ca: Ca, web: World) -> None:
    odd, good = make(7), make(8)
    web.served[CRL] = ca.crl(entry(7, at=tlv(0x18, b"99991231235959Z")), entry(8))
    compare()
    assert states(odd, good) == ["issued", "revoked"]
    assert (StatusPoint.objects.get().odd, StatusPoint.objects.get().compared) == (1, 1)
    assert "cannot be read" in Event.objects.get(kind="not_compared").why


def test_C5_an_address_longer_than_any_that_is_fetched_hides_no_other(order: Make, ca: Ca, web: World) -> None:
    """An index of PostgreSQL holds no row of more than 2700 bytes."""
    noise = "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(150))
    odd = order(7, named(f"{OTHER_CRL}?{noise}1", f"{OTHER_CRL}?{noise}2"), access(OCSP))
    web.served[OCSP] = ca.ocsp(ca.single(7, revoked()))
    look()
    assert states(odd) == ["revoked"]
    assert sorted(StatusObservation.objects.values_list("outcome", flat=True)) == ["unreadable", "unreadable", "yes"]
    assert max(map(len, StatusObservation.objects.values_list("url", flat=True))) < 2700


def test_C5_a_certificate_with_many_addresses_takes_no_longer_than_a_round(
    order: Make, ca: Ca, web: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(7, named(*(f"http://crl.example/{number}" for number in range(500))), access(OCSP, f"{OCSP}2", f"{OCSP}3"))
    monkeypatch.setattr(publication_check, "ROUND", 0)
    look()
    assert len(web.fetched) == 2
    compare()
    assert len(web.fetched) == 10


def test_C5_an_issuer_s_certificate_that_cannot_be_read_costs_no_other(order: Make, ca: Ca, web: World) -> None:
    good = order(8)
    row = IssuerCertificate.objects.filter(subject="CN=Corpus CA").get()
    IssuerCertificate.objects.create(
        fingerprint="0" * 64, subject_digest=row.subject_digest, subject=row.subject, der=b"nothing"
    )
    web.served[CRL] = ca.crl(entry(8))
    look()
    assert states(good) == ["revoked"]


def test_C5_a_responder_that_does_not_answer_for_one_is_asked_for_the_others_in_every_round(
    make: Make, ca: Ca, web: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The odd one is the last of its batch, and alone in it."""
    good, odd = make(8, access(OCSP)), make(7, access(OCSP))
    monkeypatch.setattr(reconciliation, "BATCH", dict.fromkeys(reconciliation.BATCH, 1))
    web.served[OCSP] = ca.ocsp(ca.single(8))
    compare()
    place = StatusPoint.objects.get()
    assert (place.compared, place.odd, place.after, place.failures) == (1, 1, 0, 0)
    assert f"Certificate {odd.pk}" in place.problem
    web.served[OCSP] = ca.ocsp(ca.single(8, revoked()))
    compare(NOW + 2 * DAY)
    assert states(good, odd) == ["revoked", "issued"]
    assert Event.objects.filter(kind="not_compared").count() == 1  # told once
    web.served[OCSP] = ca.ocsp(ca.single(8, revoked()), ca.single(7))
    compare(NOW + 4 * DAY)
    assert (fresh(place).problem, fresh(place).odd, fresh(place).told_at) == ("", 0, None)


def test_C5_a_finding_that_cannot_be_noted_costs_one_certificate(
    make: Make, ca: Ca, web: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, good = make(7), make(8)
    really = external_revocation.overtake

    def refuse(certificate_id: int, *more: Any, **named: Any) -> bool:
        if certificate_id == odd.pk:
            raise KeyError("odd")
        return really(certificate_id, *more, **named)

    monkeypatch.setattr(external_revocation, "overtake", refuse)
    web.served[CRL] = ca.crl(entry(7), entry(8))
    compare()
    assert states(odd, good) == ["issued", "revoked"]
    assert StatusPoint.objects.get().odd == 1


def test_C5_the_newest_certificate_of_a_place_may_be_odd(make: Make, ca: Ca, web: World) -> None:
    good, odd = make(8), make(7)
    status_points.note_points(at=NOW)
    CertificateBytes.objects.filter(certificate=odd).update(der=b"nothing")
    web.served[CRL] = ca.crl(entry(8))
    compare()
    assert states(good) == ["revoked"]


def test_C5_a_place_that_stays_dark_is_told_once_and_asked_less_often(
    make: Make, ca: Ca, web: World, rita: Actor
) -> None:
    make(8)
    for hours in (0, 1, 4, 8, 12, 24, 48):
        compare(NOW + hours * HOUR)
    place = StatusPoint.objects.get()
    assert place.failures == 7
    assert place.next_round_at > NOW + 50 * HOUR
    assert Event.objects.filter(kind="not_compared").count() == 1
    assert Mail.objects.get(template="not_compared").to == rita.user.email


def test_what_could_not_be_compared_is_said_in_the_readers_language(
    make: Make, ca: Ca, web: World, rita: Actor, client: Client
) -> None:
    """On the desk, by the command and in the mail; a text of an earlier release is quoted."""
    rita.user.language = "zh-hans"
    rita.user.save()
    odd = make(7)
    web.served[CRL] = ca.crl(entry(7, at=tlv(0x18, b"99991231235959Z")))
    for hours in (0, 1, 4, 8):
        compare(NOW + hours * HOUR)
    place, event = StatusPoint.objects.get(), Event.objects.get(kind="not_compared")
    client.force_login(rita.user)
    shown = client.get("/admin/revocation/statuspoint/").content.decode()
    out, mail = StringIO(), compose(Mail.objects.get(event=event))
    with override("zh-hans"):
        call_command("compare", stdout=out)
        assert f"证书 {odd.pk}" in str(event_words(event))
        for place_said in (shown, out.getvalue(), str(mail.body)):
            assert f"证书 {odd.pk}" in place_said
            assert place.problem not in place_said
        assert mail.body.count(str(place.problem_words)) == 1
    StatusPoint.objects.update(problem="dark", problem_code="", problem_params={})
    assert '<q lang="en">dark</q>' in client.get("/admin/revocation/statuspoint/").content.decode()


def test_a_responder_that_is_down_is_not_asked_for_every_certificate(make: Make, web: World) -> None:
    for serial in range(1, 9):
        make(serial, access(OCSP))
    web.served[OCSP] = Unreachable(Message("fetch.connection_lost", {"host": "ocsp.example"}))
    compare()
    assert len(web.fetched) == 3
    assert StatusPoint.objects.get().failures == 1
