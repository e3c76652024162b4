"""Threat 5: what a viewer would run is found however it is written, even where no table of the file leads to it."""

from __future__ import annotations

import pytest

from tests.letters import evasions
from tests.letters.made import refusal

FILES = dict(evasions.files())


@pytest.mark.parametrize("name", list(FILES))
def test_threat_5_an_action_is_found_however_it_is_written(name: str) -> None:
    assert refusal(FILES[name], name).code == "pdf_feature"


def test_the_corpus_is_large() -> None:
    assert len(FILES) >= 110
