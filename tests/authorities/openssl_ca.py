"""A certificate authority run with the openssl program alone: it shares no code with the portal."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

STANDARD_ID = "distid:1234567812345678"
KEYS = {
    "ecdsa": ["ecparam", "-name", "prime256v1", "-genkey", "-noout"],
    "rsa": ["genrsa"],
    "p384": ["ecparam", "-name", "secp384r1", "-genkey", "-noout"],
    "sm2": ["ecparam", "-name", "SM2", "-genkey", "-noout"],
}
CONFIGURATION = """
[ca]
default_ca = authority
[authority]
database = index.txt
crlnumber = crlnumber
default_md = {digest}
crl_extensions = crl_extensions
[crl_extensions]
authorityKeyIdentifier = keyid
"""


def openssl(folder: Path, *arguments: str) -> str:
    """Run openssl and return its output. Raises AssertionError with the output when it fails."""
    status, said = openssl_says(folder, *arguments)
    assert status == 0, said
    return said


def openssl_says(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run openssl; return its exit status and output."""
    ended = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False, timeout=30)
    return ended.returncode, (ended.stdout + ended.stderr).decode("utf-8", "replace")


def make_key(folder: Path, algorithm: str, name: str) -> None:
    openssl(folder, *KEYS[algorithm], "-out", name)


def make_csr(folder: Path, algorithm: str, names: list[str], key: str = "csr.key") -> bytes:
    """Make a signing request with openssl; return its PEM."""
    make_key(folder, algorithm, key)
    alternative = "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)
    signing = ["-sm3", "-sigopt", STANDARD_ID] if algorithm == "sm2" else ["-sha256"]
    openssl(
        folder, "req", "-new", "-key", key, *signing, "-subj", f"/CN={names[0]}", "-addext", alternative,
        "-out", "request.pem",
    )  # fmt: skip
    return (folder / "request.pem").read_bytes()


class OpensslCa:
    """An authority run with openssl. Keys, index and CRL lie in `folder`."""

    def __init__(self, folder: Path, algorithm: str) -> None:
        self.folder = folder
        self.algorithm = algorithm
        self.digest = "sm3" if algorithm == "sm2" else "sha256"
        self.identity = ["-sigopt", STANDARD_ID] if algorithm == "sm2" else []
        (folder / "ca.cnf").write_text(CONFIGURATION.format(digest=self.digest))
        (folder / "index.txt").write_text("")
        (folder / "crlnumber").write_text("0A\n")
        make_key(folder, algorithm, "ca.key")
        self.run(
            "req", "-x509", "-new", "-key", "ca.key", *self.identity, f"-{self.digest}", "-subj",
            "/CN=Openssl CA", "-days", "30", "-addext", "keyUsage=keyCertSign,cRLSign", "-out", "ca.pem",
        )  # fmt: skip
        self.der = self.as_der("ca.pem")

    def run(self, *arguments: str) -> str:
        return openssl(self.folder, *arguments)

    def as_der(self, name: str) -> bytes:
        self.run("x509", "-in", name, "-outform", "DER", "-out", "as.der")
        return (self.folder / "as.der").read_bytes()

    def issue(self, *, extensions: tuple[str, ...] = (), out: str = "leaf") -> bytes:
        """Issue a leaf certificate and return its DER. It is also left as `out`.pem, with its key `out`.key."""
        make_key(self.folder, self.algorithm, f"{out}.key")
        added = [part for extension in extensions for part in ("-addext", extension)]
        self.run(
            "req", "-x509", "-new", "-CA", "ca.pem", "-CAkey", "ca.key", "-key", f"{out}.key", *self.identity,
            f"-{self.digest}", "-subj", "/CN=leaf.test", "-days", "20", *added, "-out", f"{out}.pem",
        )  # fmt: skip
        self.list(self.as_der(f"{out}.pem"))
        return self.as_der(f"{out}.pem")

    def list(self, der: bytes, revoked_at: datetime | None = None, reason: str = "") -> None:
        """Write the certificate's line of openssl's index: valid, or revoked at a time and for a reason."""
        certificate = x509.load_der_x509_certificate(der)
        serial = f"{certificate.serial_number:X}"
        serial = serial.zfill(len(serial) + len(serial) % 2)
        when = "" if revoked_at is None else f"{revoked_at:%y%m%d%H%M%SZ}" + (f",{reason}" if reason else "")
        fields = ("R" if when else "V", f"{certificate.not_valid_after_utc:%y%m%d%H%M%SZ}", when, serial)
        index = self.folder / "index.txt"
        others = [line for line in index.read_text().splitlines() if f"\t{serial}\t" not in line]
        index.write_text("\n".join([*others, "\t".join((*fields, "unknown", f"/CN={serial}")), ""]))

    def crl(self, *options: str, standard_id: bool = True) -> bytes:
        """Make a fresh CRL of the index; return its PEM."""
        identity = self.identity if standard_id else []
        self.run(
            "ca", "-config", "ca.cnf", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.pem", *identity,
            *(options or ("-crldays", "2")), "-out", "crl.pem",
        )  # fmt: skip
        return (self.folder / "crl.pem").read_bytes()

    def ocsp(self, request: bytes, *options: str, signer: str = "ca") -> bytes:
        """Answer a request by the index; return the response's DER."""
        (self.folder / "request.der").write_bytes(request)
        keys = ("-CA", "ca.pem", "-rsigner", f"{signer}.pem", "-rkey", f"{signer}.key")
        self.run(
            "ocsp", "-index", "index.txt", *keys, "-reqin", "request.der", "-respout", "response.der",
            *(options or ("-ndays", "2")),
        )  # fmt: skip
        return (self.folder / "response.der").read_bytes()


def publish(ca: OpensslCa, folder: Path) -> None:
    (folder / "ca.crl").write_bytes(ca.crl())


def an_hour_ago() -> datetime:
    return (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0)
