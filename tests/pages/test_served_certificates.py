"""Where a certificate is in use: what customers see before they submit, and what reviewers see."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from revocation.models import Actor, Served, ServedCertificate
from revocation.services.requests import filing
from tests.conftest import NOW, MakeCertificate
from tests.pages.conftest import Seat
from tests.people import draft


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def seen(outcome: Served, **more: object) -> None:
    """Record the outcome as the worker does."""
    ServedCertificate.objects.update(look_at=None, looked_at=NOW, outcome=outcome, **more)


def test_M7_the_last_look_says_who_still_serves_it(
    page: Client, alice: Actor, make_certificate: MakeCertificate
) -> None:
    case = draft(make_certificate(), alice)
    address = f"/requests/{case.pk}/"
    waiting = shown(page, address)
    assert "connecting to the names" in waiting
    assert 'hx-select="#in-use"' in waiting
    seen(Served.THIS, address="192.0.2.9")
    found = shown(page, address)
    assert "still uses this certificate" in found
    assert 'hx-select="#in-use"' not in found
    assert "This is only a warning" in found


def test_a_newer_certificate_with_the_same_key_is_told_apart(
    page: Client, alice: Actor, make_certificate: MakeCertificate
) -> None:
    case = draft(make_certificate(), alice)
    seen(Served.NEWER, shown_not_before=NOW, same_key=False)
    assert "uses the same key" not in shown(page, f"/requests/{case.pk}/")
    seen(Served.NEWER, shown_not_before=NOW, same_key=True)
    assert "create a new key" in shown(page, f"/requests/{case.pk}/")


def test_why_nothing_was_seen_is_said_in_the_readers_language(
    page: Client, alice: Actor, make_certificate: MakeCertificate
) -> None:
    case = draft(make_certificate(), alice)
    seen(Served.NOTHING, code="name_does_not_exist", params={"host": "www.aurora.example"})
    assert "does not exist in the DNS" in shown(page, f"/requests/{case.pk}/")
    chinese = page.get(f"/requests/{case.pk}/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "does not exist in the DNS" not in chinese


def test_looking_again_is_a_post_and_a_get_writes_nothing(
    page: Client, alice: Actor, make_certificate: MakeCertificate
) -> None:
    case = draft(make_certificate(), alice, at=NOW - timedelta(hours=1))
    seen(Served.THIS)
    page.get(f"/requests/{case.pk}/")
    assert not ServedCertificate.objects.filter(look_at__isnull=False).exists()
    assert page.post(f"/requests/{case.pk}/in-use/")["Location"] == f"/requests/{case.pk}/#in-use"
    assert ServedCertificate.objects.get().look_at == NOW
    answer = page.post(f"/requests/{case.pk}/in-use/", follow=True)
    assert "less than ten minutes ago" in answer.content.decode()


def test_the_section_costs_one_query_however_many_names(
    page: Client,
    alice: Actor,
    make_certificate: MakeCertificate,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    one = draft(make_certificate(), alice)
    names = tuple(f"n{number}.aurora.example" for number in range(25))
    many = draft(make_certificate(names=names), alice)
    page.get(f"/requests/{one.pk}/")
    with django_assert_max_num_queries(40) as first:
        page.get(f"/requests/{one.pk}/")
    with django_assert_num_queries(len(first)):
        answer = shown(page, f"/requests/{many.pk}/")
    assert "The portal checks only the first 20 names and skips 5 more." in answer


def test_the_reviewer_sees_it_too(seat: Seat, rita: Actor, alice: Actor, make_certificate: MakeCertificate) -> None:
    case = draft(make_certificate(), alice)
    seen(Served.THIS, address="192.0.2.9")
    filing.submit(case.pk, by=alice, at=NOW)
    desk = shown(seat(rita), f"/admin/revocation/revocationrequest/{case.pk}/change/")
    assert "uses this certificate" in desk
    assert "192.0.2.9" in desk
