"""Parser of web addresses, as strict as a probe needs it (RFC 3986, rule O6, threat 15)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

from revocation.outbound.failure import FetchFailed

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_LENGTH = 2048

WRITTEN = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
"""The characters that an address may have (RFC 3986 section 2): no space, line break, backslash or foreign dot."""

LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
HOST = re.compile(rf"(?=.{{1,253}}\Z)(?:{LABEL}\.)*(?!\d+\Z){LABEL}")
"""A DNS name. Its last label is not a number: some programs read `127.1` and `2130706433` as IPv4 addresses."""


@dataclass(frozen=True)
class WebAddress:
    """A parsed address. `host` is a lower-case DNS name without final dot, or an IP address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the Host header (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def literal(self) -> IPv4Address | IPv6Address | None:
        """The IP address, if `host` is one and not a name."""
        return _literal(self.host)


def web_address(url: str, ports: Collection[int]) -> WebAddress:
    """Parse `url`. Raises FetchFailed for an address that a probe does not visit."""
    if len(url) > MAX_LENGTH or not WRITTEN.fullmatch(url):
        raise FetchFailed("url_malformed", url=url)
    split = _split(url)
    if split.scheme not in DEFAULT_PORTS:
        raise FetchFailed("scheme_not_allowed", url=url)
    if "@" in split.netloc:
        raise FetchFailed("userinfo_not_allowed", url=url)
    port = _port(split, url)
    if port not in ports:
        raise FetchFailed("port_not_allowed", url=url, port=port)
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return WebAddress(split.scheme, _host(split, url), port, path)


def redirected(current: WebAddress, location: str, ports: Collection[int]) -> WebAddress:
    """Return where `location`, absolute or relative (RFC 9110 section 10.2.2), leads from `current`.

    Raises FetchFailed.
    """
    if not WRITTEN.fullmatch(location):  # before urljoin, which drops line breaks silently
        raise FetchFailed("redirect_malformed", url=current.url)
    try:
        joined = urljoin(current.url, location)
    except ValueError:
        raise FetchFailed("redirect_malformed", url=current.url) from None
    return web_address(joined, ports)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise FetchFailed("url_malformed", url=url) from None


def _port(split: SplitResult, url: str) -> int:
    try:
        port = split.port
    except ValueError:
        raise FetchFailed("url_malformed", url=url) from None
    return DEFAULT_PORTS[split.scheme] if port is None else port


def _host(split: SplitResult, url: str) -> str:
    host = (split.hostname or "").removesuffix(".")
    if "%" not in host and (_literal(host) is not None or HOST.fullmatch(host)):
        return host
    raise FetchFailed("url_malformed", url=url)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
