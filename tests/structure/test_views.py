"""Views decide nothing: they ask the model and the services what a request needs and where it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VIEWS = sorted(path for folder in ("revocation/web/views", "reviews/views") for path in (ROOT / folder).glob("*.py"))


def decisions_in(source: str) -> Iterator[str]:
    """Yield where code reads what a route demands, compares a state, or picks by a state."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "needs":
            yield f"line {node.lineno}: reads .needs"
        if isinstance(node, ast.Compare) and any(_is_state(part) for part in (node.left, *node.comparators)):
            yield f"line {node.lineno}: compares .state"
        if isinstance(node, ast.Subscript) and _is_state(node.slice):
            yield f"line {node.lineno}: picks by .state"


def _is_state(part: ast.expr) -> bool:
    return isinstance(part, ast.Attribute) and part.attr == "state"


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_views_decide_nothing(path: Path) -> None:
    assert list(decisions_in(path.read_text())) == []


def test_the_check_above_sees_a_decision() -> None:
    assert len(list(decisions_in("if case.state == DRAFT and case.needs.letter:\n    act = ACTS[case.state]"))) == 3
