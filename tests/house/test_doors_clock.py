"""Doors give verbs the database's time, because workers decide by what a verb sets (O4, R5, threat 29)."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOORS = ("revocation/web", "reviews/views", "reviews/admin")


def test_T29_no_door_gives_a_verb_this_machines_time() -> None:
    functions = [
        (path, each)
        for folder in DOORS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.FunctionDef)
    ]
    acting = [(path, each) for path, each in functions if any(map(_acts, ast.walk(each)))]
    assert len(acting) > 30
    assert not [f"{path.relative_to(ROOT)}: {each.name}" for path, each in acting if _asks_machine(each)]


def _acts(node: ast.AST) -> bool:
    """Is this a call with a person (`by=`) and a time (`at=`)?"""
    return isinstance(node, ast.Call) and {"by", "at"} <= {keyword.arg for keyword in node.keywords}


def _asks_machine(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Attribute) and ast.unparse(node) == "timezone.now" for node in ast.walk(function))
