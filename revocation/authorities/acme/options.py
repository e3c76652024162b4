"""What an entry of AUTHORITIES with driver `acme` may say. It needs no library, so that it can report a missing one."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from revocation.authorities.interface import NEAREST_REASONS, Authority

OPTIONS = frozenset({"directory", "ca_bundle", "reasons"})
PLAYS = ("staging", "pebble", "sandbox", "-stg", "test.")
"""Parts of the address of an authority whose certificates nobody trusts."""


def make(slug: str, name: str, options: Mapping[str, Any]) -> Authority:
    """Make the driver. Raises ImportError without the extra, which `problems` reports at the start."""
    from revocation.authorities.acme.driver import from_options

    return from_options(slug, name, options)


def problems(options: Mapping[str, Any]) -> list[str]:
    return list(_problems(options))


def _problems(options: Mapping[str, Any]) -> Iterator[str]:
    if find_spec("acme") is None:
        yield "the driver acme needs the extra: pip install 'certportal[acme]'."
    address = urlsplit(str(options.get("directory", "")))
    if address.scheme != "https" or not address.hostname:
        yield "directory is not an https address, like https://acme-v02.api.letsencrypt.org/directory."
    bundle = options.get("ca_bundle")
    if bundle is not None and not isinstance(bundle, str):
        yield "ca_bundle is not the path of a PEM file with the root certificate of its web server."
    reasons = options.get("reasons", [0])
    if not isinstance(reasons, list) or 0 not in reasons or not set(reasons) <= set(NEAREST_REASONS):
        yield f"reasons is not a list of reason codes with 0 in it, of {sorted(NEAREST_REASONS)}."


def files(options: Mapping[str, Any]) -> list[str]:
    """List a missing `ca_bundle`: without it no call reaches the authority. Such a call fails, and is made again."""
    bundle = options.get("ca_bundle")
    if bundle is None or Path(bundle).is_file():
        return []
    return [f"ca_bundle: there is no file “{bundle}”. Name a PEM file with the root certificate of its web server."]


def unfit(options: Mapping[str, Any]) -> list[str]:
    """List what is only for tests: the test address of an authority, or one on this machine or in its network."""
    address = urlsplit(options["directory"])
    host = address.hostname or ""
    if _is_here(host):
        return [f"the directory {options['directory']} is on this machine or in its network."]
    if any(mark in f"{host}{address.path}".lower() for mark in PLAYS):
        return [f"the directory {options['directory']} is one for tests: nobody trusts its certificates."]
    return []


def _is_here(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".test", ".example", ".internal"))
