"""Addresses are fetched as they stand in the certificate, all of several are tried, and a missing one is reported."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from revocation.authorities.interface import Confirmed
from revocation.models import PointKind, RevocationOrder, StatusObservation, StatusPoint
from revocation.services.authority import reconciliation
from tests.conftest import NOW, MakeCertificate
from tests.pki.by_hand import SCOPE, Ca, access, address, entry, ext, points, revoked, seq, tlv
from tests.services.authority.test_odd_ones import Make, ca, compare, look, make, order, states
from tests.support import scripted
from tests.support.foreign import World, web
from tests.support.scripted import tell_all

__all__ = ["ca", "make", "order", "web"]

pytestmark = pytest.mark.django_db
AS_THEY_STAND = [
    "http://crl.example/Contoso%20Issuing%20CA.crl",
    "http://crl.example/a%2Bb.crl",
    "http://crl.example/%7Ea%252F.crl?x=%26",
    "http://xn--fiqs8s.example/ca.crl",
    "HTTP://CRL.example/ca.crl",
]
LDAP = "ldap:///CN=Contoso%20CA,CN=CDP?certificateRevocationList?base"


@pytest.mark.parametrize("url", AS_THEY_STAND)
def test_a_crl_is_fetched_from_the_address_as_it_stands(order: Make, ca: Ca, web: World, url: str) -> None:
    """The CRL's scope names the same address, byte for byte."""
    certificate = order(7, points(url))
    scope = ext(SCOPE, seq(tlv(0xA0, tlv(0xA0, address(url)))), critical=True)
    web.served[url] = ca.crl(entry(7), extensions=(scope,))
    look()
    assert states(certificate) == ["revoked"]
    assert web.fetched == [url]


@pytest.mark.parametrize("url", AS_THEY_STAND)
def test_what_is_revoked_at_an_address_as_it_stands_is_found(make: Make, ca: Ca, web: World, url: str) -> None:
    crl, ocsp = make(7, points(url)), make(8, access(url))
    web.served[url] = ca.crl(entry(7))
    compare()
    web.served[url] = ca.ocsp(ca.single(8, revoked()))
    StatusPoint.objects.update(next_round_at=NOW)
    compare()
    assert states(crl, ocsp) == ["revoked", "revoked"]
    assert all(fetched.startswith(url) for fetched in web.fetched)


def test_a_question_is_not_lost_behind_a_fragment(make: Make, ca: Ca, web: World) -> None:
    certificate = make(8, access("http://ocsp.example/ca#here"))
    web.served["http://ocsp.example/ca/"] = ca.ocsp(ca.single(8, revoked()))
    compare()
    assert states(certificate) == ["revoked"]


def test_with_ldap_first_the_next_address_is_compared(make: Make, ca: Ca, web: World) -> None:
    certificate = make(7, points(LDAP, "http://crl.example/one.crl"))
    web.served["http://crl.example/one.crl"] = ca.crl(entry(7))
    compare()
    assert states(certificate) == ["revoked"]
    assert web.fetched == ["http://crl.example/one.crl"]


def test_of_several_addresses_the_first_that_answers_with_a_list_counts(make: Make, ca: Ca, web: World) -> None:
    urls = [f"http://crl.example/{number}.crl" for number in range(3)]
    certificate = make(7, points(*urls))
    web.served |= {urls[1]: b"<html>", urls[2]: ca.crl(entry(7))}
    compare()
    assert states(certificate) == ["revoked"]
    assert web.fetched == urls
    assert certificate.discrepancies.get().point.urls == urls


def test_of_several_responders_the_first_that_answers_counts(make: Make, ca: Ca, web: World) -> None:
    certificate = make(7, access("http://one.example", "http://two.example"))
    web.served["http://two.example"] = ca.ocsp(ca.single(7, revoked()))
    compare()
    assert states(certificate) == ["revoked"]


def test_C5_certificates_that_share_one_address_of_two_are_judged_by_their_own(make: Make, ca: Ca, web: World) -> None:
    """The CRL at the first address says that it is for certificates that name the second one."""
    one, two = "http://crl.example/1.crl", "http://crl.example/2.crl"
    with_one, with_both = make(7, points(one)), make(8, points(one, two))
    scope = ext(SCOPE, seq(tlv(0xA0, tlv(0xA0, address(two)))), critical=True)
    web.served[one] = ca.crl(entry(7), entry(8), extensions=(scope,))
    compare()
    assert states(with_one, with_both) == ["issued", "revoked"]


def test_bytes_that_are_not_ascii_cost_that_address_only(order: Make, make: Make, ca: Ca, web: World) -> None:
    odd, good = "http://crl.example/\xe4.crl".encode(), "http://crl.example/good.crl"
    ordered, compared = order(7, points(odd, good)), make(8, points(odd, good))
    web.served[good] = ca.crl(entry(7), entry(8))
    look()
    compare()
    assert states(ordered, compared) == ["revoked", "revoked"]


def test_C4_a_certificate_with_ldap_only_says_so_and_its_authority_s_word_is_the_proof(
    order: Make, web: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = order(7, points(LDAP))
    authority = scripted.install(monkeypatch, [scripted.CONFIRMED])
    monkeypatch.setattr(authority, "status", lambda order: Confirmed(NOW, 4, {}))
    compare()
    place = StatusPoint.objects.get()
    assert (place.kind, place.url, place.next_round_at) == (PointKind.OTHER, LDAP, None)
    tell_all()
    assert states(certificate) == ["revoked"]
    assert RevocationOrder.objects.get().proven_through == "status"
    assert not StatusObservation.objects.exists()
    assert not web.fetched
    said = io.StringIO()
    call_command("compare", stdout=said)
    assert "1 certificates name no http or https address" in said.getvalue()
    assert reconciliation.ask_all_anew(at=NOW) == 0


def test_places_of_two_certificates_with_the_same_addresses_are_one(make: Make, web: World) -> None:
    make(7, points("http://crl.example/1.crl"))
    make(8, points("http://crl.example/1.crl"))
    compare()
    assert StatusPoint.objects.get().urls == ["http://crl.example/1.crl"]


def test_the_worker_goes_on_with_certificates_that_name_nothing(make_certificate: MakeCertificate, make: Make) -> None:
    make(7, ext("2.5.29.17", seq(tlv(0x82, b"a.example"))))
    compare()
    assert StatusPoint.objects.get().kind == PointKind.NONE
