"""How much is done of what could go on for ever: `make test` does a little of it each time, `make test-long` much."""

from __future__ import annotations

import os

LONG = os.environ.get("LONG") == "1"


def rounds(few: int, many: int) -> int:
    return many if LONG else few
