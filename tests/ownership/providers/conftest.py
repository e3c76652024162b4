from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.knot import Knot

CUT = "sub NS ns.elsewhere.example.\n_dnsauth.alias CNAME other.example.\n_dnsauth.held TXT held"


@pytest.fixture(scope="module")
def knot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knot]:
    zones = {"a.example": CUT, "deep.a.example": ""}
    with Knot(tmp_path_factory.mktemp("knot"), zones) as server:
        yield server
