"""U4: no routed form that checks a password or a code is without a limit.

Every address is opened by every kind of person. A page that asks for a secret and is in no table fails: add a row in
`certportal/limits/guards.py`, or one in `HARMLESS` with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from certportal.limits.guards import GUARDS
from revocation.models import Actor
from tests.limits.conftest import Seat

pytestmark = pytest.mark.slow

SECRETS = {"current-password", "one-time-code"}
NAMES = re.compile(r"password|passcode|code$|otp|pin$|token$|secret", re.IGNORECASE)
NOT_SECRET = {"csrfmiddlewaretoken", "reason_code"}
HARMLESS = {
    "admin:auth_user_password_change": "sets somebody's password, asks for none",
    "admin:accounts_user_add": "sets somebody's password, asks for none",
}


class Inputs(HTMLParser):
    """The inputs of a page that ask for a secret."""

    def __init__(self) -> None:
        super().__init__()
        self.secret: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        name = found.get("name", "")
        if (
            tag not in ("input", "textarea")
            or name in NOT_SECRET
            or found.get("type") in ("hidden", "radio", "checkbox")
        ):
            return
        if found.get("type") == "password" or found.get("autocomplete") in SECRETS or NAMES.search(name):
            self.secret.add(name)


def addresses(patterns: list[URLPattern | URLResolver], before: str, number: int) -> Iterator[str]:
    """Yield an address for every pattern, with `number` for every argument."""
    for pattern in patterns:
        text = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, text, number)
            continue
        text = re.sub(r"\(\?P<\w+>(?:[^()\\]|\\.)*\)", str(number), text)
        text = re.sub(r"<[^>]*>", str(number), text)
        yield "/" + re.sub(r"[\^$\\]|\(\?:|\)\?", "", text)


def asks_for_a_secret(answer: Any) -> set[str]:
    if answer.status_code >= 400 or "html" not in answer.headers.get("Content-Type", ""):
        return set()
    parser = Inputs()
    parser.feed(answer.content.decode())
    return parser.secret


@pytest.fixture
def half_way(rita: Actor) -> Client:
    """Rita's browser after the password, before the code."""
    assert rita.user is not None
    TOTP.activate(rita.user, generate_totp_secret())
    client = Client()
    client.post("/accounts/login/", {"login": rita.user.email, "password": "pw"})
    return client


def test_U4_every_page_that_asks_for_a_secret_is_in_the_table(
    seat: Seat, half_way: Client, alice: Actor, root: Actor
) -> None:
    assert root.user is not None
    everybody = {"nobody": seat(None), "half way": half_way, "customer": seat(alice), "superuser": seat(root)}
    found: dict[str, str] = {}
    for address in addresses(get_resolver().url_patterns, "", root.user.pk):
        for who, client in everybody.items():
            if "logout" in address or not (secret := asks_for_a_secret(client.get(address))):
                continue
            found[resolve(address).view_name] = f"{address} asks {who} for {sorted(secret)}"
    assert len(found) >= 6, found  # the walk sees what is there
    unguarded = {name: text for name, text in found.items() if name not in GUARDS and name not in HARMLESS}
    assert unguarded == {}


def test_U4_every_row_of_the_table_is_an_address() -> None:
    routed = {resolve(address).view_name for address in addresses(get_resolver().url_patterns, "", 1)}
    assert set(GUARDS) <= routed


def wrong(client: Client, address: str, **given: str) -> Callable[[], HttpResponse]:
    return lambda: client.post(address, given)  # type: ignore[return-value]


def with_code(rita: Actor, seat: Seat) -> Client:
    assert rita.user is not None
    TOTP.activate(rita.user, generate_totp_secret())
    return seat(rita)


@pytest.mark.parametrize(
    ("address", "field", "happened"),
    [
        ("/accounts/reauthenticate/", "password", "Too many wrong passwords were entered."),
        ("/accounts/password/change/", "oldpassword", "Too many wrong passwords were entered."),
        ("/admin/password_change/", "old_password", "Too many wrong passwords were entered."),
        ("/accounts/2fa/reauthenticate/", "code", "Too many wrong codes were entered."),
    ],
)
def test_U4_every_form_for_somebody_who_is_logged_in_is_limited(
    rita: Actor, seat: Seat, address: str, field: str, happened: str
) -> None:
    client = with_code(rita, seat)
    attempt = wrong(client, address, **{field: "000000", "new_password1": "x", "password1": "x"})
    answers = [attempt() for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert f"{happened} Nothing was changed. Try again in 5 minutes." in answers[-1].content.decode()
    assert answers[-1]["Retry-After"]


def test_U4_the_code_after_the_password_is_limited_across_new_log_ins(rita: Actor, half_way: Client) -> None:
    """Somebody who has the password may begin a new log-in as often as they like."""
    assert rita.user is not None
    attempt = wrong(half_way, "/accounts/2fa/authenticate/", code="000000")
    assert [attempt().status_code for _ in range(3)] == [200] * 3
    again = Client()
    again.post("/accounts/login/", {"login": rita.user.email, "password": "pw"})
    attempt = wrong(again, "/accounts/2fa/authenticate/", code="000000")
    assert [attempt().status_code for _ in range(3)] == [200] * 2 + [429]


def test_U4_the_first_code_of_a_new_factor_is_limited(seat: Seat, alice: Actor) -> None:
    client = seat(alice)
    page = client.get("/accounts/2fa/totp/activate/")
    if page.status_code == 302:
        client.post(page["Location"], {"password": "pw"})
    attempt = wrong(client, "/accounts/2fa/totp/activate/", code="000000")
    assert [attempt().status_code for _ in range(6)] == [200] * 5 + [429]


def test_U4_all_forms_that_check_the_password_count_together(seat: Seat, alice: Actor) -> None:
    client = seat(alice)
    codes = [
        client.post("/accounts/reauthenticate/" if number % 2 else "/accounts/password/change/", given).status_code
        for number, given in enumerate([{"password": "x", "oldpassword": "x"}] * 6)
    ]
    assert codes == [200] * 5 + [429]


def test_U4_a_right_password_with_an_unfit_new_one_is_no_guess(seat: Seat, alice: Actor) -> None:
    given = {"oldpassword": "pw", "password1": "short", "password2": "short"}
    client = seat(alice)
    assert {client.post("/accounts/password/change/", given).status_code for _ in range(12)} == {200}


def test_U4_strangers_do_not_keep_somebody_who_is_in_from_confirming_himself(seat: Seat, alice: Actor) -> None:
    assert alice.user is not None
    client = seat(alice)
    for _ in range(8):
        Client().post("/accounts/login/", {"login": alice.user.email, "password": "x"})
    assert client.post("/accounts/reauthenticate/", {"password": "pw"}).status_code == 302
