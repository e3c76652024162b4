"""What the tests of the services need beside the common people."""

from collections.abc import Callable
from pathlib import Path

import pytest

from certportal.accounts.models import Customer
from revocation.authorities.local.creation import create_authority
from revocation.models import Actor, Certificate
from revocation.pki.facts import Level
from revocation.services.inventory import OrderFacts, issue_certificate
from tests.authorities.openssl_ca import make_csr
from tests.people import DAY, NOW, SYSTEM


@pytest.fixture
def sm2_certificate(alice: Actor, tmp_path: Path) -> Callable[[Level], Certificate]:
    """An SM2 certificate of DNSPod, of Alice's organisation."""

    def make(level: Level) -> Certificate:
        authority = create_authority("sm2", "SM2 CA", "sm2", at=NOW, not_before=NOW - 90 * DAY)
        order = OrderFacts(brand="dnspod", level=level)
        owner = Customer.objects.get(users=alice.user)
        csr = make_csr(tmp_path, "sm2", ["sm2.example.com"])
        return issue_certificate(
            csr, authority=authority, customer=owner, order=order, by=SYSTEM, at=NOW, not_before=NOW - DAY
        )

    return make
