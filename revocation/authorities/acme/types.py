"""What `account` has to know of the driver."""

from __future__ import annotations

from typing import Protocol


class AcmeAuthority(Protocol):
    """An ACME authority as the settings name it. `ca_bundle`: path of its server's root certificates, or None."""

    @property
    def slug(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def directory(self) -> str: ...

    @property
    def ca_bundle(self) -> str | None: ...
