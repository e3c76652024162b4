"""The sweep of ownership checks against a real name server (knot on loopback), beside a bare loop and dnsperf.

A second is one of processor time: the server and other programs disturb the wall clock. dnsperf's own figure, and the
ratio to it, are by the wall clock.
"""

from __future__ import annotations

import asyncio
import re
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import dns.asyncquery
import dns.message
from django.conf import settings

from certportal.accounts.models import Customer, User
from revocation import triggers
from revocation.models import Actor, Brand, Certificate, NameProof, RevocationRequest
from revocation.services.ownership.probes import DIAGNOSED
from revocation.services.ownership.sweep import sweep
from tests.servers.signed_zones import zone_text
from tests.servers.zone_server import ZoneServer

Figure = tuple[str, float, str]
SIZES = (100, 1_000, 10_000)
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
        bare = _bare(server, 3_000)
        yield "bare_dnspython_loop", bare, "look-ups/s"
        perf = _dnsperf(server)
        if perf:
            yield "dnsperf", perf, "look-ups/s"
        for size in SIZES:
            _pending(size)
            before = _peak_memory()
            first = size / _timed_sweep().processor
            yield f"first_checks_of_{size}", first, "checks/s"
            yield f"first_to_bare_loop_of_{size}", first / bare, "times"
            NameProof.objects.update(attempts=DIAGNOSED, next_check_at=NOW)
            spent = _timed_sweep()
            routine = size / spent.processor
            yield f"routine_checks_of_{size}", routine, "checks/s"
            yield f"routine_to_bare_loop_of_{size}", routine / bare, "times"
            if perf:
                yield f"routine_to_dnsperf_of_{size}", size / spent.wall / perf, "times"
            yield f"memory_grown_by_sweeps_of_{size}", _peak_memory() - before, "MiB"
            _forget()


def _peak_memory() -> float:
    """Return the peak memory of this process in MiB, including the rows that this benchmark makes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Spent(NamedTuple):
    """Seconds of processor time, of all threads, and by the clock on the wall."""

    processor: float
    wall: float


def _timed_sweep() -> Spent:
    start = Spent(time.process_time(), time.perf_counter())
    sweep(by=WORKER, now=lambda: NOW)
    return Spent(time.process_time() - start.processor, time.perf_counter() - start.wall)


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


def _forget() -> None:
    """Delete the requests. A portal never does: submitted ones are guarded against deletion."""
    triggers.remove()
    NameProof.objects.all().delete()
    RevocationRequest.objects.all().delete()
    triggers.ensure()
    Certificate.objects.filter(fingerprint__startswith="5EE9").delete()


def _bare(server: ZoneServer, number: int) -> float:
    """Return the look-ups a second of dnspython alone, with as many in flight as the sweep has."""

    async def look(n: int, places: asyncio.Semaphore) -> None:
        query = dns.message.make_query(f"_dnsauth.n{n}.{ZONE}", "TXT")
        async with places:
            await dns.asyncquery.udp(query, server.address, timeout=5, port=server.port)

    async def run() -> None:
        places = asyncio.Semaphore(IN_FLIGHT)
        await asyncio.gather(*(look(n, places) for n in range(number)))

    start = time.process_time()
    asyncio.run(run())
    return number / (time.process_time() - start)


def _dnsperf(server: ZoneServer) -> float:
    """Return the look-ups a second of the server itself, asked by a program in C; 0 without that program."""
    program = shutil.which("dnsperf")
    if not program:
        return 0.0
    with tempfile.TemporaryDirectory() as folder:
        questions = Path(folder) / "questions"
        questions.write_text("".join(f"_dnsauth.n{n}.{ZONE} TXT\n" for n in range(10_000)))
        command = [program, "-s", server.address, "-p", str(server.port), "-d", str(questions), "-l", "3"]
        command += ["-q", str(IN_FLIGHT), "-O", "suppress=timeouts"]
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(r"Queries per second:\s+([\d.]+)", told)
    return float(found[1]) if found else 0.0
