"""What the account and the driver have to know of each other."""

from __future__ import annotations

from typing import Protocol


class AcmeAuthority(Protocol):
    """An ACME authority as the settings name it. `ca_bundle`: who signs its server's certificate, a path or None."""

    @property
    def slug(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def directory(self) -> str: ...

    @property
    def ca_bundle(self) -> str | None: ...
