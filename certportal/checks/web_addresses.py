"""certportal.E111 to E114: under which names, and how, the portal is reached (threats 39, 54)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.http.request import validate_host

from revocation.pki.names import is_public_suffix

HERE = ("127.0.0.1", "localhost", "::1")
HOST = re.compile(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.IGNORECASE)


@register(Tags.security, deploy=True)
def web_addresses(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [*_allowed_hosts(), *_portal_url(), *_proxy(), *_origins(), *_loopback()]


def _allowed_hosts() -> Iterator[CheckMessage]:
    hint = """Name each host that people type: ALLOWED_HOSTS='["portal.example.com"]'."""
    if not settings.ALLOWED_HOSTS:
        yield Error("ALLOWED_HOSTS is empty: no page would be answered.", hint=hint, id="certportal.E111")
    for host in settings.ALLOWED_HOSTS:
        if wrong := _wrong_host(host):
            yield Error(f"ALLOWED_HOSTS: “{host}” {wrong}.", hint=hint, id="certportal.E111")


def _wrong_host(host: str) -> str:
    if host == "*":
        return "allows every name, so that anybody's name can stand in links and caches"
    if not HOST.fullmatch(host):
        return "is not a host name: no scheme, port, path or wildcard belongs here"
    if host.startswith(".") and is_public_suffix(host[1:]):
        return "allows every name of a whole registry"
    return ""


def _portal_url() -> Iterator[CheckMessage]:
    parts = urlsplit(settings.PORTAL_URL)
    host = parts.hostname or ""
    if host and not validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS):
        hint = "Set PORTAL_URL to the address that people type, and name its host in ALLOWED_HOSTS."
        said = f"PORTAL_URL: {host} is not in ALLOWED_HOSTS, so every link in a mail would be refused."
        yield Error(said, hint=hint, id="certportal.E112")
    if parts.scheme == "http" and host not in HERE:
        hint = "Write PORTAL_URL as https://host: links to reset a password go out with it."
        yield Error("PORTAL_URL begins with http://.", hint=hint, id="certportal.E112")


def _proxy() -> Iterator[CheckMessage]:
    if not settings.SECURE_SSL_REDIRECT or "--certfile" in os.environ.get("GUNICORN_CMD_ARGS", ""):
        return
    if not settings.BEHIND_PROXY:
        hint = "Set BEHIND_PROXY=true, and let the proxy set X-Forwarded-Proto and X-Forwarded-For (README)."
        said = "BEHIND_PROXY is false with HTTPS=true: the web server speaks plain http and would redirect for ever."
        yield Error(said, hint=hint, id="certportal.E113")
    elif os.environ.get("BIND", "127.0.0.1") not in (*HERE, "[::1]"):
        hint = "Let only the proxy reach that address, or bind to 127.0.0.1."
        said = "BIND is an address that others may reach: past the proxy anybody can say who they are."
        yield checks.Warning(said, hint=hint, id="certportal.W108")


def _origins() -> Iterator[CheckMessage]:
    hint = """Name each origin: TRUSTED_ORIGINS='["https://portal.example.com"]', or leave it empty."""
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        parts = urlsplit(origin)
        host = parts.netloc.rpartition("@")[2]
        if parts.scheme != "https":
            said = f"TRUSTED_ORIGINS: “{origin}” is not an https:// address."
        elif host == "*" or (host.startswith("*") and is_public_suffix(host.lstrip("*."))):
            said = f"TRUSTED_ORIGINS: “{origin}” trusts every name of a whole registry."
        else:
            continue
        yield Error(said, hint=hint, id="certportal.E114")


def _loopback() -> Iterator[CheckMessage]:
    """What certificates and mails carry for years must be reachable by others."""
    for name, number in (("PKI_BASE_URL", "W101"), ("PORTAL_URL", "W102")):
        if urlsplit(getattr(settings, name)).hostname in HERE:
            hint = f"Set {name} to the address under which others reach this installation."
            yield checks.Warning(f"{name} points to this machine itself.", hint=hint, id=f"certportal.{number}")
