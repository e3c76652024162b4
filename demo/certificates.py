"""The demo's certificates: every row of the table of routes, every refusal, issued for real."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from certportal.accounts.models import Customer
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.models import LocalAuthority
from revocation.models import Actor, Certificate
from revocation.pki.facts import Level
from revocation.services.inventory.certificates import IssuanceFacts, import_bundle, issue_certificate

DV, OV, EV = Level.DV, Level.OV, Level.EV
IDENTITY = ("-sigopt", "distid:1234567812345678")
"""The signer's identity that SM2 signatures of signing requests carry (GM/T 0009)."""

OLDEST = datetime(2018, 1, 1, tzinfo=UTC)
AUTHORITIES = {"local": "ecdsa", "local-rsa": "rsa", "local-sm2": "sm2"}
MAKER = Actor.system("demo data")


@dataclass(frozen=True)
class Wanted:
    """One certificate. `key`: how the demo's requests name it. `age` in days, negative `left` means expired."""

    key: str
    names: tuple[str, ...]
    brand: str
    level: Level = DV
    sm2: bool = False
    customer: str = "aurora"
    age: int = 20
    left: int = 200
    not_before: datetime | None = None
    method: str = "dns"
    years: int = 1
    renew: bool = False
    reissue_of: str = ""

    @property
    def authority(self) -> str:
        return "local-sm2" if self.sm2 else "local-rsa" if self.brand == "digicert" else "local"


A = "aurora.example"
X = "xinghe.example"
WANTED: tuple[Wanted, ...] = (
    # one for each row of the table of routes, to try
    Wanted("f1-wotrus", (f"f1.{A}",), "wotrus", OV),
    Wanted("f1-dv", (f"wotrus.{A}", f"www.wotrus.{A}"), "wotrus", DV),
    Wanted("f1-sm2", (f"sm2-dv.{A}",), "dnspod", DV, sm2=True),
    Wanted("f2-ov", (f"f2.{A}", f"www.f2.{A}"), "dnspod", OV, sm2=True),
    Wanted("f2-ev", (f"sm2-ev.{A}",), "dnspod", EV, sm2=True),
    Wanted("f3", (f"f3.{A}",), "geotrust", DV),
    Wanted("f3-many", (A, f"www.{A}", f"*.shop.{A}"), "letsencrypt", DV),
    Wanted("f3-cname", (f"cname.{A}",), "cfca", DV),
    Wanted("f3-file", (f"file.{A}",), "securesite", DV, method="file"),
    Wanted("f3-auto", (f"auto.{A}",), "geotrust", DV, method="dns_auto"),
    Wanted("f3-dns-proxy", (f"delegated.{A}", f"*.delegated.{A}"), "geotrust", DV, method="dns_proxy"),
    Wanted("f3-file-proxy", (f"proxied.{A}",), "geotrust", DV, method="file_proxy"),
    Wanted("f4", (f"f4.{A}",), "digicert", OV),
    Wanted("f4-ev", (f"ev.{A}",), "globalsign", EV),
    Wanted("f4-waived", (f"waived.{A}",), "securesite", OV, method="dns_proxy"),
    Wanted("o3-exempt", (f"*.exempt.{A}",), "trustasia", DV, method="dns_proxy", years=2),
    Wanted("idn", ("xn--fiq228c.xinghe.example",), "trustasia", DV, customer="xinghe"),
    # refusals
    Wanted("expired", (f"expired.{A}",), "geotrust", age=400, left=-10),
    Wanted("n1", (f"renewing.{A}",), "digicert", OV, age=300, left=20, renew=True),
    Wanted("n3", (f"old.{A}",), "geotrust", not_before=datetime(2019, 6, 1, tzinfo=UTC), left=100),
    Wanted("original", (f"chain.{A}",), "digicert", OV, age=90),
    Wanted("reissue", (f"chain.{A}",), "digicert", OV, age=60, reissue_of="original"),
    Wanted("reissue-2", (f"chain.{A}",), "digicert", OV, age=30, reissue_of="reissue"),
    Wanted("deployed", (f"deployed.{A}",), "geotrust"),
    # subjects of the demo's requests
    Wanted("draft", (f"draft.{A}",), "digicert", OV),
    Wanted("discarded", (f"discarded.{A}",), "digicert", OV),
    Wanted("review", (f"review.{X}",), "digicert", OV, customer="xinghe"),
    Wanted("overdue", (f"overdue.{X}",), "wotrus", DV, customer="xinghe"),
    Wanted("taken", (f"taken.{X}",), "wotrus", OV, customer="xinghe"),
    Wanted("compromised", (f"stolen.{A}",), "wotrus", OV),
    Wanted("two-approvals", (f"two.{X}",), "globalsign", EV, customer="xinghe"),
    Wanted("handed-back", (f"back.{X}",), "globalsign", EV, customer="xinghe"),
    Wanted("rejected", (f"rejected.{X}",), "wotrus", DV, customer="xinghe"),
    Wanted("awaiting", (f"awaiting.{A}",), "geotrust"),
    Wanted("failed", (f"failed.{X}",), "geotrust", customer="xinghe"),
    Wanted("revoked", (f"revoked.{A}",), "wotrus", DV),
    Wanted("revoked-sm2", (f"revoked-sm2.{X}",), "wotrus", DV, sm2=True, customer="xinghe"),
    Wanted("assisted", (f"lost.{X}",), "geotrust", customer="xinghe", not_before=datetime(2020, 2, 1, tzinfo=UTC)),
)


def make_authorities(at: datetime) -> None:
    for slug, algorithm in AUTHORITIES.items():
        if not LocalAuthority.objects.filter(slug=slug).exists():
            name = f"certportal demo CA {algorithm.upper()}"
            create_authority(slug, name, algorithm, at=at, not_before=OLDEST, days=7300)


def make_certificates(at: datetime) -> dict[str, Certificate]:
    """Make all certificates and return them by key."""
    made: dict[str, Certificate] = {}
    for wanted in WANTED:
        made[wanted.key] = issue(wanted, made, at)
    for key, name, uploaded in (("by-hand", f"byhand.{A}", False), ("uploaded", f"thirdparty.{A}", True)):
        made[key] = _import_from_outside(name, uploaded, at)
    return made


def issue(wanted: Wanted, made: dict[str, Certificate], at: datetime) -> Certificate:
    """Issue one certificate. `made`: those that it may be a reissue of, by key."""
    start = wanted.not_before or at - timedelta(days=wanted.age)
    parent = made.get(wanted.reissue_of)
    order = IssuanceFacts(
        brand=wanted.brand,
        level=wanted.level,
        term_years=wanted.years,
        validation_method=wanted.method,
        to_be_renewed=wanted.renew,
        reissued_from=parent.fingerprint if parent else "",
    )
    return issue_certificate(
        sm2_csr(wanted.names[0]) if wanted.sm2 else csr(wanted.names[0]),
        authority=LocalAuthority.objects.get(slug=wanted.authority),
        customer=Customer.objects.get(slug=wanted.customer),
        order=order,
        by=MAKER,
        at=at,
        days=(at + timedelta(days=wanted.left) - start).days,
        names=wanted.names,
        not_before=start,
    )


def csr(name: str) -> bytes:
    """A signing request with a fresh key, which is thrown away."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM)


def sm2_csr(name: str) -> bytes:
    """A signing request with a fresh SM2 key, made by the openssl program."""
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key.pem"
        run(["openssl", "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", key], check=True, capture_output=True)
        made = run(
            ["openssl", "req", "-new", "-key", str(key), "-sm3", "-subj", f"/CN={name}", *IDENTITY],
            check=True,
            capture_output=True,
        )
        return made.stdout


def _import_from_outside(name: str, uploaded: bool, at: datetime) -> Certificate:
    """Import a certificate of a CA that is not ours from a file: to be revoked by hand, or (`uploaded`) only kept."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Outside CA")])
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .issuer_name(ca_name)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=30))
        .not_valid_after(at + timedelta(days=300))
    )
    leaf = (
        builder.subject_name(subject)
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    ca = (
        builder.subject_name(ca_name)
        .public_key(ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    data = b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (leaf, ca))
    order = IssuanceFacts(brand="wotrus" if not uploaded else "other", level=DV, uploaded=uploaded)
    customer = Customer.objects.get(slug="aurora")
    results = import_bundle(data, customer=customer, order=order, by=MAKER, at=at)
    return next(result.certificate for result in results if result.certificate)
