"""Taking in certificates of other CAs, beside django-ca's import and the library's bare reading."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Iterator
from functools import partial
from io import BytesIO

from bench.figures.rows import DJANGO_CA, PARSING
from bench.figures.table import Figure
from bench.leaves import Issuer, fields_read
from bench.measuring import ROUNDS, Unmeasured, in_turns, spent
from bench.peers.conversation import Peer
from bench.peers.scratch import authority
from bench.seeding import NOW, SYSTEM, customer
from revocation.pki.facts import Level
from revocation.pki.openssl import pem
from revocation.services.inventory.certificates import IssuanceFacts, import_file

NUMBER = int(os.environ.get("BENCH_IMPORTS", "400"))
"""Certificates of a round."""


def imports() -> Iterator[Figure]:
    """Import fresh certificates in each round, and at last a file again."""
    rounds = [Issuer().leaves(NUMBER, first=turn * NUMBER) for turn in range(ROUNDS + 1)]
    owner, _ = customer("imports")
    order = IssuanceFacts(level=Level.DV, uploaded=True)
    files = [b"".join(pem("CERTIFICATE", der) for der in ders) for ders in rounds]

    def take_in(file: bytes) -> float:
        def act() -> None:
            results = list(import_file(BytesIO(file), customer=owner, order=order, by=SYSTEM, at=NOW))
            if any(result.certificate is None for result in results) or len(results) != NUMBER:
                raise RuntimeError("Not every certificate was taken in.")

        return NUMBER / spent(act)

    ours, theirs = iter(files), iter(rounds)
    with tempfile.TemporaryDirectory() as folder, authority(folder) as peer:

        def by_peer(peer: Peer) -> float:
            ders = [base64.b64encode(der).decode() for der in next(theirs)]
            return NUMBER / float(peer.ask("take_in", ders=ders))

        found = in_turns(
            ours=lambda: take_in(next(ours)),
            peer=peer if isinstance(peer, Unmeasured) else partial(by_peer, peer),
            parsing=lambda: NUMBER / spent(lambda: fields_read(rounds[0])),
        )
    unit = "certificates/s"
    yield Figure("imports", found["ours"], unit, {DJANGO_CA: found["peer"]}, {PARSING: found["parsing"]})
    yield Figure("imports_again", take_in(files[0]), unit, limit={PARSING: found["parsing"]})
