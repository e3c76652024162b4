"""F2, F4, F7: ordinary letters come through the upload form, read by the real child."""

from __future__ import annotations

import pytest
from django.test import Client

from revocation.models import Actor, HeldLetter, RevocationRequest
from revocation.pki.facts import Level
from tests.conftest import MakeCertificate
from tests.letters import ordinary
from tests.pages.conftest import scan
from tests.people import draft
from tests.support.effort import rounds

pytestmark = pytest.mark.slow

EVERY = rounds(20, 7)
"""One file in so many is read, since each costs a child. `tests/letters/test_ordinary.py` reads all of them."""
ACCEPTED = {"F2": (".jpg", ".gif", ".pdf"), "F4": (".jpg", ".png", ".pdf")}


@pytest.fixture(scope="module")
def chosen() -> list[tuple[str, bytes]]:
    return [(name, data) for number, (name, data) in enumerate(ordinary.files()) if number % EVERY == 0]


@pytest.fixture
def case(request: pytest.FixtureRequest, make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    """A request on the route that is asked for."""
    certificate = make_certificate(brand={"F2": "dnspod", "F4": "digicert"}[request.param], level=Level.OV)
    if request.param == "F2":
        type(certificate).objects.filter(pk=certificate.pk).update(standard="sm2")
    return draft(type(certificate).objects.get(pk=certificate.pk), alice)


@pytest.mark.parametrize(("case", "route"), [("F2", "F2"), ("F4", "F4")], indirect=["case"])
def test_F7_ordinary_letters_are_taken(
    page: Client, case: RevocationRequest, route: str, chosen: list[tuple[str, bytes]]
) -> None:
    address = f"/requests/{case.pk}/letter/"
    files = [(name, data) for name, data in chosen if name.endswith(ACCEPTED[route])]
    assert len(files) > 6
    for name, data in files:
        answer = page.post(address, {"letter": scan(data, name)})
        assert answer.status_code == 302, (name, answer.content.decode())
        if HeldLetter.objects.exists():
            page.post(f"{address}drop/")
