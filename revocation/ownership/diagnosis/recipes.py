"""What the customer pastes to delegate a domain (O1): zone file lines and the configuration of common web servers."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from revocation.marking import gettext_noop
from revocation.ownership.challenge import FILE_FOLDER
from revocation.pki.names import registrable_domain


@dataclass(frozen=True)
class Recipe:
    """Lines to paste. `where`: the program that they are for, in English. `text`: whole lines, ready to paste."""

    where: str
    text: str


def zone_file(name: str, target: str) -> tuple[Recipe, ...]:
    """Return the CNAME at `name` with whole names, and without the domain, as panels ask for it."""
    domain = registrable_domain(name) or ""
    short = name.removesuffix(f".{domain}")
    return (
        Recipe("BIND, Knot, NSD", f"{name}. 3600 IN CNAME {target}."),
        Recipe(gettext_noop("DNS panel"), f"{short}    CNAME    {target}"),
    )


def web_server(address: str) -> tuple[Recipe, ...]:
    """Return configurations that pass FILE_FOLDER on to `address`, which ends in a slash.

    The name that the visitor asked for is not passed on. The address alone identifies the delegation.
    """
    parts = urlsplit(address)
    tls = parts.scheme == "https"
    return (
        Recipe("nginx", _nginx(address, parts.netloc, tls)),
        Recipe("Apache", _apache(address, tls)),
        Recipe("Caddy", _caddy(f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/"))),
    )


def _nginx(address: str, host: str, tls: bool) -> str:
    lines = [f"location {FILE_FOLDER} {{", f"    proxy_pass {address};", f"    proxy_set_header Host {host};"]
    lines += ["    proxy_ssl_server_name on;"] if tls else []
    return "\n".join([*lines, "}"])


def _apache(address: str, tls: bool) -> str:
    modules = "# a2enmod proxy proxy_http" + (" ssl" if tls else "")
    lines = [modules, "SSLProxyEngine On"] if tls else [modules]
    return "\n".join([*lines, "ProxyPreserveHost Off", f'ProxyPass "{FILE_FOLDER}" "{address}"'])


def _caddy(origin: str, path: str) -> str:
    return "\n".join(
        [
            f"handle_path {FILE_FOLDER}* {{",
            f"    rewrite * {path}{{uri}}",
            f"    reverse_proxy {origin} {{",
            "        header_up Host {upstream_hostport}",
            "    }",
            "}",
        ]
    )
