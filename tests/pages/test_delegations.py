"""The set-up pages of delegations, and the one address that is open to everybody (O1, L3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from revocation.models import Actor, Delegation
from tests.conftest import MakeCertificate
from tests.people import delegate, submitted


def test_O1_a_delegation_is_added_and_its_page_has_what_to_paste(page: Client, alice: Actor) -> None:
    answer = page.post("/delegations/", {"domain": "WWW.Aurora.example ", "method": "dns_proxy"}, follow=True)
    one = Delegation.objects.get()
    text = answer.content.decode()
    assert f"_dnsauth.www.aurora.example. 3600 IN CNAME {one.token}.proofs.portal.example." in text
    assert f"_dnsauth.www    CNAME    {one.token}.proofs.portal.example" in text
    assert "not checked yet" in text


def test_O1_the_path_has_recipes_for_three_web_servers(page: Client, settings: Any) -> None:
    settings.PORTAL_URL = "https://portal.example.com"
    page.post("/delegations/", {"domain": "www.aurora.example", "method": "file_proxy"})
    one = Delegation.objects.get()
    text = page.get(f"/delegations/{one.pk}/").content.decode()
    assert f"proxy_pass https://portal.example.com/delegated/{one.token}/;" in text
    assert f"&quot;https://portal.example.com/delegated/{one.token}/&quot;" in text
    assert f"rewrite * /delegated/{one.token}{{uri}}" in text


def test_what_was_typed_stays_and_the_refusal_says_what_to_do(page: Client) -> None:
    answer = page.post("/delegations/", {"domain": "*.aurora.example", "method": "dns_proxy"})
    assert answer.status_code == 422
    assert "without “*.”" in answer.content.decode()
    assert 'value="*.aurora.example"' in answer.content.decode()
    assert not Delegation.objects.exists()


def test_L3_nobody_adds_for_another_organisation(page: Client, charlie: Actor) -> None:
    (theirs,) = delegate(charlie, "www.xinghe.example")
    form = {"domain": "a.example", "method": "dns_proxy", "customer": str(theirs.customer_id)}
    page.post("/delegations/", form)
    assert Delegation.objects.get(domain="a.example").customer_id != theirs.customer_id


def test_without_a_zone_of_its_own_the_portal_offers_the_path_only(page: Client, settings: Any) -> None:
    settings.DELEGATION_ZONE = ""
    assert b'value="dns_proxy"' not in page.get("/delegations/").content
    assert page.post("/delegations/", {"domain": "a.example", "method": "dns_proxy"}).status_code == 422


@pytest.mark.parametrize("host", ["www.aurora.example", "evil.example", "testserver"])
def test_O6_the_path_is_plain_text_for_everybody_and_no_header_is_believed(
    make_certificate: MakeCertificate, alice: Actor, host: str
) -> None:
    (one,) = delegate(alice, "www.aurora.example", method="file_proxy")
    case = submitted(make_certificate(brand="geotrust", validation_method="file_proxy"), alice)
    url = f"/delegated/{one.token}/{case.challenge_file}"
    answer = Client().get(url, headers={"Host": host, "X-Forwarded-Host": host, "Cookie": "sessionid=x"})
    assert (answer.status_code, answer.content.decode()) == (200, case.challenge_value)
    assert answer.headers["Content-Type"] == "text/plain"
    assert "no-store" in answer.headers["Cache-Control"]
    assert set(answer.headers) <= {"Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options"}
    assert not answer.cookies  # nor anything else of the portal's on the customer's own site
    assert Client().head(url).status_code == 200
    assert Client().post(url).status_code == 405


@pytest.mark.parametrize("url", ["/delegated/abc/x.txt", "/delegated/{token}/x.txt", "/delegated/{token}/<script>"])
def test_L3_unknown_tokens_and_files_are_404_alike_and_echo_nothing(db: None, alice: Actor, url: str) -> None:
    (one,) = delegate(alice, "www.aurora.example", method="file_proxy")
    answer = Client().get(url.format(token=one.token))
    assert (answer.status_code, answer.content) == (404, b"There is no such file.\n")


def test_the_path_is_not_redirected_to_https(settings: Any, alice: Actor) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 1000
    (one,) = delegate(alice, "www.aurora.example", method="file_proxy")
    answer = Client().get(f"/delegated/{one.token}/x.txt", secure=True)
    assert (answer.status_code, "Strict-Transport-Security" in answer.headers) == (404, False)
    assert Client().get(f"/delegated/{one.token}/x.txt").status_code == 404
    assert Client().get("/certificates/").status_code == 301
