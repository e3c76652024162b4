"""U3, threat 44: a code of the second factor is accepted once (RFC 6238 5.2), on any page and in parallel requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.db import connection
from django.test import Client

from certportal.accounts.models import SpentCode, User
from certportal.accounts.one_time import Verdict, spend, spend_totp
from revocation.models import Actor
from tests.accounts.conftest import PASSWORD, Seat
from tests.accounts.factors import code_of, enrol, recovery_codes

pytestmark = [pytest.mark.slow, pytest.mark.database]

NOW = 1_781_524_807  # seven seconds into a period
AT_ONCE = 8


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def logs_in(code: str) -> bool:
    client = Client()
    client.post("/accounts/login/", {"login": "alice@aurora.example", "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code})
    return "_auth_user_id" in client.session


def test_U3_a_code_opens_once_as_long_as_it_is_good(enrolled: str, clock: time_machine.Traveller) -> None:
    code = code_of(enrolled, 1)
    used = []
    for _ in range(5):
        used.append(logs_in(code))
        clock.shift(17)
    assert used == [True, False, False, False, False]


def test_U3_it_is_remembered_without_the_cache(enrolled: str, clock: time_machine.Traveller) -> None:
    assert logs_in(code_of(enrolled))
    cache.clear()
    assert not logs_in(code_of(enrolled))


def test_U3_an_older_code_is_no_good_after_a_newer_one(enrolled: str, clock: time_machine.Traveller) -> None:
    assert logs_in(code_of(enrolled, 1))
    assert not logs_in(code_of(enrolled))
    clock.shift(60)
    assert logs_in(code_of(enrolled))


@pytest.mark.parametrize("seconds", [-3600, -60, -30, 30, 60])
def test_U3_a_step_of_the_clock_gives_no_code_a_second_life(
    enrolled: str, clock: time_machine.Traveller, seconds: int
) -> None:
    code = code_of(enrolled)
    assert logs_in(code)
    clock.shift(seconds)
    assert not logs_in(code)
    clock.shift(-seconds)
    assert not logs_in(code)


def test_U3_what_opened_the_log_in_is_no_proof_afterwards(
    seat: Seat, alice: Actor, enrolled: str, clock: time_machine.Traveller
) -> None:
    code = code_of(enrolled)
    assert logs_in(code)
    refused = seat(alice).post("/accounts/2fa/reauthenticate/", {"code": code})
    assert "Wait until your app shows the next code." in refused.content.decode()
    clock.shift(30)
    assert seat(alice).post("/accounts/2fa/reauthenticate/", {"code": code_of(enrolled)}).status_code == 302


def test_U3_the_code_of_the_set_up_opens_no_log_in(
    fresh_seat: Seat, alice: Actor, clock: time_machine.Traveller
) -> None:
    client = fresh_seat(alice)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    code = code_of(secret)
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    assert not logs_in(code)
    clock.shift(30)
    assert logs_in(code_of(secret))


def test_U3_a_factor_set_up_anew_has_codes_of_its_own(
    fresh_seat: Seat, alice: Actor, clock: time_machine.Traveller
) -> None:
    client = fresh_seat(alice)
    for _ in range(2):
        secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
        assert client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 302
        client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()


def test_U3_the_secret_itself_is_not_kept_a_second_time(enrolled: str, alice: Actor) -> None:
    assert logs_in(code_of(enrolled))
    assert enrolled not in str(list(SpentCode.objects.values()))


@pytest.mark.parametrize("code", ["", "0", "000000000", "１２３４５６", "\x00" * 6, "🔑" * 6, "-" * 6])
def test_U3_what_is_no_code_is_refused(enrolled: str, code: str, clock: time_machine.Traveller) -> None:
    assert not logs_in(code)


def test_U3_a_recovery_code_opens_once(alice: Actor, enrolled: str) -> None:
    assert alice.user
    code = recovery_codes(alice.user)[3]
    assert [logs_in(code), logs_in(code)] == [True, False]


def test_U3_a_recovery_code_stays_used_when_its_mark_is_lost(alice: Actor, enrolled: str) -> None:
    """The page of the codes reads the row before the code is used, and writes it afterwards."""
    assert alice.user
    page = Authenticator.objects.get(user=alice.user, type="recovery_codes")
    code = recovery_codes(alice.user)[0]
    assert logs_in(code)
    RecoveryCodes(page).mark_as_viewed()
    assert not logs_in(code)


def at_once(spends: Callable[[], bool]) -> list[bool]:
    """Run `spends` in AT_ONCE threads at the same instant, each with its own connection. Returns the results."""
    ready = Barrier(AT_ONCE)

    def one(_: int) -> bool:
        try:
            connection.ensure_connection()
            ready.wait(timeout=30)
            return spends()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


@pytest.mark.django_db(transaction=True)
def test_U3_of_many_at_once_one_gets_in_with_a_code(clock: time_machine.Traveller) -> None:
    user = User.objects.create_user("alice@aurora.example", PASSWORD)
    secret = enrol(user)
    for period in (-1, 0, 1):
        code = code_of(secret, period)
        assert sum(at_once(lambda code=code: spend_totp(user, secret, code) is Verdict.GOOD)) == 1  # type: ignore[misc]


@pytest.mark.django_db(transaction=True)
def test_U3_of_many_at_once_one_gets_in_with_a_recovery_code() -> None:
    user = User.objects.create_user("alice@aurora.example", PASSWORD)
    enrol(user)
    for code in recovery_codes(user)[:3]:
        found = Authenticator.objects.select_related("user").get(user=user, type="recovery_codes")
        assert sum(at_once(lambda code=code, found=found: spend(found, code) is Verdict.GOOD)) == 1  # type: ignore[misc]


@pytest.mark.django_db(transaction=True)
def test_U3_of_many_at_once_one_sets_up_the_factor(clock: time_machine.Traveller) -> None:
    user = User.objects.create_user("alice@aurora.example", PASSWORD)
    ready = []
    for _ in range(AT_ONCE):
        client = Client()
        client.force_login(user)
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
        ready.append((client, code_of(secret)))

    def activate() -> bool:
        client, code = ready.pop()
        answer = client.post("/accounts/2fa/totp/activate/", {"code": code})
        assert answer.status_code in (200, 302, 429)
        return answer.get("Location") == "/accounts/2fa/recovery-codes/"

    assert sum(at_once(activate)) == 1
    assert Authenticator.objects.filter(type="totp").count() == 1
