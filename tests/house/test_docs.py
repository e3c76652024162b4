"""The pages of docs/ that name code, tests and settings name what exists, and all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from certportal.settings import Knobs

ROOT = Path(__file__).resolve().parents[2]
TESTS = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
RULES = re.findall(r"^\| ([A-Z]\d+) \| .* \| `(.+)` \|$", (ROOT / "docs/rules.md").read_text(), flags=re.M)


def test_every_rule_is_there_once() -> None:
    ids = [rule for rule, _ in RULES]
    expected = {"A1", "K1"}
    for letter, last in (("M", 7), ("N", 3), ("F", 10), ("O", 8), ("R", 5), ("L", 3)):
        expected |= {f"{letter}{n}" for n in range(1, last + 1)}
    assert sorted(ids) == sorted(expected)


@pytest.mark.parametrize(("rule", "file"), RULES)
def test_a_rule_is_found_in_its_code_and_has_a_test_by_its_id(rule: str, file: str) -> None:
    assert re.search(rf"\b{rule}\b", (ROOT / file).read_text()), f"{file} does not speak of {rule}"
    assert re.search(rf"def test_\w*{rule}_", TESTS), f"no test carries {rule} in its name"


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_files_that_are_named_exist(page: str) -> None:
    named = re.findall(r"`((?:tests|revocation|reviews|certportal|demo|docs|scripts)/[\w/.-]+)`", _page(page))
    assert [name for name in named if not (ROOT / name).exists()] == []


def _page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def test_every_setting_is_explained() -> None:
    explained = re.findall(r"^\| `([A-Z_]+)` \|", _page("settings.md"), flags=re.M)
    assert explained == [name.upper() for name in Knobs.model_fields]


def test_the_threats_are_numbered_without_a_gap() -> None:
    numbers = [int(n) for n in re.findall(r"^\| (\d+) \|", _page("threats.md"), flags=re.M)]
    assert numbers == list(range(1, 41))
