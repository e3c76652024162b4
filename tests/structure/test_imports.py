"""No circular imports, not even within one package, where import-linter's layers do not look."""

from __future__ import annotations

from graphlib import TopologicalSorter

import grimp


def test_no_imports_go_round_in_a_circle() -> None:
    """A cycle raises `CycleError`, which names it. Imports that only a type checker reads count too."""
    packages = ("certportal", "revocation", "reviews", "demo")
    graph = grimp.build_graph(*packages, cache_dir=None)
    TopologicalSorter({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}).prepare()
