"""`python -m tests.closing_line FOLDER BEGAN`: one line for all runs of `make test`, from their JUnit reports."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

KINDS = ("failures", "errors", "skipped")


def counted(reports: Iterable[Path]) -> Counter[str]:
    """Count all tests (`tests`), and those of each kind in `KINDS`. A report that is not XML counts as one error."""
    found: Counter[str] = Counter()
    for report in reports:
        try:
            suites = list(ElementTree.parse(report).iter("testsuite"))  # noqa: S314 - pytest wrote it a moment ago
        except ElementTree.ParseError:
            found["tests"] += 1
            found["errors"] += 1
            continue
        for suite in suites:
            found.update({kind: int(suite.get(kind, "0")) for kind in ("tests", *KINDS)})
    return found


def line(found: Counter[str], seconds: float) -> str:
    passed = found["tests"] - sum(found[kind] for kind in KINDS)
    failed = found["failures"] + found["errors"]
    return f"{passed} passed, {failed} failed, {found['skipped']} skipped in {seconds / 60:.1f} minutes"


if __name__ == "__main__":
    folder, began = Path(sys.argv[1]), float(sys.argv[2])
    print(line(counted(sorted(folder.glob("*.xml"))), time.time() - began))
