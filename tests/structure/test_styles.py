"""Styles for one list of the admin name its model as the admin does."""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]


def test_every_model_that_a_style_names_exists() -> None:
    models = {model._meta.model_name for model in apps.get_models()}
    sheets = [*ROOT.glob("static/**/*.css"), *ROOT.glob("reviews/static/**/*.css")]
    named = {name for sheet in sheets for name in re.findall(r"\.model-([a-z]+)", sheet.read_text())}
    assert named
    assert named <= models
