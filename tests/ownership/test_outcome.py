from __future__ import annotations

import json
import re

import pytest

from revocation.ownership.outcome import MAX_FOUND, Outcome
from revocation.ownership.sentences import MESSAGES
from revocation.ownership.sight import MAX_TEXT, printable

NASTY = ["\x00", "\r\n", "\x1b[31m", "\u202e", "\u2028", "\udc80", "\x7f", "\U000e0001"]


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_T9_foreign_text_is_made_harmless(text: str) -> None:
    outcome = Outcome(False, "record_differs", "value", f"a{text}", (text,), {"kind": text, "name": "n"})
    shown = json.dumps(outcome.as_dict(), ensure_ascii=False) + outcome.sentence
    assert shown.isprintable()
    shown.encode()


def test_T9_foreign_text_is_cut() -> None:
    found = tuple("x" * 10_000 for _ in range(1000))
    outcome = Outcome(False, "record_differs", "v", "w", found, {"name": "y" * 1000, "kind": "TXT"})
    assert len(outcome.found) == MAX_FOUND
    assert max(map(len, outcome.found)) == len(outcome.params["name"]) == MAX_TEXT
    assert printable("x" * MAX_TEXT) == "x" * MAX_TEXT
    assert len(printable("\x00" * MAX_TEXT)) == MAX_TEXT


def test_O7_an_outcome_survives_json() -> None:
    outcome = Outcome(True, "proven", "v", "w", ("a", "b"), {"name": "n", "status": 200})
    assert json.loads(json.dumps(outcome.as_dict())) == outcome.as_dict()
    assert outcome.as_dict()["params"]["status"] == 200


@pytest.mark.parametrize("code", MESSAGES)
def test_O7_every_sentence_is_whole(code: str) -> None:
    sentence = MESSAGES[code]
    assert sentence.endswith(".")
    assert re.sub(r"%\([a-z_]+\)s", "", sentence).count("%") == 0
