"""What certificates name is answered before Django's handler, and by Django's handler in the same words."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from certportal import published as portal
from certportal.database import schema
from certportal.wsgi import application
from revocation.authorities.local.models import LocalAuthority, OcspSigner, StoredAnswer
from revocation.authorities.local.ocsp import respond
from revocation.authorities.local.ocsp.request import MAX_REQUEST_BYTES
from revocation.authorities.local.revoke import revoke_certificate
from revocation.pki.status import ocsp_request
from tests.authorities.conftest import Embedded
from tests.authorities.test_ocsp import NOW

Make = Callable[[str], Embedded]
MALFORMED = b"0\x03\x0a\x01\x01"


class Answer(NamedTuple):
    status: str
    headers: dict[str, str]
    body: bytes


def called(method: str, path: str, body: bytes = b"", /, **environ: Any) -> Answer:
    """Call the application as a server does."""
    asked = RequestFactory().generic(method, "/", body, content_type="application/ocsp-request").environ
    said: list[Any] = []
    whole = b"".join(application({**asked, "PATH_INFO": path, **environ}, lambda *head: said.extend(head)))
    status, headers = said
    assert len(dict(headers)) == len(headers)
    return Answer(status, dict(headers), whole)


def through_django(method: str, path: str, body: bytes = b"") -> Answer:
    """Ask Django's handler, as the other tests do."""
    answer = Client().generic(method, quote(path), body, content_type="application/ocsp-request")
    return Answer(f"{answer.status_code} {answer.reason_phrase}", dict(answer.items()), answer.content)


@pytest.fixture(autouse=True)
def looked_after(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note when connections are looked after. It is not done where one holds the transaction of the test."""
    noted: list[str] = []
    if "transactional_db" not in request.fixturenames:
        monkeypatch.setattr(portal, "close_old_connections", lambda: noted.append("looked after"))
    return noted


@pytest.fixture
def case(embedded: Make) -> Embedded:
    made = embedded("ecdsa")
    made.work()
    return made


@pytest.fixture
def pki(case: Embedded) -> str:
    return f"/pki/{case.authority.slug}"


def question(case: Embedded, nonce: bytes | None = None) -> bytes:
    return ocsp_request(case.leaf_der, bytes(case.authority.certificate_der), nonce)


def in_address(request: bytes) -> str:
    return base64.b64encode(request).decode()


def test_both_ways_answer_the_same(case: Embedded, pki: str) -> None:
    called("POST", f"{pki}/ocsp", question(case))
    asked = [
        *(("GET", f"{pki}/{last}") for last in ("crl.der", "crl.pem", "crl/0.der", "ca.crt", "ca.pem")),
        *(("GET", f"{pki}/ocsp/{encoded}") for encoded in (in_address(question(case)), "%%%", "ü", "=")),
        *(("GET", f"/pki/{wrong}") for wrong in ("", "nobody/ca.crt", f"nobody/ocsp/{in_address(question(case))}")),
        *(
            ("GET", f"{pki}/{wrong}")
            for wrong in ("crl/99.der", f"crl/{'9' * 30}.der", "crl/².der", "ca.crt/", "ocsp/")
        ),
        *((method, f"{pki}/{last}") for method in ("POST", "OPTIONS", "PUT") for last in ("ca.pem", "ocsp/abc")),
        *((method, f"{pki}/ocsp") for method in ("GET", "HEAD", "DELETE")),
        ("POST", f"{pki}/ocsp"),
    ]
    for method, path in asked:
        body = question(case) if path.endswith("/ocsp") else b""
        short = called(method, path, body)
        assert short == through_django(method, path, body), (method, path)
        assert short.status < "5"


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/pki/nobody/ca.crt", "404 Not Found", None),
        ("POST", "/pki/nobody/ocsp", "404 Not Found", None),
        ("GET", "/pki/a b/ca.crt", "404 Not Found", None),
        ("GET", "/pki/nobody/ocsp", "405 Method Not Allowed", "POST"),
        ("POST", "/pki/nobody/crl.der", "405 Method Not Allowed", "GET, HEAD"),
    ],
)
def test_what_is_not_there_is_said_at_once_and_kept_by_no_cache(
    db: None, method: str, path: str, status: str, allowed: str | None
) -> None:
    answer = called(method, path, a_question() if path.endswith("ocsp") else b"")
    assert (answer.status, answer.headers.get("Allow")) == (status, allowed)
    assert answer.headers["Cache-Control"] == "no-store"


def a_question() -> bytes:
    """Return a question about a certificate of another authority."""
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(bytes(20), bytes(20), 5, hashes.SHA1())  # noqa: S303
    return builder.build().public_bytes(Encoding.DER)


def test_no_host_session_or_language_counts_and_no_cookie_is_set(
    pki: str, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    asked: dict[str, Any] = {
        "HTTP_HOST": "evil.example",
        "HTTP_COOKIE": "sessionid=abc",
        "HTTP_ACCEPT_LANGUAGE": "zh-hans",
    }
    with django_assert_num_queries(1):
        answer = called("GET", f"{pki}/ca.crt", **asked)
    assert answer.status == "200 OK"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not {"Vary", "Set-Cookie", "Content-Language"} & set(answer.headers)
    assert "evil" not in str(answer)


@pytest.mark.database
def test_each_answer_takes_one_query(
    case: Embedded, pki: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for nonce in (None, b"n" * 16):
        called("POST", f"{pki}/ocsp", question(case, nonce))
    asked: list[tuple[str, str, bytes]] = [
        *(("GET", f"{pki}/{last}", b"") for last in ("crl.der", "crl/0.der", "ca.crt", "ca.pem")),
        ("GET", f"{pki}/ocsp/{in_address(question(case))}", b""),
        ("POST", f"{pki}/ocsp", question(case)),
        ("POST", f"{pki}/ocsp", question(case, b"m" * 32)),
    ]
    for each in asked:
        with django_assert_num_queries(1):
            assert called(*each).status == "200 OK"


def test_a_head_has_the_length_and_no_body(case: Embedded, pki: str) -> None:
    for last in ("crl.der", "ca.pem", f"ocsp/{in_address(question(case))}"):
        head, whole = called("HEAD", f"{pki}/{last}"), called("GET", f"{pki}/{last}")
        assert head == (whole.status, whole.headers, b"")
        assert int(head.headers["Content-Length"]) == len(whole.body) > 0


def test_who_has_a_copy_is_sent_no_other_and_nothing_large_is_read_for_it(
    case: Embedded, pki: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for last in ("crl.der", "crl/0.der", "ca.crt", f"ocsp/{in_address(question(case))}"):
        whole = called("GET", f"{pki}/{last}")
        with django_assert_num_queries(1) as queries:
            again = called("GET", f"{pki}/{last}", HTTP_IF_NONE_MATCH=f'"other", {whole.headers["ETag"]}')
        assert (again.status, again.body) == ("304 Not Modified", b"")
        assert not re.search(r'"(crl_)?der"', queries[0]["sql"])
        assert again.headers["Cache-Control"] == whole.headers["Cache-Control"]
        assert "Content-Length" not in again.headers
        assert called("GET", f"{pki}/{last}", HTTP_IF_NONE_MATCH='"other"').status == "200 OK"
        assert called("GET", f"{pki}/{last}", HTTP_IF_MATCH='"other"').status == "412 Precondition Failed"


def test_M5_a_revocation_is_seen_by_who_asks_whether_an_answer_changed(case: Embedded, pki: str) -> None:
    path = f"{pki}/ocsp/{in_address(question(case))}"
    before = called("GET", path)
    revoke_certificate(case.authority, case.leaf.serial_number, 1, at=NOW)
    after = called("GET", path, HTTP_IF_NONE_MATCH=before.headers["ETag"])
    assert after.status == "200 OK"
    assert ocsp.load_der_ocsp_response(after.body).certificate_status.name == "REVOKED"


def test_a_length_that_lies_is_a_malformed_request(case: Embedded, pki: str) -> None:
    """No more is read than a request may have, whatever is announced."""

    class Input(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert 0 <= size <= MAX_REQUEST_BYTES + 1
            return super().read(size)

    for length in ("", "-5", "many", "1e3", str(MAX_REQUEST_BYTES + 1), "9" * 5000):
        sent = Input(question(case) + bytes(MAX_REQUEST_BYTES))
        answer = called("POST", f"{pki}/ocsp", b"", **{"CONTENT_LENGTH": length, "wsgi.input": sent})
        assert (answer.status, answer.body) == ("200 OK", MALFORMED), length


def test_a_client_that_leaves_in_the_middle_is_no_error(pki: str, caplog: pytest.LogCaptureFixture) -> None:
    class Gone:
        def read(self, size: int) -> bytes:
            raise ConnectionResetError

    assert called("POST", f"{pki}/ocsp", b"", **{"CONTENT_LENGTH": "100", "wsgi.input": Gone()}).body == MALFORMED
    assert not caplog.records


def test_a_key_that_was_appointed_meanwhile_signs_the_next_answer(case: Embedded, pki: str) -> None:
    """Keys are kept in memory by what they are, so no process signs with one that another has replaced."""
    signers = []
    for _ in range(2):
        said = ocsp.load_der_ocsp_response(called("POST", f"{pki}/ocsp", question(case, b"n" * 16)).body)
        signers.append(said.certificates[0])
        OcspSigner.objects.all().delete()
    assert signers[0] != signers[1]


def test_another_authority_at_the_same_address_answers_for_itself(case: Embedded, embedded: Make, pki: str) -> None:
    other = embedded("rsa")
    LocalAuthority.objects.filter(pk=case.authority.pk).update(slug="former")
    LocalAuthority.objects.filter(pk=other.authority.pk).update(slug=case.authority.slug)
    assert called("GET", f"{pki}/ca.crt").body == bytes(other.authority.certificate_der)
    for nonce in (None, b"n" * 16):
        assert called("POST", f"{pki}/ocsp", question(case, nonce)).body == b"0\x03\x0a\x01\x06"  # unauthorized


def test_ocsp_an_answer_about_to_end_is_signed_anew(case: Embedded, pki: str) -> None:
    first = called("POST", f"{pki}/ocsp", question(case)).body
    StoredAnswer.objects.update(next_update=NOW)
    assert called("POST", f"{pki}/ocsp", question(case)).body != first


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    def fail(error: Exception) -> None:
        def raising(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(respond, "respond", raising)

    return fail


def outage() -> OperationalError:
    error, cause = OperationalError("it failed"), OSError("gone")
    cause.sqlite_errorname = "SQLITE_BUSY"  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


def test_threat_31_an_outage_is_a_503_to_try_again_and_connections_are_looked_after(
    case: Embedded, pki: str, failing: Callable[[Exception], None], looked_after: list[str]
) -> None:
    looked_after.clear()
    failing(outage())
    answer = called("POST", f"{pki}/ocsp", question(case))
    assert (answer.status, answer.headers["Retry-After"]) == ("503 Service Unavailable", "10")
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"does not respond at the moment" in answer.body
    assert looked_after == ["looked after"] * 2


def test_threat_35_a_fault_on_an_older_database_is_a_503(
    case: Embedded, pki: str, failing: Callable[[Exception], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(ValueError("no such column"))
    monkeypatch.setattr(schema, "why_not_ready", lambda: "It lacks migrations.")
    answer = called("POST", f"{pki}/ocsp", question(case))
    assert (answer.status, answer.headers["Retry-After"]) == ("503 Service Unavailable", "30")


def test_what_is_our_own_fault_is_a_500_with_its_traceback_in_the_log_alone(
    case: Embedded, pki: str, failing: Callable[[Exception], None], caplog: pytest.LogCaptureFixture
) -> None:
    failing(ValueError("of the inside"))
    answer = called("POST", f"{pki}/ocsp", question(case))
    assert (answer.status, answer.headers["Cache-Control"]) == ("500 Internal Server Error", "no-store")
    assert b"inside" not in answer.body
    (record,) = caplog.records
    assert record.exc_info
    assert f"{pki}/ocsp" in record.getMessage()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_threat_31_a_connection_that_broke_is_made_anew(transactional_db: None, embedded: Make) -> None:
    """What one request leaves behind, the next one does not meet."""
    path = f"/pki/{embedded('ecdsa').authority.slug}/ca.crt"
    connection.set_autocommit(False)  # somebody left a transaction open
    assert called("GET", path).status == "200 OK"
    assert connection.get_autocommit()
