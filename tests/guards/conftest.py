"""Requests before and after their decision, for the guards of orders."""

from __future__ import annotations

import pytest

from revocation.models import Actor, RevocationRequest
from revocation.services.review import decisions
from tests.conftest import MakeCertificate
from tests.people import LOOKED_AT, NOW, submitted


@pytest.fixture
def waiting(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    """Return a request in review: everything is there but the decision."""
    return submitted(make_certificate(), alice)


@pytest.fixture
def approved(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> RevocationRequest:
    case = submitted(make_certificate("approved.aurora.example"), alice)
    return decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
