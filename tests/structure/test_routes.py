"""A route is one record: whoever adds one writes in `revocation/policy/routes.py` and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from revocation.models import RevocationRequest
from revocation.models.request.states import route_names
from revocation.policy import Route
from revocation.policy.routes import ANY_BRAND, BY_CERTIFICATE

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "revocation/policy/routes.py"
MODULES = [
    path
    for folder in ("certportal", "revocation", "reviews")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts and path != RECORD
]


def routes_in(node: ast.AST) -> set[str]:
    """Return the routes that one display names: keys of a dictionary, or elements of a list, a tuple or a set."""
    if isinstance(node, ast.Dict):
        parts: list[ast.expr | None] = node.keys
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        parts = list(node.elts)
    else:
        return set()
    named = (part.value if isinstance(part, ast.Attribute) and part.attr == "value" else part for part in parts)
    return {part.attr for part in named if isinstance(part, ast.Attribute) and part.attr in Route.__members__}


def lists_of_routes() -> Iterator[str]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if len(routes_in(node)) > 1:
                yield f"{path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]


def codes_as_strings() -> Iterator[str]:
    """Yield comparisons with a route's code, and arguments that give one. (Other strings may be rules' names.)"""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            given = isinstance(node, ast.keyword) and (node.arg or "").startswith("route")
            if not given and not isinstance(node, ast.Compare):
                continue
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and part.value in set(Route):
                    yield f"{path.relative_to(ROOT)}:{part.lineno}"


def test_no_second_table_lists_routes() -> None:
    assert list(lists_of_routes()) == []
    assert list(codes_as_strings()) == []


def test_the_check_above_sees_such_a_table() -> None:
    tree = ast.parse("A = {Route.F1: 1, Route.F2: 2}\nB = [(Route.F3.value, ''), Route.F3, Route.K1.value]")
    assert {frozenset(routes_in(node)) for node in ast.walk(tree)} >= {frozenset({"F1", "F2"}), frozenset({"F3", "K1"})}


def test_a_new_route_needs_no_migration() -> None:
    field = RevocationRequest._meta.get_field("route")
    assert field.deconstruct()[3]["choices"] is route_names
    assert dict(field.flatchoices) == {route.value: route.spec.name for route in Route}
    assert all(len(route) <= field.max_length for route in Route)


@pytest.mark.parametrize("route", Route)
def test_each_record_is_whole(route: Route) -> None:
    """Each route is decided in exactly one way: by people with a checklist, or by a proof (ownership or key)."""
    spec = route.spec
    assert spec.name.startswith(f"{route}: ")
    assert spec.summary.endswith(".")
    assert spec.needs.review == bool(spec.checklist)
    assert spec.needs.review + spec.needs.ownership + spec.needs.key == 1
    assert spec.needs.review or not spec.doubled
    assert bool(spec.needs.letter_files) == (spec.needs.letter is not None or spec.needs.evidence)


def test_the_order_of_records_decides_nothing() -> None:
    """No two rows for one brand take the same certificate, and no two rows for any brand do."""
    for (one, _), (other, _) in combinations(BY_CERTIFICATE, 2):
        same_tier = (one.brand == ANY_BRAND) == (other.brand == ANY_BRAND) and one.brand == other.brand
        assert not (same_tier and one.standards & other.standards and one.levels & other.levels)
