"""What pages weigh: they are sent compressed, and the two lists that people look at all day stay light.

Nothing else is compressed twice, or loses the ETag that caches compare.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import User
from reviews.styles import PARTS, SHEET, ListStyles
from revocation.authorities.local.models import LocalAuthority
from revocation.models import Actor
from tests.conftest import NOW, MakeCertificate
from tests.pages.test_lists import many
from tests.people import draft, submitted
from tests.support.weight import weigh

QUEUE = reverse("admin:revocation_revocationrequest_changelist")
LIST = "/certificates/"
KB = 1024


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def sit(client: Client) -> Any:
    def at(person: Actor) -> Client:
        assert isinstance(person.user, User)
        client.force_login(person.user)
        return client

    return at


def test_the_list_of_certificates_is_light(sit: Any, make_certificate: MakeCertificate, alice: Actor) -> None:
    many(make_certificate(), 60)
    weight = weigh(sit(alice), LIST)
    assert weight.page <= 10 * KB
    assert weight.transferred <= 50 * KB
    assert len(weight.blocking) <= 1


def test_the_review_queue_is_light(sit: Any, make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    for number in range(3):
        submitted(make_certificate(f"n{number}.aurora.example"), alice)
    weight = weigh(sit(rita), QUEUE)
    assert weight.transferred <= 50 * KB
    assert weight.requests <= 10
    assert len(weight.blocking) <= 5
    assert not any("jquery" in name for name in weight.files)


@pytest.mark.parametrize("model", ["certificate", "revocationorder", "event", "mail", "discrepancy", "blockedkey"])
def test_no_list_of_the_desk_loads_scripts_of_forms(sit: Any, root: Actor, model: str) -> None:
    weight = weigh(sit(root), reverse(f"admin:revocation_{model}_changelist"))
    assert len(weight.blocking) <= 3
    assert not any("jquery" in name for name in weight.files)
    assert weight.transferred <= 50 * KB


def test_a_list_whose_rows_can_be_selected_keeps_the_script_for_it(
    sit: Any, root: Actor, make_certificate: MakeCertificate
) -> None:
    make_certificate()
    files = list(weigh(sit(root), reverse("admin:revocation_certificate_changelist")).files)
    words, actions = reverse("admin:jsi18n"), "/static/admin/js/actions.js"
    assert files.index(words) < files.index(actions)  # deferred scripts run in this order


def test_the_sheet_of_the_lists_has_all_its_parts_and_follows_their_changes(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    finder = ListStyles()
    made = Path(finder.find(SHEET))
    content = made.read_text()
    places = [content.index(Path(finders.find(part)).read_text()) for part in PARTS]
    assert places == sorted(places)
    made.write_text("of another release")
    assert [(name, Path(storage.path(name)).read_text()) for name, storage in finder.list([])] == [(SHEET, content)]
    assert finder.find("admin/css/base.css") == list(finder.list(["*.css"])) == []


# -- compression -------------------------------------------------------------------------------------------------------


def test_a_page_is_compressed_for_browsers_that_take_it(sit: Any, alice: Actor) -> None:
    page = sit(alice)
    plain = page.get(LIST)
    packed = page.get(LIST, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content).partition(b"<main")[2] == plain.content.partition(b"<main")[2] != b""
    assert packed.headers["Content-Length"] == str(len(packed.content))
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert answer.headers["Cache-Control"] == "private, no-cache"


def test_the_length_of_a_page_tells_nothing(client: Client) -> None:
    """BREACH: who guesses a secret of a page measures its length. A random number of bytes hides it."""
    answers = [client.get("/accounts/login/", headers={"Accept-Encoding": "gzip"}).content for _ in range(12)]
    names = [answer[10:].partition(b"\0")[0] for answer in answers]
    assert {answer[3] for answer in answers} == {8}  # a file name follows (RFC 1952 2.3.1)
    assert len({len(name) for name in names}) > 3


@pytest.mark.parametrize("accepted", ["gzip;q=0", "br, gzip ; q=0.0, identity", "identity", ""])
def test_who_refuses_gzip_gets_none(client: Client, db: None, accepted: str) -> None:
    answer = client.get("/accounts/login/", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_only_pages_are_compressed(
    sit: Any, make_certificate: MakeCertificate, alice: Actor, authority: LocalAuthority
) -> None:
    """Certificates, letters and what authorities publish keep their bytes, their length and their ETag."""
    page, subject = sit(alice), make_certificate("f4.aurora.example", brand="digicert", level="ov")
    case = draft(subject, alice)
    crl = f"/pki/{authority.slug}/crl/0.der"
    addresses = [f"/pki/{authority.slug}/ca.pem", reverse("letter_template", args=[case.pk]), crl]
    addresses += [f"{reverse('download', args=[subject.pk])}?format={form}" for form in ("pem", "der")]
    for address in addresses:
        plain, asked = (page.get(address, headers=headers) for headers in ({}, {"Accept-Encoding": "gzip"}))
        assert asked.status_code == 200, address
        assert "Content-Encoding" not in asked.headers, address
        assert "Accept-Encoding" not in asked.headers.get("Vary", ""), address
        assert len(asked.content) == len(plain.content), address
    etag = page.get(crl).headers["ETag"]
    assert etag.startswith('"')
    assert page.get(crl, headers={"If-None-Match": etag, "Accept-Encoding": "gzip"}).status_code == 304


def test_a_static_file_is_compressed_once(settings: Any, tmp_path: Path) -> None:
    """WhiteNoise sends what was compressed when the files were collected."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    sheet = b"a { color: red }\n" * 100
    (settings.STATIC_ROOT / "sheet.css").write_bytes(sheet)
    (settings.STATIC_ROOT / "sheet.css.gz").write_bytes(gzip.compress(sheet))
    (settings.STATIC_ROOT / "page.html").write_bytes(sheet)
    (settings.STATIC_ROOT / "page.html.gz").write_bytes(gzip.compress(sheet))
    for name in ("sheet.css", "page.html"):
        answer = Client().get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.getvalue()) == sheet
