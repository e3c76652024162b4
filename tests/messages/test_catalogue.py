"""The catalogue of refusals is complete: every code, every parameter, every language, its page in the docs."""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

import certportal
import revocation
from revocation import services
from revocation.letters.refusals import FileRefused
from revocation.management.commands import refusals
from revocation.messages import CATALOGUE, Refused
from revocation.models import Mail, RevocationOrder, StatusObservation, StatusPoint

SOURCES = [
    path
    for package in (certportal, revocation)
    for path in Path(package.__path__[0]).rglob("*.py")
    if "migrations" not in path.parts
]
NO_REFUSALS = {
    # Nobody is shown what these say: a caller handles them, or an operator reads them in a log.
    *("LetterMissing", "LetterDamaged", "NobodyDecided", "SigningKeyUnreadable", "ConditionsGone"),
    "SecretsDiffer",
}


@pytest.fixture(autouse=True, scope="module")
def _all_imported() -> None:
    refusals.catalogue()


def subclasses(kind: type[Refused]) -> Iterator[type[Refused]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def named(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def given(call: ast.Call, subjects: dict[str, str]) -> tuple[str, set[str] | None] | None:
    """Return the code of the message that this call makes, and the names of its parameters (None: not known here).

    Returns None for a call that makes no message."""
    if not call.args or not isinstance(call.args[0], ast.Constant) or not isinstance(call.args[0].value, str):
        return None
    name, code = named(call), call.args[0].value
    if name != "Message" and name not in subjects:
        return None
    subject = subjects.get(name, "")
    keys: set[Any] | None
    if len(call.args) > 1 or any(keyword.arg is None for keyword in call.keywords):
        filled = call.args[1] if len(call.args) > 1 else None
        keys = {k.value for k in filled.keys if isinstance(k, ast.Constant)} if isinstance(filled, ast.Dict) else None
    else:
        keys = {keyword.arg for keyword in call.keywords if keyword.arg}
    return (f"{subject}.{code}" if subject else code), keys


def made() -> Iterator[tuple[str, str, set[str] | None]]:
    subjects = {kind.__name__: kind.subject for kind in subclasses(Refused) if kind.__init__ is Refused.__init__}
    subjects |= {"StatusUnreadable": "status", "CsrRefused": "csr"}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and (found := given(node, subjects)):
                yield f"{path.name}:{node.lineno}", found[0], None if named(node) == "FileRefused" else found[1]


def test_every_message_that_is_made_has_its_code_and_all_that_fills_it() -> None:
    seen = list(made())
    assert len(seen) > 150
    for where, code, keys in seen:
        assert code in CATALOGUE, f"{where}: {code} is in no table"
        missing = set(refusals.parameters(CATALOGUE[code])) - (keys or set()) if keys is not None else set()
        assert not missing, f"{where}: {code} lacks {missing}"


def test_what_services_raise_carries_a_message() -> None:
    found = {}
    for module in walk_packages(services.__path__, "revocation.services."):
        for name, kind in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(kind, Exception) and kind.__module__ == module.name:
                found[name] = kind
    assert {name for name, kind in found.items() if not issubclass(kind, Refused)} == NO_REFUSALS
    assert len(found) > 30


def test_codes_are_named_alike_and_fit_into_their_columns() -> None:
    columns = [model._meta.get_field("problem_code") for model in (StatusObservation, StatusPoint)]
    columns += [RevocationOrder._meta.get_field("message_code"), Mail._meta.get_field("last_error_code")]
    for code in CATALOGUE:
        assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", code)
        assert all(len(code) <= column.max_length for column in columns)


def test_every_sentence_can_be_filled_in_both_languages() -> None:
    for entry in CATALOGUE.values():
        filled = dict.fromkeys(refusals.parameters(entry), "1")
        assert entry.english % filled
        with translation.override("zh-hans"):
            assert " ".join(map(translation.gettext, entry.sentences)) % filled


def test_every_sentence_is_marked_for_translation() -> None:
    """`python -m tests.translations` then asks for the Chinese of each."""
    marked = {
        node.args[0].value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and named(node) == "gettext_noop" and isinstance(node.args[0], ast.Constant)
    }
    for entry in CATALOGUE.values():
        for sentence in entry.sentences:
            has_words = re.search(r"[A-Za-z]{2}", re.sub(r"%\(\w+\)s", "", sentence))
            assert sentence in marked or not has_words, f"{entry.code} is not marked"


def test_statuses_are_those_of_refusals() -> None:
    assert {entry.status for entry in CATALOGUE.values()} == {None, 403, 404, 409, 422, 429, 503}


def test_the_page_of_refusals_is_that_of_the_code() -> None:
    call_command("refusals", check=True)
    out = StringIO()
    call_command("refusals", stdout=out)
    assert out.getvalue().strip() == refusals.PAGE.read_text().strip()
    rows = re.findall(r"^\| ([a-z_]+\.[a-z0-9_]+) \|", refusals.PAGE.read_text(), flags=re.M)
    assert rows == sorted(CATALOGUE)


def test_a_stale_page_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "PAGE", tmp_path / "refusals.md")
    with pytest.raises(CommandError, match="stale"):
        call_command("refusals", check=True)
    call_command("refusals", write=True)
    call_command("refusals", check=True)


def test_F7_what_a_reader_refuses_is_in_the_table_of_letters() -> None:
    assert FileRefused.subject == "letter"
    codes = {code for _, code, _ in made() if code.startswith("letter.")}
    assert codes >= {"letter.empty", "letter.too_large", "letter.virus", "letter.pdf_feature"}
