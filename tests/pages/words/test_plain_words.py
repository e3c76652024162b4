"""Plain words: the phrases that the product no longer uses, short sentences, no rule ids for customers, and 您."""

from __future__ import annotations

import ast
import gettext as catalogues
import re
from collections.abc import Iterator
from pathlib import Path

import django
from django.utils.translation import gettext, ngettext, override

from certportal import django_texts

ROOT = Path(__file__).resolve().parents[3]
APPS = ("certportal", "revocation", "reviews", "demo")
RETIRED = (
    "look and submit",
    "needs you now",
    "tell this address",
    "who is told",
    "mails that you want",
    "to be done by",
    "the chosen ones",
    "who is on it",
    "taken by %(",
    "leave it, next case",
    "opened by %(",
    "what happened, and what comes next",
    "is it still in use",
    "is this the right letter",
    "not there yet",
    "the authority is told",
    "the authority is being told",
    "revoked with it",
    "what dies",
    "that dies with it",
    "we noticed something",
    "figures of the last",
    "the queue of revocation requests",
    "for good",
    "e-mail",
    "log in",
    "un-deploy",
)
"""Lower case; anywhere in a text."""
RETIRED_LABELS = frozenset(
    {"Take", "Give back", "Take over", "Log out", "Nowhere.", "Look again", "How", "Who is there"}
)
LONGEST = 20
"""Words of a sentence."""
SEPARATOR = "; "
"""A text that stands between the items of a list."""
TRANSLATED = re.compile(
    r"""\{% translate ("[^"]*"|'[^']*')|\{% blocktranslate[^%]*%\}(.*?)\{% (?:plural|endblocktranslate) %\}"""
    r"|\{% plural %\}(.*?)\{% endblocktranslate %\}",
    re.S,
)
RULE = re.compile(r"\b[A-Z]\d\b")
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}


def templates(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("templates/**/*") if path.is_file()]
    return found + list((ROOT / "templates").rglob("*.html"))


def texts_of(template: Path) -> Iterator[str]:
    """Yield what a template marks for translation."""
    for groups in TRANSLATED.findall(template.read_text()):
        yield next((text.strip("\"'") for text in groups if text), "")


def marked(module: Path) -> Iterator[str]:
    """Yield what a module marks for translation."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS:
            yield from (
                each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def all_texts() -> Iterator[tuple[str, str]]:
    for template in templates(*APPS):
        yield from ((template.name, text) for text in texts_of(template))
    for folder in APPS:
        for module in (ROOT / folder).rglob("*.py"):
            if "migrations" not in module.parts and module.name != "django_texts.py":
                yield from ((module.name, text) for text in marked(module))


def test_no_retired_phrase_comes_back() -> None:
    found = {
        (place, text)
        for place, text in all_texts()
        if text in RETIRED_LABELS or any(phrase in text.lower() for phrase in RETIRED)
    }
    assert found == set()


def test_sentences_are_short_and_no_chains() -> None:
    sentences = [each for _, text in all_texts() if text != SEPARATOR for each in re.split(r"(?<=[.?!:])\s", text)]
    assert len(sentences) > 2000
    assert [each for each in sentences if len(each.split()) > LONGEST or "; " in each] == []


def test_customers_read_no_rule_ids() -> None:
    shown = [text for path in templates("revocation") for text in texts_of(path)]
    assert [text for text in shown if RULE.search(text)] == []


def test_django_says_您_too() -> None:
    """Each text of Django's admin and accounts that says 你 is replaced by one of ours."""
    with override("zh-hans"):
        ours = [gettext(text) for text in django_texts.TEXTS]
        counted = "Your password must contain at least %(min_length)d character"
        ours.append(ngettext(counted + ".", counted + "s.", 2))
    assert [text for text in ours if "你" in text] == []
    known = {*django_texts.TEXTS, counted + ".", counted + "s."}
    for app in ("admin", "auth"):
        folder = Path(django.__file__).parent / "contrib" / app / "locale"
        theirs = catalogues.translation("django", folder, ["zh_Hans"])
        said: dict[str | tuple[str, int], str] = theirs._catalog  # type: ignore[attr-defined]
        texts = {key if isinstance(key, str) else key[0]: text for key, text in said.items()}
        assert {key for key, text in texts.items() if "你" in text} - known == set()
