"""OCSP answers and the probe through the whole WSGI application, beside a bare Django, django-ca and openssl."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder

from bench.figures.rows import DJANGO_CA, HELLO, OPENSSL_OCSP, SIGNATURE
from bench.figures.table import Figure
from bench.leaves import Issuer
from bench.measuring import Round, Unmeasured, in_turns, spent
from bench.peers import openssl, scratch
from bench.peers.conversation import Peer
from bench.peers.wsgi import ask
from bench.seeding import authority, customer, issued
from revocation.authorities.local.issue import address
from revocation.services.authority import embedded_publication

CERTIFICATES = 50
NUMBER = int(os.environ.get("BENCH_REQUESTS", "250"))
"""Requests of a round."""

HEADERS = {"CONTENT_TYPE": "application/ocsp-request", "HTTP_HOST": "localhost"}
PER_SECOND, MS = "answers/s", "ms"


def ocsp() -> Iterator[Figure]:
    """Measure answers from stock and with a nonce, and the probe."""
    from certportal.wsgi import application

    owner, _ = customer("ocsp")
    mine = [issued(owner, f"o{n}.example") for n in range(CERTIFICATES)]
    issuer = authority()
    leaves = [x509.load_der_x509_certificate(bytes(one.bytes.der)) for one in mine]
    ca = x509.load_der_x509_certificate(bytes(issuer.certificate_der))
    path = "/" + address(issuer, "ocsp").split("/", 3)[3]
    plain, fresh = ([_request(leaf, ca, nonce=nonce) for leaf in leaves] for nonce in (False, True))
    _sign_stock(issuer.pk)

    def ours(requests: Sequence[bytes]) -> Round:
        def act() -> None:
            for request in requests:
                if len(ask(application, path, request, headers=HEADERS).body) < 100:
                    raise RuntimeError("This is no answer.")

        return lambda: len(requests) / spent(act)

    with ExitStack() as stack:
        bare = stack.enter_context(Peer("bench.peers.bare_django", BENCH_DATABASE=":memory:"))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        good = [(leaf.serial_number, leaf.not_valid_after_utc) for leaf in leaves]
        by_openssl = stack.enter_context(openssl.responder(folder, issuer, good))
        by_django_ca = _django_ca(stack)

        def hello() -> float:
            return NUMBER / float(bare.ask("times", address="/hello", number=NUMBER))

        stock = in_turns(
            ours=ours(_many(plain)),
            django_ca=by_django_ca(stock=True),
            openssl=lambda: by_openssl(_many(plain)),
            hello=hello,
        )
        peers = {DJANGO_CA: stock["django_ca"], OPENSSL_OCSP: stock["openssl"]}
        yield Figure("ocsp_stock", stock["ours"], PER_SECOND, peers, {HELLO: stock["hello"]})
        key = ec.generate_private_key(ec.SECP256R1())
        nonce = in_turns(
            ours=ours(_many(fresh)),
            django_ca=by_django_ca(stock=False),
            openssl=lambda: by_openssl(_many(fresh)),
            hello=hello,
            signature=lambda: (
                NUMBER / spent(lambda: [key.sign(bytes(256), ec.ECDSA(hashes.SHA256())) for _ in range(NUMBER)])
            ),
        )
        peers = {DJANGO_CA: nonce["django_ca"], OPENSSL_OCSP: nonce["openssl"]}
        limit = {HELLO: nonce["hello"], SIGNATURE: nonce["signature"]}
        yield Figure("ocsp_nonce", nonce["ours"], PER_SECOND, peers, limit)

        def probe() -> float:
            return spent(lambda: [ask(application, "/healthz", headers=HEADERS) for _ in range(100)]) * 10

        alive = in_turns(ours=probe, hello=lambda: 1000 / hello())
        yield Figure("healthz", alive["ours"], MS, limit={HELLO: alive["hello"]})


def _many(requests: Sequence[bytes]) -> list[bytes]:
    return list(islice(cycle(requests), NUMBER))


def _sign_stock(authority_id: int) -> None:
    """Let the worker sign what it keeps in stock."""
    for _ in range(CERTIFICATES):
        if authority_id not in embedded_publication.due_answers(at=datetime.now(UTC)):
            return
        embedded_publication.renew_answers(authority_id, at=datetime.now(UTC))
    raise RuntimeError("The stock of answers is never complete.")


def _request(leaf: x509.Certificate, issuer: x509.Certificate, *, nonce: bool) -> bytes:
    builder = OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1())  # noqa: S303 - as clients do
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(os.urandom(16)), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def _django_ca(stack: ExitStack) -> Callable[..., Round | Unmeasured]:
    """Return what makes a round of questions to a django-ca. `stock`: whether it keeps signed answers."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    ders = Issuer().leaves(CERTIFICATES)
    peer = stack.enter_context(scratch.authority(folder, *ders))

    def asking(*, stock: bool) -> Round | Unmeasured:
        if isinstance(peer, Unmeasured):
            return peer
        try:
            one = _with_stock(stack, folder) if stock else peer
            ca = x509.load_der_x509_certificate(base64.b64decode(peer.ask("certificate")))
        except Unmeasured as problem:
            return problem
        leaves = map(x509.load_der_x509_certificate, ders)
        requests = [base64.b64encode(_request(leaf, ca, nonce=not stock)).decode() for leaf in leaves]
        return lambda: NUMBER / float(one.ask("ocsp", requests=requests, number=NUMBER))

    return asking


def _with_stock(stack: ExitStack, folder: str) -> Peer:
    """Return a second process of the same django-ca, which has signed its answers beforehand."""
    environment = {"BENCH_FOLDER": folder, "BENCH_STOCK": "yes"}
    one = stack.enter_context(Peer("bench.peers.django_ca", python=scratch.django_ca(), **environment))
    one.ask("stock")
    return one
