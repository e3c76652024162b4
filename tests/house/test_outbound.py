"""One place for every outgoing connection (O8): nothing else opens sockets or brings a client of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("certportal", "demo", "reviews", "revocation")
GUARD = "revocation/outbound/"

CLIENTS = (
    *("socket", "socketserver", "ssl", "http.client", "urllib.request", "ftplib", "telnetlib", "smtplib", "poplib"),
    *("requests", "httpx", "aiohttp", "urllib3", "acme", "boto3", "psycopg", "paramiko"),
    *("dns.query", "dns.asyncquery", "dns.resolver", "dns.asyncresolver"),
)
CALLS = ("open_connection", "create_connection", "create_datagram_endpoint", "sock_connect", "urlopen")

ALLOWED = {
    "demo/world.py": "plays the customer's side on loopback, and is no part of the portal",
    "revocation/authorities/http.py": "the interface of an authority that the operator configures",
    "revocation/letters/clamd.py": "the virus scanner that the operator configures",
    "revocation/letters/reading/confinement.py": "takes the child's network away",
    "revocation/letters/reading/fork_server.py": "talks to its web worker, through sockets without an address",
    "revocation/letters/sandbox/forked.py": "talks to its fork server, through the same pair",
    "revocation/services/notifications/mail.py": "names SMTP's errors; Django connects to the operator's mail server",
}
ALLOWED_FOLDERS = {
    "certportal/postgresql/": "the database that the operator configures, with bounds on every wait",
    "revocation/authorities/acme/": "the ACME directory that the operator configures",
}


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def opened(source: str) -> set[str]:
    """Clients that the module imports, and calls that open connections."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if _is_client(alias.name)}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found |= {name for name in names if _is_client(name)}
        elif isinstance(node, ast.Attribute) and node.attr in CALLS:
            found.add(node.attr)
    return found


def _is_client(name: str) -> bool:
    return any(name == client or name.startswith(f"{client}.") for client in CLIENTS)


def test_O8_only_the_guard_opens_connections() -> None:
    astray = {}
    for path in modules():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith((GUARD, *ALLOWED_FOLDERS)) or name in ALLOWED:
            continue
        if found := opened(path.read_text()):
            astray[name] = found
    assert astray == {}, "use revocation.outbound, or add the module to ALLOWED with the reason"


@pytest.mark.parametrize(
    "source",
    [
        "import socket",
        "from urllib.request import urlopen",
        "from urllib import request",
        "import dns.query as q",
        "from dns import resolver",
        "async def f(): await asyncio.open_connection('x', 1)",
    ],
)
def test_O8_the_search_finds_what_it_looks_for(source: str) -> None:
    assert opened(source)
