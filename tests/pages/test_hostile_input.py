"""Input that no database takes, in the path, parameters, fields, file names and cookies of every address of the
customers. It is refused in words or cleaned, and never becomes an error of ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from certportal.wsgi import application
from revocation.models import Actor
from tests.pages.conftest import Seat, Story
from tests.pages.test_access import ROWS, world  # noqa: F401 - a fixture
from tests.support.effort import rounds
from tests.support.trying import taken_back

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

World = dict[str, dict[str, Any]]
HUGE = "9" * 20
ODD = {
    "NUL": "a\0b@example.com",
    "half a pair": "https://a.example/\ud800",
    "direction": "\u202egpj.exe\u202c",
    "control": "a\x1b[31m\x07b",
    "long": "W" * 50_000,
    "huge number": HUGE,
    "larger number": "9" * 5000,
    "negative": "-" + HUGE,
    "other digits": "²",
    "first year": "0001-01-01T00:00:00+14:00,1",
    "last year": "9999-12-31T23:59:59.999999-14:00,1",
    "infinite": "inf,1",
    "no address": "http://[::1",
}
PARAMETERS = [
    "q",
    "state",
    "brand",
    "level",
    "standard",
    "expires",
    "deployed",
    "owner",
    "rows",
    "id",
    "after",
    "before",
    "seen",
    "format",
    "next",
    "choose",
]
FORMS = {
    "together": ("id", "reason", "reason_text"),
    "revoke": ("reason", "reason_text", "later"),
    "reason": ("reason", "reason_text", "later"),
    "assisted": ("reason", "reason_text", "why_not", "situation"),
    "assistance": ("reason", "reason_text", "why_not", "situation"),
    "compromised": ("signature",),
    "deploy": ("target",),
    "watch": ("email",),
    "webhooks": ("url", "owner"),
    "webhook_act": ("act",),
    "letter": ("letter",),
    "letter_keep": ("held",),
    "evidence": ("evidence",),
    "ownership_method": ("name", "method"),
    "delegations": ("domain", "method", "customer"),
    "preferences": ("language", "time_zone", "wanted"),
    "set_language": ("language", "next"),
    "account_login": ("login", "password", "next"),
    "account_reset_password": ("email",),
}
"""The fields of each form. The other addresses that take a POST have none."""
VALID = {"reason": "4", "situation": "lapsed", "reason_text": "x", "why_not": "x", "method": "dns_proxy"}
"""Good values beside the odd field, so that a form is not refused for another one."""
LISTS = ("certificates", "requests")
"""The pages that read the parameters."""
ELSEWHERE = ("preferences", "set_language", "account_login", "account_reset_password")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Do not log: the tests cause thousands of refusals."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def careless(seat: Seat, alice: Actor) -> Client:
    """Alice's browser. Errors of ours are answers, not exceptions."""
    client = seat(alice)
    client.raise_request_exception = False
    return client


def addresses(world: World) -> dict[str, str]:  # noqa: F811
    return {name: reverse(name, kwargs=world[name]) for name in ROWS} | {name: reverse(name) for name in ELSEWHERE}


def encoded(pairs: dict[str, str]) -> str:
    return urlencode(pairs, errors="surrogatepass")


def mixed(fields: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield the fields with odd texts. In as many rounds as there are texts, each field has each of them once."""
    texts = list(ODD.values())
    for step in range(rounds(4, len(texts))):
        yield {field: texts[(place + step) % len(texts)] for place, field in enumerate(fields)}


def one_by_one(fields: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield each field alone with odd texts."""
    for typed in mixed(fields):
        yield from ({field: text} for field, text in typed.items())


def test_parameters_of_every_address(careless: Client, world: World) -> None:  # noqa: F811
    broken = []
    for name, address in addresses(world).items():
        for asked in (*mixed(PARAMETERS), *one_by_one(PARAMETERS if name in LISTS else ())):
            if careless.get(f"{address}?{encoded(asked)}").status_code >= 500:
                broken.append((name, asked))
    assert broken == []


def test_fields_of_every_address(careless: Client, world: World) -> None:  # noqa: F811
    """Each form is filled in as if it were the first that this browser sends."""
    posts = {name: address for name, address in addresses(world).items() if "post" in ROWS.get(name, ("", "post"))[1]}
    assert set(FORMS) <= set(posts)
    everything = [field for fields in FORMS.values() for field in fields]
    broken = []
    for name, address in posts.items():
        for typed in (*mixed(everything), *one_by_one(FORMS.get(name, ()))):
            body = encoded(VALID | typed)
            with taken_back():
                if careless.post(address, body, content_type="application/x-www-form-urlencoded").status_code >= 500:
                    broken.append((name, typed))
    assert broken == []


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "utf-16", "rot13", "idna", "nonsense", "utf-8"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=X", "application/x-www-form-urlencoded"])
def test_an_encoding_of_the_askers_own_choice(rf: RequestFactory, charset: str, kind: str) -> None:
    """The application is called as by a server: Django's request broke before anything could answer."""
    part = '--X\r\nContent-Disposition: form-data; name="login"\r\n\r\na\\ud800\\x00@b.example\r\n--X--\r\n'
    address, said = "/accounts/login/?next=%5Cud800&q=+AAA-", []
    environ = rf.generic("POST", address, part.encode(), content_type=kind).environ
    environ["CONTENT_TYPE"] = f"{kind}; charset={charset}"
    answer = application(environ, lambda status, headers: said.append(status))
    assert b"".join(answer)
    assert said[0] < "5"


NAMES = {
    "NUL": 'filename="a\0b.jpg"',
    "NUL, encoded": "filename*=utf-8''a%00b.jpg",
    "half a pair": "filename*=unicode_escape''%5Cud800.jpg",
    "an encoding that is none": "filename*=nonsense''a.jpg",
    "an encoding of bytes": "filename*=rot13''a.jpg",
    "direction": "filename*=utf-8''%E2%80%AEgpj.jpg",
    "long": f'filename="{"W" * 5000}.jpg"',
}


@pytest.mark.parametrize("field", ["letter", "evidence"])
@pytest.mark.parametrize("good", [True, False], ids=["good file", "bad file"])
def test_names_of_files(careless: Client, story: Story, letter: bytes, field: str, good: bool) -> None:
    case = story.draft if field == "letter" else story.assisted
    address, file = reverse(field, args=[case.pk]), letter if good else b"x" * 5000
    for how, name in NAMES.items():
        head = f'--X\r\nContent-Disposition: form-data; name="{field}"; {name}\r\nContent-Type: image/jpeg\r\n\r\n'
        with taken_back():
            body = head.encode() + file + b"\r\n--X--\r\n"
            answer = careless.post(address, body, content_type="multipart/form-data; boundary=X")
            assert answer.status_code < 500, how


def test_numbers_that_no_row_has_are_not_found(careless: Client, world: World) -> None:  # noqa: F811
    """The number is put in the place of each number in the path."""
    wrong = []
    for name, kwargs in world.items():
        for key in (key for key, value in kwargs.items() if isinstance(value, int)):
            address = reverse(name, kwargs=kwargs | {key: 987654321})
            method = careless.get if "get" in ROWS[name][1] else careless.post
            for number in ("99999999999999999999", "9" * 5000, "9223372036854775808"):
                if method(address.replace("987654321", number)).status_code != 404:
                    wrong.append((name, key, number))
    assert wrong == []


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken", "django_language", "messages"])
@pytest.mark.parametrize("value", ["a\0b", '"aaaaaaaaaaaaaaaaaaaa\\000"', '"\\355\\240\\200aaaaaaaaaa"', "W" * 8000])
def test_cookies(careless: Client, cookie: str, value: str) -> None:
    if cookie == "sessionid":
        careless.cookies.clear()
    header = f"{cookie}={value}; " + "; ".join(f"{k}={v.value}" for k, v in careless.cookies.items())
    for address in ("/certificates/", "/accounts/login/"):
        assert careless.get(address, headers={"Cookie": header}).status_code < 500


@pytest.mark.parametrize("part", ["\0", "\ud800", "%ff", "\u202e"])
def test_paths(careless: Client, story: Story, part: str) -> None:
    for path in (f"/receipts/1/receipt.{part}", f"/receipts/keys/{part}.pem", f"/{part}", f"/delegated/{part}/x",
                 f"/pki/{part}", f"/accounts/password/reset/key/{part}-{part}/"):  # fmt: skip
        assert careless.get(quote(path, safe="/", errors="surrogatepass")).status_code < 500, path
    for header in ("User-Agent", "Referer", "Accept-Language", "X-Forwarded-For", "HX-Current-URL", "Origin"):
        assert careless.get("/certificates/", headers={header: f"a{part}b"}).status_code < 500, header
