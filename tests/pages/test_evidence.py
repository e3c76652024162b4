"""A1 in the pages: the situations, the evidence, and the way from the proof."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from revocation import policy
from revocation.models import Actor, Evidence, RevocationRequest
from tests.conftest import MakeCertificate
from tests.people import draft, fresh, picture, submitted


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return draft(make_certificate(brand="geotrust"), alice, assisted=True)


def upload(page: Client, case: RevocationRequest, data: bytes, name: str = "notice.png") -> Any:
    return page.post(f"/requests/{case.pk}/evidence/", {"evidence": SimpleUploadedFile(name, data)}, follow=True)


def test_A1_every_situation_says_what_is_needed(page: Client, make_certificate: MakeCertificate) -> None:
    text = page.get(f"/certificates/{make_certificate(brand='geotrust').pk}/assisted/").content.decode()
    for situation in policy.SITUATIONS:
        assert f'value="{situation.slug}"' in text
    assert text.count("Evidence needed") == len(policy.SITUATIONS)


def test_A1_evidence_is_added_seen_and_taken_back(page: Client, case: RevocationRequest) -> None:
    assert "Add at least one evidence file" in page.get(f"/requests/{case.pk}/").content.decode()
    assert "notice.png" in upload(page, case, picture("PNG")).content.decode()
    found = Evidence.objects.get()
    shown = page.get(f"/requests/{case.pk}/evidence/{found.pk}/pages/1/")
    assert (shown.status_code, shown.headers["X-Content-Type-Options"]) == (200, "nosniff")
    original = page.get(f"/requests/{case.pk}/evidence/{found.pk}/file/")
    assert original.headers["Content-Disposition"].startswith("attachment")
    page.post(f"/requests/{case.pk}/evidence/{found.pk}/remove/")
    assert not Evidence.objects.exists()


def test_A1_a_refused_file_is_explained_and_nothing_else_is_lost(page: Client, case: RevocationRequest) -> None:
    answer = upload(page, case, b"not a picture" * 200, "notice.pdf")
    assert answer.status_code == 422
    assert "JPG" in answer.content.decode()
    assert page.post(f"/requests/{case.pk}/evidence/").status_code == 422


def test_A1_a_script_is_told_where_to_go_on_and_may_show_what_was_chosen(page: Client, case: RevocationRequest) -> None:
    address = f"/requests/{case.pk}/evidence/"
    shown = page.get(address)
    assert "frame-src blob:" in shown["Content-Security-Policy"]
    assert all(
        part in shown.content.decode() for part in ("letter-preview.js", "letter.js", 'data-max-bytes="1468006"')
    )
    file = SimpleUploadedFile("notice.png", picture("PNG"))
    answer = page.post(address, {"evidence": file}, headers={"X-Requested-With": "XMLHttpRequest"})
    assert (answer.status_code, answer["Location"]) == (201, address)


def test_threat_34_evidence_counts_as_an_upload(page: Client, case: RevocationRequest, settings: Any) -> None:
    settings.QUOTAS = {**settings.QUOTAS, "uploads": 1}
    assert upload(page, case, picture("PNG")).status_code == 200
    assert upload(page, case, picture("GIF"), "more.gif").status_code == 429


def test_A1_submitted_it_is_final(page: Client, case: RevocationRequest) -> None:
    upload(page, case, picture("PNG"))
    page.post(f"/requests/{case.pk}/submit/")
    assert fresh(case).state == "in_review"
    assert page.post(f"/requests/{case.pk}/evidence/").status_code == 409
    text = page.get(f"/requests/{case.pk}/evidence/").content.decode()
    assert "notice.png" in text
    assert 'type="file"' not in text


def test_A1_from_the_proofs_page_to_the_evidence(page: Client, make_certificate: MakeCertificate, alice: Actor) -> None:
    case = submitted(make_certificate(brand="geotrust"), alice)
    address = f"/requests/{case.pk}/assistance/"
    assert address in page.get(f"/requests/{case.pk}/ownership/").content.decode()
    assert "continues as an assisted request" in page.get(address).content.decode()
    typed = {"situation": "lapsed", "why_not": "Deleted.", "reason": "5", "reason_text": "Closed."}
    assert page.post(address, typed)["Location"] == f"/requests/{case.pk}/evidence/"
    assert fresh(case).route == "A1"
    assert "Add the evidence for your case" in page.get(f"/requests/{case.pk}/").content.decode()
    assert page.post(address, typed).status_code == 409
