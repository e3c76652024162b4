"""The doctor's page marks what differs, shows who answered what, and renews itself only when it must (O7)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from revocation.models import Actor, NameProof, RevocationRequest
from revocation.ownership import pasting
from revocation.ownership.diagnosis.difference import difference, nearest
from revocation.ownership.outcome import Outcome
from revocation.ownership.sight import Role, Sight
from revocation.services.ownership import claims, proofs
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import submitted

NAME = "www.aurora.example"


@pytest.fixture
def waiting(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return submitted(make_certificate(NAME, brand="geotrust", left=timedelta(days=900)), alice)


@pytest.fixture
def page(client: Client, alice: Actor) -> Client:
    client.force_login(alice.user)
    return client


def seen(request: RevocationRequest, code: str, *found: str, **more: Any) -> Outcome:
    params = {"name": NAME, "kind": "TXT"}
    return Outcome(False, code, request.challenge_value, f"_dnsauth.{NAME}", found, params, **more)


def record(request: RevocationRequest, outcome: Outcome) -> None:
    """Record the outcome of a check, as the sweep does."""
    (proof,) = claims.claim([due.proof_id for due in claims.due_names(at=NOW)], at=NOW)
    proofs.record_outcomes([(proof, outcome, NOW)], by=SYSTEM, at=NOW)


def shown(page: Client, request: RevocationRequest) -> str:
    return page.get(f"/requests/{request.pk}/ownership/").content.decode()


def test_O7_what_differs_is_marked_and_spelt(waiting: RevocationRequest, page: Client) -> None:
    value = waiting.challenge_value
    record(waiting, seen(waiting, "record_almost", f"{value[:10]}é{value[11:]}"))
    html = shown(page, waiting)
    assert re.search(r"<del>.*latin small letter e with acute.*</del>", html)
    assert f']</span><span aria-hidden="true">{value[10]}</span></ins>' in html


def test_O7_each_answer_stands_in_the_table(waiting: RevocationRequest, page: Client) -> None:
    sights = (
        Sight(Role.PRIMARY, "Frankfurt", "found", ("old",), 77),
        Sight(Role.SERVER, "ns1.aurora.example (192.0.2.1)", "refused", note="lame"),
    )
    record(waiting, seen(waiting, "record_differs", "old", sights=sights))
    html = shown(page, waiting)
    for text in (
        "Frankfurt",
        "<code>old</code>",
        ">77<",
        "ns1.aurora.example (192.0.2.1)",
        "does not serve this domain",
    ):
        assert text in html, text
    assert f"dig _dnsauth.{NAME} TXT +norecurse @ns1.aurora.example" in html


def test_O7_further_mistakes_are_told(waiting: RevocationRequest, page: Client) -> None:
    also = (("server_lame", {"servers": "ns2.aurora.example", "zone": "aurora.example"}),)
    record(waiting, seen(waiting, "record_missing", also=also))
    assert "ns2.aurora.example is entered for aurora.example" in shown(page, waiting)


def test_O7_a_lapsed_domain_leads_to_the_assisted_request(waiting: RevocationRequest, page: Client) -> None:
    outcome = seen(waiting, "domain_does_not_exist")
    record(waiting, replace(outcome, params=outcome.params | {"domain": "aurora.example"}))
    assert shown(page, waiting).count(f'<a href="/requests/{waiting.pk}/assistance/">Request assistance') == 2


def test_O7_one_mistake_of_a_record_is_one_sentence_and_waiting_is_no_mistake(
    waiting: RevocationRequest, page: Client
) -> None:
    assert "We have not checked yet." in shown(page, waiting)
    cached = seen(waiting, "old_value_cached", "old", again_in=60)
    record(waiting, replace(cached, params=cached.params | {"zone": "aurora.example", "ttl": 60}))
    html = shown(page, waiting)
    assert ("Wait for the next check" in html, "Correction needed" in html) == (True, False)


def test_O7_many_names_have_a_list_that_leads_to_each(
    make_certificate: MakeCertificate, alice: Actor, page: Client
) -> None:
    names = tuple(f"{letter}.example" for letter in "abcd")
    html = shown(page, submitted(make_certificate(brand="geotrust", names=names), alice))
    assert re.findall(r'<a href="#(name-\d+)">', html) == re.findall(r'<section class="card" id="(name-\d+)"', html)


def test_O7_a_hostile_answer_is_shown_harmless(waiting: RevocationRequest, page: Client) -> None:
    evil = "<script>alert(1)</script>"
    record(waiting, seen(waiting, "record_differs", evil, sights=(Sight(Role.SERVER, evil, "found", (evil,)),)))
    assert evil not in shown(page, waiting)


def test_O7_nothing_is_renewed_when_nothing_is_new(waiting: RevocationRequest, page: Client) -> None:
    (poll,) = re.findall(r'hx-get="([^"]+)"', shown(page, waiting))
    assert page.get(poll).status_code == 204
    NameProof.objects.update(checked_at=NOW)
    assert page.get(poll).status_code == 200


def test_O7_the_forms_to_paste() -> None:
    value, where = "ab" * 20, f"_dnsauth.{NAME}"
    texts = [form.text for form in pasting.record(where, "TXT", value)]
    assert texts == [f'{where}. 300 IN TXT "{value}"', "_dnsauth.www", where]
    assert pasting.record(where, "CNAME", "x.proofs.example")[0].text == f"{where}. 300 IN CNAME x.proofs.example."


@pytest.mark.parametrize(
    ("expected", "found", "parts"),
    [
        ("abc", "abc", [("same", "abc")]),
        ("abc", "ac", [("same", "a"), ("missing", "b"), ("same", "c")]),
        ("abc", '"abc"', [("surplus", '"'), ("same", "abc"), ("surplus", '"')]),
        ("abc", "", [("missing", "abc")]),
    ],
)
def test_O7_differences(expected: str, found: str, parts: list[tuple[str, str]]) -> None:
    assert [(str(part.kind), part.text) for part in difference(expected, found)] == parts


def test_O7_the_nearest_of_several_is_compared() -> None:
    assert nearest("abcdef", ["v=spf1", "abcdxf", ""]) == "abcdxf"
