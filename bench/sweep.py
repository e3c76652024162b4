"""The sweep of ownership checks against a real name server (knot on loopback), beside a bare loop and dnsperf."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import dns.asyncquery
import dns.message
from django.conf import settings

from bench.figures.rows import DNSPERF, DNSPYTHON
from bench.figures.table import Figure
from bench.measuring import Round, Unmeasured, in_turns, spent
from certportal.accounts.models import Customer, User
from revocation.models import Actor, Brand, Certificate, NameProof, RevocationRequest
from revocation.services.ownership.probes import DIAGNOSED
from revocation.services.ownership.sweep import sweep
from tests.servers.signed_zones import zone_text
from tests.servers.zone_server import ZoneServer

INSTALL = "apt-get install --no-install-recommends dnsperf"
NAMES = 1000
ROUNDS = 3
CUSTOMERS = 20
ZONE = "bench.example"
IN_FLIGHT = 200
NOW = datetime.now(UTC)
WORKER = Actor.system("bench")


def sweeps() -> Iterator[Figure]:
    """Measure checks of names that are not proven: the first ones with a diagnosis, the later ones without news."""
    with ZoneServer({ZONE: zone_text(ZONE, "")}) as server:
        settings.DNS_RESOLVERS = [f"{server.address}:{server.port}"]
        settings.OUTBOUND_TEST_NETWORKS, settings.OUTBOUND_TEST_PORTS = ["127.0.0.0/8"], {53: server.port}
        settings.DNSSEC_TRUST_ANCHORS = []
        by_dnsperf = _dnsperf(server)
        _pending(NAMES)
        for name, attempts in (("dns_first", 0), ("dns_routine", DIAGNOSED)):
            found = in_turns(
                rounds=ROUNDS,
                ours=partial(_checks, attempts),
                dnsperf=by_dnsperf,
                alone=lambda: NAMES / spent(lambda: asyncio.run(_ask(server))),
            )
            yield Figure(name, found["ours"], "checks/s", {DNSPERF: found["dnsperf"]}, {DNSPYTHON: found["alone"]})


def _checks(attempts: int) -> float:
    """Return the checks a second of all names, as if each had been looked at so often."""
    NameProof.objects.update(attempts=attempts, next_check_at=NOW, checked_at=None)
    before = NameProof.objects.filter(next_check_at__gt=NOW).count()
    taken = spent(lambda: sweep(by=WORKER, now=lambda: NOW))
    if NameProof.objects.filter(next_check_at__gt=NOW).count() - before != NAMES:
        raise RuntimeError("Not every name was checked.")
    return NAMES / taken


def _pending(number: int) -> None:
    """Add this many requests of one name each, shared by CUSTOMERS."""
    user, _ = User.objects.get_or_create(email="sweep@bench.example")
    brand = Brand.objects.get(slug="other")
    owners = [Customer.objects.get_or_create(slug=f"sweep{n}", defaults={"name": "x"})[0] for n in range(CUSTOMERS)]
    certificates = Certificate.objects.bulk_create(
        Certificate(
            customer=owners[n % CUSTOMERS],
            brand=brand,
            common_name=f"n{n}.{ZONE}",
            names=[f"n{n}.{ZONE}"],
            serial_number=f"{n:X}",
            fingerprint=f"5EE9{n:060X}",
            not_before=NOW - timedelta(days=1),
            not_after=NOW + timedelta(days=300),
            standard="international",
            level="dv",
            level_source="order",
        )
        for n in range(number)
    )
    requests = RevocationRequest.objects.bulk_create(
        RevocationRequest(
            certificate=certificate,
            state="awaiting_ownership",
            route="F3",
            reason=0,
            filed_by=user,
            submitted_by=user,
            submitted_at=NOW,
            ownership_deadline=NOW + timedelta(hours=72),
            challenge_value=f"{certificate.pk:040x}",
            challenge_file=f"{certificate.pk:032x}.txt",
        )
        for certificate in certificates
    )
    NameProof.objects.bulk_create(
        NameProof(request=request, name=request.certificate.common_name, method="dns", next_check_at=NOW)
        for request in requests
    )


async def _ask(server: ZoneServer) -> None:
    """Look all names up with dnspython alone, with as many in flight as the sweep has."""

    async def look(n: int, places: asyncio.Semaphore) -> None:
        query = dns.message.make_query(f"_dnsauth.n{n}.{ZONE}", "TXT")
        async with places:
            await dns.asyncquery.udp(query, server.address, timeout=5, port=server.port)

    places = asyncio.Semaphore(IN_FLIGHT)
    await asyncio.gather(*(look(n, places) for n in range(NAMES)))


def _dnsperf(server: ZoneServer) -> Round | Unmeasured:
    """Return what asks the server by a program in C, which uses next to no time itself: by the clock."""
    program = shutil.which("dnsperf")
    if not program:
        return Unmeasured(f"dnsperf is not installed: {INSTALL}")

    def ask() -> float:
        with tempfile.TemporaryDirectory() as folder:
            questions = Path(folder) / "questions"
            questions.write_text("".join(f"_dnsauth.n{n}.{ZONE} TXT\n" for n in range(10_000)))
            command = [program, "-s", server.address, "-p", str(server.port), "-d", str(questions), "-l", "2"]
            command += ["-q", str(IN_FLIGHT), "-O", "suppress=timeouts"]
            told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        found = re.search(r"Queries per second:\s+([\d.]+)", told)
        if found is None:
            raise Unmeasured("dnsperf tells no figure")
        return float(found[1])

    return ask
