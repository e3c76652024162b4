"""`python -m bench [NAME…] [--write]`: run benchmarks, print a table, keep the figures in build/bench.json."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench.benches import BENCHES
from bench.figures import report
from bench.figures.table import Figure, missing, ours, text
from bench.running import prepare, run


def wanted(names: Sequence[str]) -> list[str]:
    """Return the benchmarks to run. Raises `SystemExit` for one that does not exist."""
    if unknown := [name for name in names if name not in BENCHES]:
        print(f"There is no benchmark “{unknown[0]}”. Known: {', '.join(BENCHES)}.", file=sys.stderr)
        raise SystemExit(2)
    return [*names] or [name for name, bench in BENCHES.items() if not bench.by_name_only]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the portal beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHES)} (default: most)")
    parser.add_argument("--write", action="store_true", help="keep the table in docs/performance.md")
    options = parser.parse_args()
    names = wanted(options.names)
    prepare()
    figures: list[Figure] = []
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        for figure in run(name):
            print(f"  {figure.row.what}: {ours(figure)}", file=sys.stderr, flush=True)
            figures.append(figure)
        report.keep(figures)  # what was measured stays, even if the run is ended
    print(text(figures))
    print("", *missing(figures), sep="\n")
    if options.write:
        report.write(report.kept())


if __name__ == "__main__":
    main()
