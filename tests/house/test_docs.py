"""The pages of docs/ that name code, tests and settings name what exists, and all of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from certportal.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
TESTS = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
RULES = re.findall(r"^\| ([A-Z]\d+) \| .* \| (`.+`) \|$", (ROOT / "docs/rules.md").read_text(), flags=re.M)
PAGES = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
POINTERS = [(rule, pointer) for rule, cell in RULES for pointer in re.findall(r"`([^`]+)`", cell)]


def found(name: str) -> list[Path]:
    """Return the files of the module or package with this name, or the folder itself if it has no Python files."""
    path = ROOT / name
    if path.is_dir():
        return sorted(path.glob("*.py")) or [path]
    return [file for file in (path, path.with_name(f"{path.name}.py")) if file.is_file()]


def defined(tree: ast.AST, prefix: str = "") -> Iterator[str]:
    """Names that a module gives to functions, classes, methods and values: `f`, `C`, `C.m`, `TABLE`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from defined(node, f"{prefix}{node.name}.")
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (prefix + target.id for target in targets if isinstance(target, ast.Name))


def definers(pointer: str) -> list[str]:
    """Texts of the files in which `path/to/module.name` is defined."""
    folder, _, last = pointer.rpartition("/")
    module, _, name = last.partition(".")
    texts = [file.read_text() for file in found(f"{folder}/{module}")]
    return [text for text in texts if name in set(defined(ast.parse(text)))]


def test_every_rule_is_there_once() -> None:
    ids = [rule for rule, _ in RULES]
    expected = {"A1", "K1", "C3", "C5", "C6", "C7", "L5", "L6", "L7", "R10"}
    for letter, last in (("M", 7), ("N", 3), ("F", 10), ("O", 8), ("R", 8), ("L", 3), ("U", 4)):
        expected |= {f"{letter}{n}" for n in range(1, last + 1)}
    assert sorted(ids) == sorted(expected)


@pytest.mark.parametrize(("rule", "pointer"), POINTERS)
def test_a_rule_is_decided_where_the_table_says(rule: str, pointer: str) -> None:
    texts = definers(pointer)
    assert texts, f"{pointer} does not exist"
    assert any(re.search(rf"\b{rule}\b", text) for text in texts), f"the module of {pointer} does not speak of {rule}"


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES])
def test_a_rule_has_a_test_by_its_id(rule: str) -> None:
    assert re.search(rf"def test_\w*{rule}_", TESTS), f"no test carries {rule} in its name"


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_exists(page: str) -> None:
    named = re.findall(
        r"`((?:tests|revocation|reviews|certportal|demo|docs|scripts)/[\w/.-]+)`", (ROOT / page).read_text()
    )
    assert [name for name in named if not found(name.rstrip("/")) and not definers(name)] == []


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md"])
def test_pictures_that_are_shown_exist(page: str) -> None:
    shown = re.findall(r"!\[.*?\]\((.+?)\)", (ROOT / page).read_text())
    assert shown
    assert [name for name in shown if not ((ROOT / page).parent / name).is_file()] == []


def _page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def test_every_setting_is_explained() -> None:
    explained = re.findall(r"^\| `([A-Z_]+)` \|", _page("settings.md"), flags=re.M)
    assert explained == [name.upper() for name in Environment.model_fields]


def test_the_threats_are_numbered_without_a_gap() -> None:
    numbers = [int(n) for n in re.findall(r"^\| (\d+) \|", _page("threats.md"), flags=re.M)]
    assert numbers == [*range(1, 46), 48, 49, 54, 55]
