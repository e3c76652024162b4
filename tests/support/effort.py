"""How many rounds endless tests take: few in `make test`, many in `make test-long`."""

from __future__ import annotations

import os

LONG = os.environ.get("LONG") == "1"


def rounds(few: int, many: int) -> int:
    return many if LONG else few
