"""No module needs another that needs it: what import-linter's layers do not see within one room."""

from __future__ import annotations

from graphlib import TopologicalSorter

import grimp


def test_no_imports_go_round_in_a_circle() -> None:
    """Raises `CycleError`, which names them. What only a type checker reads does not count."""
    packages = ("certportal", "revocation", "reviews", "demo")
    graph = grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)
    TopologicalSorter({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}).prepare()
