"""What every driver must do, on a real name server: publish and remove idempotently, and fail truly (O1, O2)."""

from __future__ import annotations

import dataclasses

import pytest

from revocation.ownership.providers.interface import NeedsAttention, Provider, Record, TryAgain
from revocation.ownership.providers.registry import providers
from tests.servers.dns_server import DnsServer, unused_udp_port
from tests.servers.knot import OTHER_SECRET, Knot

pytestmark = pytest.mark.process

WHERE = "_dnsauth.www.a.example"
FIRST, SECOND = Record(WHERE, "TXT", "a" * 40), Record(WHERE, "TXT", "b" * 40)


def provider(knot: Knot, **changed: object) -> Provider:
    return providers({"hoster": knot.options(**changed)}).by_slug["hoster"]


def test_O1_published_twice_is_there_once_and_removed_twice_is_gone(knot: Knot) -> None:
    ours = provider(knot)
    for _ in range(2):
        ours.publish(FIRST)
        assert knot.ask(WHERE, "TXT") == (f'"{FIRST.value}"',)
    for _ in range(2):
        ours.remove(FIRST)
        assert knot.ask(WHERE, "TXT") == ()


def test_O1_removing_one_value_leaves_another_requests_value(knot: Knot) -> None:
    ours = provider(knot)
    ours.publish(FIRST)
    ours.publish(SECOND)
    ours.remove(FIRST)
    assert knot.ask(WHERE, "TXT") == (f'"{SECOND.value}"',)
    ours.remove(SECOND)


def test_O1_a_cname_where_the_brand_asks_for_one(knot: Knot) -> None:
    record, ours = Record("_dnsauth.cname.a.example", "CNAME", "abc.pki-validation.example"), provider(knot)
    ours.publish(record)
    ours.publish(record)
    assert knot.ask(record.name, "CNAME") == ("abc.pki-validation.example.",)
    ours.remove(record)
    assert knot.ask(record.name, "CNAME") == ()


def test_O1_a_cname_beside_a_txt_is_not_said_to_be_published(knot: Knot) -> None:
    """RFC 2136 section 3.4.2.2: the server says NOERROR and ignores it."""
    with pytest.raises(NeedsAttention) as refused:
        provider(knot).publish(Record("_dnsauth.held.a.example", "CNAME", "abc.pki-validation.example"))
    assert refused.value.code == "not_taken"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("_dnsauth.www.sub.a.example", "zone_not_hosted"),  # behind a zone cut
        ("_dnsauth.alias.a.example", "alias_in_the_way"),
        ("_dnsauth.b.example", "zone_not_hosted"),  # in no zone of the entry
    ],
)
def test_O2_what_nobody_would_see_is_not_published(knot: Knot, name: str, code: str) -> None:
    with pytest.raises(NeedsAttention) as refused:
        provider(knot).publish(Record(name, "TXT", "x"))
    assert refused.value.code == code


def test_O2_a_zone_that_is_not_hosted_there_any_more(knot: Knot) -> None:
    gone = provider(knot, zones=["gone.example"])
    with pytest.raises(NeedsAttention) as refused:
        gone.publish(Record("_dnsauth.gone.example", "TXT", "x"))
    assert refused.value.code == "zone_not_hosted"
    with pytest.raises(NeedsAttention) as refused:
        gone.remove(Record("_dnsauth.gone.example", "TXT", "x"))
    assert refused.value.params["rcode"] in ("NOTAUTH", "REFUSED")


@pytest.mark.parametrize(
    ("changed", "rcode"),
    [
        ({"key_secret": OTHER_SECRET}, "BADSIG"),
        ({"key_name": "unknown."}, "BADKEY"),
        ({"key_algorithm": "hmac-sha512"}, "BADKEY"),
    ],
)
def test_O2_credentials_refused_are_named_and_no_secret_is(knot: Knot, changed: dict[str, object], rcode: str) -> None:
    ours = provider(knot, **changed)
    with pytest.raises(NeedsAttention, match=rcode) as refused:
        ours.publish(FIRST)
    assert knot.ask(WHERE, "TXT") == ()
    for secret in (OTHER_SECRET, str(knot.options()["key_secret"])):
        assert secret not in f"{refused.value} {refused.value.params} {ours!r}"


def test_O2_a_key_that_may_not_update_is_refused(knot: Knot) -> None:
    with pytest.raises(NeedsAttention) as refused:
        provider(knot, key_name="reader.").publish(FIRST)
    assert knot.ask(WHERE, "TXT") == ()
    assert refused.value.params["rcode"] in ("NOTAUTH", "REFUSED", "BADKEY")


def test_O2_clocks_apart(knot: Knot, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    with pytest.raises(NeedsAttention, match="BADTIME"):
        provider(knot).publish(FIRST)


def test_a_server_that_is_away_or_silent_is_tried_again(knot: Knot) -> None:
    away = provider(knot, server=f"127.0.0.1:{unused_udp_port()}")
    with pytest.raises(TryAgain) as failed:
        away.publish(FIRST)
    assert failed.value.code == "not_answered"
    with DnsServer() as silent:
        silent.be_silent(WHERE)
        slow = provider(knot, server=f"127.0.0.1:{silent.port}")
        with pytest.raises(TryAgain):
            dataclasses.replace(slow, seconds=0.3).publish(FIRST)  # type: ignore[type-var]


def test_a_server_that_fails_is_tried_again(knot: Knot) -> None:
    with DnsServer() as failing:
        failing.fail(WHERE, "SERVFAIL")
        with pytest.raises(TryAgain, match="SERVFAIL"):
            provider(knot, server=f"127.0.0.1:{failing.port}").publish(FIRST)


def test_an_unsigned_yes_is_not_believed(knot: Knot) -> None:
    """Whoever answers in the server's place without the key cannot make the portal believe it has published."""
    with DnsServer() as liar:
        liar.answer("a.example", "SOA", "ns.a.example. admin.a.example. 1 3600 600 86400 60")
        with pytest.raises(TryAgain):
            provider(knot, server=f"127.0.0.1:{liar.port}").remove(FIRST)
