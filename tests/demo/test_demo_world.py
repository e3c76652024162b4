"""The demo's name server answers whatever was published. Records belong to the organisation that published them."""

from __future__ import annotations

import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from django.test import Client

from demo.models import PublishedFile, PublishedRecord
from demo.world import reply
from revocation.models import Actor

NAME = "_dnsauth.www.aurora.example"
pytestmark = pytest.mark.urls("tests.demo.urls")


def ask(kind: str) -> dns.message.Message:
    return dns.message.from_wire(reply(dns.message.make_query(NAME, kind).to_wire()))


@pytest.mark.parametrize("value", ['"quoted"', 'a "b" \\ c;', "值" * 100, " spaces "])
def test_a_record_comes_back_as_it_was_published(db: None, value: str) -> None:
    PublishedRecord.objects.create(name=NAME, kind="TXT", value=value)
    (answer,) = ask("TXT").answer
    assert b"".join(answer[0].strings).decode() == value


def test_nothing_published_is_no_such_name(db: None) -> None:
    assert ask("TXT").rcode() == dns.rcode.NXDOMAIN


def client_of(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


@pytest.mark.parametrize(
    "form",
    [
        {"name": "_dnsauth.www.xinghe.example", "kind": "TXT", "value": "x"},
        {"name": NAME, "kind": "MX", "value": "x"},
        {"name": NAME, "kind": "CNAME", "value": "a..b"},
        {"name": NAME, "kind": "TXT", "value": ""},
    ],
    ids=["another's zone", "kind", "no name", "no value"],
)
def test_what_cannot_be_published_is_said(alice: Actor, form: dict[str, str]) -> None:
    answer = client_of(alice).post("/demo/record/", form, follow=True)
    assert 'class="note error"' in answer.content.decode()
    assert not PublishedRecord.objects.exists()


def test_only_its_organisation_sees_and_removes_a_record(alice: Actor, charlie: Actor) -> None:
    client_of(alice).post("/demo/record/", {"name": NAME, "kind": "TXT", "value": "x"})
    client_of(alice).post("/demo/record/", {"name": "www.aurora.example/a", "kind": "FILE", "value": "x"})
    for kind, row in (("record", PublishedRecord.objects.get()), ("file", PublishedFile.objects.get())):
        assert client_of(charlie).post(f"/demo/remove/{kind}/{row.pk}/").status_code == 404
        assert client_of(alice).post(f"/demo/remove/{kind}/{row.pk}/").status_code == 302
    assert not PublishedRecord.objects.exists()
    assert not PublishedFile.objects.exists()
