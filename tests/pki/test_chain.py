"""Chains of issuers: a look-alike, which has only the name of an issuer, is nobody's issuer."""

from pathlib import Path

import pytest

from revocation.pki.chain import order_chain
from revocation.pki.facts import read_certificate
from tests.authorities.openssl_ca import OpensslCa

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("algorithm", ["ecdsa", "rsa", "sm2"])
def test_M5_a_look_alike_of_the_issuer_is_passed_over(algorithm: str, tmp_path: Path) -> None:
    for name in ("real", "fake"):
        (tmp_path / name).mkdir()
    real, fake = OpensslCa(tmp_path / "real", algorithm), OpensslCa(tmp_path / "fake", algorithm)
    leaf = read_certificate(real.issue())
    issuer, look_alike = read_certificate(real.der), read_certificate(fake.der)
    assert issuer.subject_der == look_alike.subject_der
    assert order_chain(leaf, [look_alike, issuer]) == (issuer,)
    assert order_chain(leaf, [look_alike]) == ()
