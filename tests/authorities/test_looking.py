"""A look at what is published has an end, and no address that hangs hides another kind of answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from revocation.authorities import looking
from revocation.authorities.interface import Confirmed, RevocationInstruction, TryAgain
from revocation.authorities.looking import Unreachable
from revocation.authorities.outside import POLICY
from revocation.models import Certificate
from revocation.pki.facts import read_certificate
from revocation.services.core.chains import issuer_of
from tests.conftest import NOW, MakeCertificate
from tests.publication import fetch_own
from tests.support.world import revoke_elsewhere

pytestmark = pytest.mark.django_db


@pytest.fixture
def instruction(make_certificate: MakeCertificate) -> RevocationInstruction:
    """For a certificate that is revoked, and published as that."""
    certificate: Certificate = make_certificate()
    revoke_elsewhere(certificate)
    der = bytes(certificate.bytes.der)
    return RevocationInstruction(der, issuer_of(der), int(certificate.serial_number, 16), 1, "order-1")


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let the clock of a look go on by so many seconds."""
    now = [0.0]
    monkeypatch.setattr("revocation.authorities.looking.time.monotonic", lambda: now[0])
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


def test_M5_a_responder_that_hangs_does_not_hide_the_crl(
    instruction: RevocationInstruction, passes: Callable[[float], None]
) -> None:
    def fetch(url: str) -> bytes:
        if "/ocsp" in url:
            passes(looking.SECONDS + POLICY.seconds)
            raise Unreachable(f"{url}: nobody answers.")
        return fetch_own(url)

    assert isinstance(looking.look(instruction, fetch, at=timezone.now()), Confirmed)


def test_of_many_dead_addresses_the_first_of_each_kind_is_always_asked_and_the_look_ends(
    instruction: RevocationInstruction, passes: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = read_certificate(instruction.certificate_der)._replace(
        ocsp_urls=tuple(f"http://o{number}.example/" for number in range(9)),
        crl_urls=tuple(f"http://c{number}.example/" for number in range(9)),
    )
    monkeypatch.setattr(looking, "read_certificate", lambda der: facts)
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url[7:9])
        passes(POLICY.seconds)
        raise Unreachable(f"{url}: nobody answers.")

    with pytest.raises(TryAgain):
        looking.look(instruction, fetch, at=NOW)
    assert asked == ["o0", "o1", "c0"]
