"""Every list of the admin with every look-up that its fields know, and values that no database takes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db.models import Field, Model
from django.test import Client
from django.urls import reverse

from certportal.accounts.models import User
from revocation.models import RevocationRequest
from tests.reviews import desk
from tests.support.effort import LONG
from tests.support.trying import taken_back

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

MODELS: list[Any] = sorted(admin.site._registry, key=lambda model: model._meta.label)
HUGE = "9" * 20
VALUES = ("a", "a\0b", "\ud800", HUGE, "-" + HUGE, "9" * 5000, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
ODD_OF_DJANGO = {
    "p": ("-1", "0", HUGE, "a", "9" * 5000),
    "o": ("1.-99", HUGE, "a.b", "9" * 5000),
    "after": (*VALUES, "0001-01-01T00:00:00+14:00,1", "9999-12-31T23:59:59-14:00,1", f"2026-01-01T00:00:00Z,{HUGE}"),
    "q": VALUES,
    "all": VALUES,
    "e": ("1", "a\0"),
    "_to_field": ("id", "a\0", "email"),
    "_popup": ("1",),
    "_facets": ("1",),
    "nothing__like__this": ("1",),
}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def careless(root: User) -> Client:
    alice = desk.person("alice", customer=desk.customer())
    desk.with_letter(alice)
    client = Client(raise_request_exception=False)
    client.force_login(root)
    return client


def broken(client: Client, address: str, asked: Iterator[tuple[str, str]]) -> list[tuple[str, str, int]]:
    found = []
    for parameter, value in asked:
        answer = client.get(f"{address}?{urlencode({parameter: value}, errors='surrogatepass')}")
        if answer.status_code >= 500:
            found.append((parameter, value[:30], answer.status_code))
    return found


def lookups(model: type[Model], known: set[type[Field[Any, Any]]]) -> Iterator[tuple[str, str]]:
    """Yield a huge number for every field; each look-up and value for each kind of field that is not `known`."""
    for field in model._meta.get_fields():
        yield field.name, HUGE
        if not field.concrete or type(field) in known:
            continue
        known.add(type(field))
        yield from ((f"{field.name}__{lookup}", "99999") for lookup in field.get_lookups())
        yield from ((f"{field.name}__{lookup}", value) for lookup in ("in", "isnull", "lt") for value in VALUES[:4])
        yield from ((field.name, value) for value in VALUES)


def test_every_look_up_of_every_list(careless: Client) -> None:
    """All lists take look-ups alike: each kind of field is asked in full once, in `make test-long` in each list."""
    known: set[type[Field[Any, Any]]] = set()
    for model in MODELS:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert broken(careless, address, lookups(model, set() if LONG else known)) == [], model


@pytest.mark.parametrize("model", ["event", "revocationorder", "revocationrequest", "brand"])
def test_every_parameter_that_the_lists_themselves_know(careless: Client, model: str) -> None:
    address = reverse(f"admin:revocation_{model}_changelist")
    asked = ((parameter, value) for parameter, values in ODD_OF_DJANGO.items() for value in values)
    assert broken(careless, address, asked) == []


def test_every_number_of_a_row(careless: Client) -> None:
    """The number stands in the address of the row's pages, and among the rows that an action is to take."""
    for name in (f"admin:{model._meta.app_label}_{model._meta.model_name}" for model in MODELS):
        for pk in ("a", HUGE, "a_00b", "²"):
            assert careless.get(reverse(f"{name}_change", args=[pk]), follow=True).status_code < 500, (name, pk)
            chosen = {"_selected_action": [pk], "action": "delete_selected", "index": pk, "select_across": pk}
            assert careless.post(reverse(f"{name}_changelist"), chosen).status_code < 500, (name, pk)
        for page in ("history", "delete"):
            assert careless.get(reverse(f"{name}_{page}", args=[HUGE]), follow=True).status_code < 500, (name, page)


@pytest.mark.parametrize("page", ["change", "delete"])
def test_every_field_that_a_row_is_looked_up_by(careless: Client, page: str) -> None:
    for model in (model for model in MODELS if model.objects.exists()):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
        address = reverse(name, args=[model.objects.values_list("pk", flat=True)[0]])
        for field in ("", "id", "a\0", "email", "names", HUGE):
            for method in (careless.get, careless.post):
                with taken_back():
                    assert method(address, {"_to_field": field}).status_code < 500, (address, field)


@pytest.mark.parametrize(
    "parameter", ["at__year=99999", "names__contains=a", "id__regex=(a%2B)%2B$", "why__icontains=a", "at__date__gt=x"]
)
def test_a_look_up_that_no_filter_offers_shows_the_whole_list(careless: Client, parameter: str) -> None:
    model = "certificate" if parameter.startswith("names") else "event"
    address = reverse(f"admin:revocation_{model}_changelist")
    answer = careless.get(f"{address}?{parameter}")
    assert (answer.status_code, answer["Location"]) == (302, f"{address}?e=1")
    assert careless.get(answer["Location"]).status_code == 200


def test_what_breaks_with_a_filter_may_be_our_own_error_and_is_logged(
    careless: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An action, for example, has no filter; without the log nobody would hear of its error."""
    logging.disable(logging.NOTSET)
    monkeypatch.setattr("reviews.admin.lists.behind", lambda *_: int("ours"))
    address = reverse("admin:revocation_event_changelist")
    assert careless.post(address, {"action": "delete_selected"}).status_code == 302
    (record,) = (record for record in caplog.records if record.name == "reviews.odd_filters")
    assert record.exc_info


def test_what_breaks_without_a_filter_is_our_own_error(careless: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is shown: nothing is redirected in circles, nothing is hidden."""
    address = reverse("admin:revocation_event_changelist")
    monkeypatch.setattr("reviews.admin.lists.behind", lambda *_: 1 / 0)
    assert careless.get(address).status_code == 500
    assert careless.get(f"{address}?e=1").status_code == 500


def test_the_desks_own_parameters(careless: Client) -> None:
    case = RevocationRequest.objects.get()
    names = "days id from to which why note after seen sure phrases data customer brand level reissued_from csr names"
    posts = {
        "revocationrequest_next": [],
        "revocationrequest_assign": [case.pk],
        "revocationrequest_note": [case.pk],
        "revocationrequest_decide": [case.pk, "reject"],
        "certificate_purge": [],
        "certificate_import": [],
        "certificate_issue": [],
    }
    for value in [*VALUES, "²"]:
        odd = urlencode(dict.fromkeys([*names.split(), "years", "authority"], value), errors="surrogatepass")
        for name in (
            "admin:revocation_revocationrequest_dashboard",
            "admin:index",
            "admin:revocation_certificate_purge",
        ):
            assert careless.get(f"{reverse(name)}?{odd}").status_code < 500, (name, value)
        for name, args in posts.items():
            address = reverse(f"admin:revocation_{name}", args=args)
            answer = careless.post(address, odd, content_type="application/x-www-form-urlencoded")
            assert answer.status_code < 500, (name, value[:20])
