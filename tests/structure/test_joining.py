"""Pages leave to the catalogue what stands between texts: Chinese has other punctuation, and no blanks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template.base import Lexer, Token, TokenType

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path
    for folder in ("templates", "revocation/templates", "reviews/templates", "demo/templates")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".html", ".txt")
)
MODULES = sorted(
    path
    for folder in ("reviews", "revocation/web", "revocation/templatetags")
    for path in (ROOT / folder).rglob("*.py")
)
"""The modules that make what people read."""
FOR_MACHINES = ("', '.join(columns)", "f'{settings.CONTENT_SECURITY_POLICY}; {SHOWS_A_CHOSEN_PDF}'")
"""A statement and a header."""
PUNCTUATED = re.compile(r"^\s*[:,;.](?=\s|$)|(?:^|[\s\w])\($")
"""What a template writes by hand after one text, or before the next."""
JOINED = re.compile(r"[.:?!]”?[ \n] *\Z")
"""A sentence, or a label, and one blank or line break."""
OTHERWISE = ("elif", "else", "empty")
BY_LANGUAGE = ("colon", "comma", "gap", "next_item", "semicolon", "stop")
INLINE = re.compile(r"</?(?:a|b|code|em|kbd|small|span|strong|time)\b[^>]*>")


def parts(source: str) -> Iterator[tuple[str, bool]]:
    """Yield the texts that are shown, in their order: what is written by hand (False) and what tags put in (True).

    A translated text has its English words. Tags that show nothing are left out.
    """
    translated: list[str] | None = None
    for token in Lexer(source).tokenize():
        word = token.contents.split(" ", 1)[0] if token.token_type is TokenType.BLOCK else ""
        if word == "blocktranslate":
            translated = []
        elif word == "endblocktranslate":
            yield "".join(translated or []).strip(), True
            translated = None
        elif translated is not None:
            translated.append("…" if token.token_type is TokenType.VAR else token.contents)
        elif (shown := _shown(token, word)) is not None:
            yield shown


def _shown(token: Token, word: str) -> tuple[str, bool] | None:
    if token.token_type is TokenType.TEXT:
        return token.contents, False
    if token.token_type is TokenType.VAR:
        return "…", True
    if word == "translate":
        return token.contents.partition(" ")[2].strip("\"'"), True
    return ("", True) if word in (*OTHERWISE, *BY_LANGUAGE) else None


def by_hand(source: str) -> list[str]:
    """Return what is written by hand where the language decides, each with what is before it."""
    found, before = [], ""
    for text, translated in parts(source):
        bare = INLINE.sub("", text)
        written = before and PUNCTUATED.search(bare) if not translated else text and JOINED.search(before)
        if written:
            found.append(f"{before}{text}")
        before = text if translated else before + bare if not bare.strip() else ""
    return found


@pytest.mark.parametrize(("source", "found"), [
    ('{% translate "Found" %}: {{ names }}', 1),
    ("{{ name }}, {{ other }}", 1),
    ("{{ name }} ({{ other }})", 1),
    ('{% translate "Found:" %} {{ names }}', 1),
    ('<p>{% translate "Nothing was changed." %} <a href="/">{% translate "Back" %}</a></p>', 1),
    ('{% translate "Found:" %}{% gap %}{{ names }}', 0),
    ("{{ name }}{% comma %}{{ other }}{{ more|bracketed }}", 0),
    ("{% blocktranslate %}{{ name }}, {{ other }}{% endblocktranslate %}", 0),
    ('<p>{% translate "Nothing was changed." %}</p> <p>{{ name }}</p>', 0),
])  # fmt: skip
def test_what_is_written_by_hand_is_found(source: str, found: int) -> None:
    assert len(by_hand(source)) == found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_punctuation_is_written_by_hand_between_texts(path: Path) -> None:
    assert by_hand(path.read_text()) == []
    assert "|join:" not in path.read_text()


def joined(source: str) -> Iterator[str]:
    """Yield the code that puts punctuation between texts: `", ".join(…)`, `f"{label}: {text}"`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=", " | "; " | ". " | ": "), attr="join")):
                yield ast.unparse(node)
            case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=": " | ", " | ". " | "; "), *_]):
                yield ast.unparse(node)
            case _:
                pass


def test_code_that_joins_texts_is_found() -> None:
    assert list(joined("""', '.join(names)""")) == ["', '.join(names)"]
    assert list(joined("f'{label}: {text}'")) == ["f'{label}: {text}'"]
    assert list(joined("""f"{name}={value}" + ",".join(names)""")) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_joins_texts_by_hand(path: Path) -> None:
    assert [code for code in joined(path.read_text()) if code not in FOR_MACHINES] == []
