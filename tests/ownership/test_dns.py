from __future__ import annotations

from collections.abc import Callable

import pytest

from revocation.outbound.dns.resolver import DnsView
from revocation.ownership.challenge import Challenge, new_challenge
from revocation.ownership.dns import check_dns
from revocation.ownership.outcome import Outcome
from tests.servers.dns_server import ANY_NAME, DnsServer

NAME, WHERE = "example.com", "_dnsauth.example.com"
ZONE = "pki-validation.example"
Check = Callable[..., Outcome]


@pytest.fixture
def check(view: DnsView, challenge: Challenge) -> Check:
    def checked(name: str = NAME, **asked: str) -> Outcome:
        outcome = check_dns(name, challenge.value, view, **asked)
        assert outcome.sentence  # every placeholder is filled
        return outcome

    return checked


def test_O6_the_value_in_a_txt_record_proves(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer(WHERE, "TXT", challenge.value)
    outcome = check()
    assert (outcome.proven, outcome.code) == (True, "proven")
    assert (outcome.looked_for, outcome.where) == (challenge.value, WHERE)
    assert outcome.found == (challenge.value,)


def test_O5_a_wildcard_is_proven_at_its_base_name(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer(WHERE, "TXT", challenge.value)
    assert check("*.example.com").proven


def test_O6_one_of_several_records_is_enough(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer(WHERE, "TXT", '"something else"', challenge.value)
    assert check().proven


def test_O6_the_value_in_two_strings_is_one_value(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer(WHERE, "TXT", f'"{challenge.value[:7]}" "{challenge.value[7:]}"')
    assert check().proven


def test_O6_an_alias_is_followed(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer(WHERE, "CNAME", "elsewhere.example.net.")
    dns_server.answer("elsewhere.example.net", "TXT", challenge.value)
    assert check().proven


def test_O6_the_label_is_a_setting(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer("_pki.example.com", "TXT", challenge.value)
    assert check(label="_pki").proven
    assert not check().proven


def test_O1_a_cname_to_the_value_proves_where_the_brand_asks_for_it(
    check: Check, dns_server: DnsServer, challenge: Challenge
) -> None:
    dns_server.answer(WHERE, "CNAME", f"{challenge.value.upper()}.{ZONE}.")
    outcome = check(record="cname", zone=ZONE)
    assert (outcome.proven, outcome.looked_for) == (True, f"{challenge.value}.{ZONE}")


@pytest.mark.parametrize("target", [f"other.{ZONE}.", "%s.evil.example.", f"x.%s.{ZONE}."])
def test_O1_a_cname_to_anything_else_does_not(
    check: Check, dns_server: DnsServer, challenge: Challenge, target: str
) -> None:
    dns_server.answer(WHERE, "CNAME", target.replace("%s", challenge.value))
    assert not check(record="CNAME", zone=ZONE).proven


# -- False proofs (threat 17) ---------------------------------------------------

FALSE = {
    "another value": ('"%(other)s"', "record_of_other_request"),
    "part of the value": ('"%(part)s"', "record_almost"),
    "an empty text": ('""', "record_differs"),
    "quotation marks": (r'"\"%(value)s\""', "record_quoted"),
    "single quotation marks": ("\"'%(value)s'\"", "record_quoted"),
    "a prefix": ('"_dnsauth=%(value)s"', "record_has_more"),
    "a space": ('"%(value)s "', "record_has_more"),
    "upper case": ('"%(upper)s"', "record_other_case"),
}


@pytest.mark.parametrize(("record", "code"), FALSE.values(), ids=FALSE)
def test_O6_false_records_prove_nothing(
    check: Check, dns_server: DnsServer, challenge: Challenge, record: str, code: str
) -> None:
    value = challenge.value
    upper = value.upper() if value.upper() != value else f"{value}A"
    other = new_challenge().value  # an old request's, or another customer's
    dns_server.answer(WHERE, "TXT", record % {"value": value, "part": value[:-1], "upper": upper, "other": other})
    outcome = check()
    assert (outcome.proven, outcome.code) == (False, code)


def test_O6_a_zone_that_answers_everything_proves_nothing(check: Check, dns_server: DnsServer) -> None:
    dns_server.answer(ANY_NAME, "TXT", '"v=spf1 -all"')
    outcome = check()
    assert (outcome.proven, outcome.code, outcome.found) == (False, "wildcard_answers", ("v=spf1 -all",))


@pytest.mark.parametrize("elsewhere", ["_dnsauth.www.example.com", "_dnsauth.com", "x._dnsauth.example.com"])
def test_O5_a_record_at_another_name_proves_nothing(
    check: Check, dns_server: DnsServer, challenge: Challenge, elsewhere: str
) -> None:
    dns_server.answer(elsewhere, "TXT", challenge.value)
    assert not check().proven


def test_O5_the_apex_record_does_not_prove_the_www_name(
    check: Check, dns_server: DnsServer, challenge: Challenge
) -> None:
    dns_server.answer(WHERE, "TXT", challenge.value)
    assert not check("www.example.com").proven


# -- The doctor (O7) ------------------------------------------------------------


def test_O7_nothing_there(check: Check) -> None:
    outcome = check()
    assert (outcome.code, outcome.where, outcome.found) == ("record_missing", WHERE, ())
    assert WHERE in outcome.sentence


def test_O7_the_domain_was_added_twice(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer("_dnsauth.www.example.com.example.com", "TXT", challenge.value)
    outcome = check("www.example.com")
    assert (outcome.proven, outcome.code) == (False, "record_name_doubled")
    assert "_dnsauth.www.example.com.example.com" in outcome.sentence


def test_O7_the_label_was_left_out(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer(NAME, "TXT", challenge.value)
    assert check().code == "record_at_name_itself"


def test_O7_an_alias_of_nothing(check: Check, dns_server: DnsServer) -> None:
    dns_server.answer(WHERE, "CNAME", "nowhere.example.net.")
    outcome = check()
    assert (outcome.code, outcome.found) == ("cname_leads_nowhere", ("nowhere.example.net",))


def test_O7_a_cname_where_a_txt_is_wanted(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer(WHERE, "CNAME", f"{challenge.value}.{ZONE}.")
    outcome = check()
    assert (outcome.proven, outcome.code) == (False, "record_of_other_kind")


def test_O7_a_txt_where_a_cname_is_wanted(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer(WHERE, "TXT", challenge.value)
    outcome = check(record="CNAME", zone=ZONE)
    assert (outcome.proven, outcome.code) == (False, "record_of_other_kind")


def test_O7_a_cname_beside_the_record(check: Check, dns_server: DnsServer) -> None:
    dns_server.answer(WHERE, "TXT", '"old"')
    dns_server.answer(WHERE, "CNAME", "elsewhere.example.net.")
    assert check().code == "cname_beside_record"


def test_O7_a_domain_that_is_gone(check: Check) -> None:
    outcome = check("shop.lapsed-example.com")
    assert (outcome.code, outcome.params["domain"]) == ("domain_does_not_exist", "lapsed-example.com")


@pytest.mark.parametrize(
    ("rcode", "code"), [("SERVFAIL", "dns_servfail"), ("REFUSED", "dns_refused"), ("NOTIMP", "dns_servfail")]
)
def test_O7_servers_that_fail(check: Check, dns_server: DnsServer, rcode: str, code: str) -> None:
    dns_server.fail(WHERE, rcode)
    outcome = check()
    assert (outcome.proven, outcome.code) == (False, code)


def test_O7_servers_that_do_not_answer(check: Check, dns_server: DnsServer) -> None:
    dns_server.be_silent(WHERE)
    assert check().code == "dns_no_reply"


def test_O7_aliases_in_a_circle(check: Check, dns_server: DnsServer) -> None:
    dns_server.answer(WHERE, "CNAME", f"{WHERE}.")
    assert check().code == "cname_chain_too_long"


def test_O7_a_name_too_long_for_its_record(check: Check) -> None:
    assert check(".".join(["x" * 60] * 4) + ".example.com").code == "dns_malformed"


def test_O7_a_closed_port_for_tcp_is_named(check: Check, dns_server: DnsServer) -> None:
    """Many old values at one name: the answer does not fit into UDP any more."""
    dns_server.answer(WHERE, "TXT", *(f'"{number:040x}"' for number in range(40)))
    dns_server.truncate(WHERE)
    dns_server.close_tcp()
    outcome = check()
    assert (outcome.proven, outcome.code) == (False, "dns_without_tcp")


def test_O6_a_value_in_many_strings_is_one(check: Check, dns_server: DnsServer, challenge: Challenge) -> None:
    dns_server.answer(WHERE, "TXT", " ".join(f'"{letter}"' for letter in challenge.value))
    assert check().proven
