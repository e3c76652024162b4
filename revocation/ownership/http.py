"""The check for the file that proves a name, which names the mistake if there is none (rules O1, O5, O6, O7).

The content must be the value alone. Only one line break at the end, LF or CRLF, is tolerated, since editors add it by
themselves. A byte-order mark, other white space and upper case are not.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from revocation.outbound.failure import FetchFailed
from revocation.outbound.fetch import Fetched, Fetcher, FetchPolicy
from revocation.ownership.challenge import Challenge, file_url
from revocation.ownership.foreign import foreign_certificate
from revocation.ownership.outcome import Outcome
from revocation.ownership.sight import Role, Sight
from revocation.pki.names import is_wildcard

SCHEMES = ("http", "https")
SECONDS = 10.0
"""For each scheme."""

MAX_BODY = 4096
MAX_REDIRECTS = 2

A_VALUE = re.compile(rb"[0-9a-f]{40}")
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
GZIP = b"\x1f\x8b"
STATUS_CODES = {404: "file_missing", 410: "file_missing", 401: "file_forbidden", 403: "file_forbidden"}


def file_policy(
    test_networks: tuple[IPv4Network | IPv6Network, ...] = (), test_ports: Mapping[int, int] | None = None
) -> FetchPolicy:
    """Return what a file check may do (O6). The two arguments are for development and tests only (O8)."""
    return FetchPolicy(
        seconds=SECONDS,
        max_redirects=MAX_REDIRECTS,
        same_registrable_domain=True,
        verify_tls=False,
        max_body=MAX_BODY,
        test_networks=test_networks,
        test_ports=test_ports or {},
    )


def check_file(name: str, challenge: Challenge, fetcher: Fetcher) -> Outcome:
    """Check whether the file that proves `name` holds the value, by http and then by https.

    If both fail, the result is the failure at which a web server answered, else the first one.
    """
    return told(attempts(name, challenge, fetcher))


def attempts(name: str, challenge: Challenge, fetcher: Fetcher) -> list[Outcome]:
    """Try http and then https, until one proves the name. A wildcard has no file, so it fails at once."""
    if is_wildcard(name):
        return [Outcome(False, "wildcard_needs_dns", challenge.value, name, (), {"name": name})]
    made: list[Outcome] = []
    for scheme in SCHEMES:
        made.append(_checked(name, file_url(name, challenge.file_name, scheme), challenge, fetcher))
        if made[-1].proven:
            break
    return made


def told(made: list[Outcome]) -> Outcome:
    """Return the proof, or else the failure that says most."""
    if made[-1].proven:
        return made[-1]
    return next((outcome for outcome in made if "status" in outcome.params), made[0])


def sight(role: Role, where: str, outcome: Outcome) -> Sight:
    """Return what an outcome shows of one perspective or address."""
    address = outcome.params.get("address")
    shown = f"{where} ({address})" if address else where
    status = str(outcome.params.get("status", outcome.code))
    return Sight(role, shown, status, outcome.found[1:], proves=outcome.proven)


def _checked(name: str, url: str, challenge: Challenge, fetcher: Fetcher) -> Outcome:
    try:
        fetched = fetcher.get(url)
    except FetchFailed as failed:
        found = tuple(f"{hop.url} ({hop.address}): {hop.status}" for hop in failed.hops)
        return Outcome(False, failed.code, challenge.value, url, found, {"name": name} | failed.params)
    code = _code(fetched, challenge)
    params: dict[str, Any] = {
        "name": name,
        "status": fetched.status,
        "address": fetched.address,
        "limit": MAX_BODY,
    }
    if code != "proven" and fetched.certificate:
        params |= foreign_certificate(name, fetched.certificate)
    return Outcome(code == "proven", code, challenge.value, fetched.url, _found(fetched), params)


def _found(fetched: Fetched) -> tuple[str, ...]:
    return (str(fetched.status), fetched.body.decode("utf-8", "backslashreplace"))


def _code(fetched: Fetched, challenge: Challenge) -> str:
    if fetched.status != 200:
        server_error = "file_server_error" if fetched.status >= 500 else "file_status"
        return STATUS_CODES.get(fetched.status, server_error)
    if not fetched.truncated and _is_value(fetched.body, challenge.value):
        return "proven"
    return next((code for code, fits in MISTAKES if fits(fetched, challenge)), "file_differs")


def _is_value(body: bytes, value: str) -> bool:
    content = body.removesuffix(b"\n").removesuffix(b"\r") if body.endswith(b"\r\n") else body.removesuffix(b"\n")
    return hmac.compare_digest(content, value.encode("ascii"))


def _text(fetched: Fetched) -> bytes:
    return fetched.body.strip()


def _is_other_value(text: bytes, value: str) -> bool:
    return A_VALUE.fullmatch(text) is not None and text != value.encode()


def _is_compressed(fetched: Fetched) -> bool:
    """Whether the file is compressed, even if no header says so: some servers keep compressed files without one."""
    return fetched.headers.get("content-encoding", "identity") != "identity" or fetched.body.startswith(GZIP)


def _is_page(fetched: Fetched) -> bool:
    start = fetched.body.lstrip()[:200].lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")) or b"<html" in start


MISTAKES: tuple[tuple[str, Callable[[Fetched, Challenge], bool]], ...] = (
    ("file_empty", lambda fetched, _: not fetched.body),
    ("file_compressed", lambda fetched, _: _is_compressed(fetched)),
    ("file_byte_order_mark", lambda fetched, _: fetched.body.startswith(BYTE_ORDER_MARKS) or b"\0" in fetched.body),
    ("file_other_case", lambda fetched, c: fetched.body.strip().lower() == c.value.encode() != fetched.body.strip()),
    ("file_of_other_request", lambda fetched, c: _is_other_value(_text(fetched), c.value)),
    ("file_has_spaces", lambda fetched, c: fetched.body.strip() == c.value.encode()),
    ("file_is_page", lambda fetched, _: _is_page(fetched)),
    ("file_echoes_address", lambda fetched, c: c.file_name.encode() in fetched.body),
    ("file_too_large", lambda fetched, _: fetched.truncated),
    ("file_has_more", lambda fetched, c: c.value.encode() in fetched.body),
    ("file_is_page", lambda fetched, _: fetched.body.lstrip().startswith(b"<")),
)
"""Tests for the known mistakes, the most telling first."""
