"""Every `<x>_at` that has a `<x>_by` is filled together with it, and the database enforces this."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import CheckConstraint, Model

pytestmark = pytest.mark.database

PERSON_MAY_BE_MISSING = {
    "revocation.Deployment": {"deployed", "undeployed"},  # asked for by people; withdrawn by the lock too (M4)
    "revocation.RevocationRequest": {"filed"},  # neither may be null
    "revocation.JointFiling": {"filed"},  # neither may be null
    "revocation.Evidence": {"uploaded"},  # neither may be null
    "revocation.Watcher": {"added"},  # neither may be null
    "revocation.Webhook": {"added"},  # neither may be null
    "revocation.Letter": {"uploaded"},  # neither may be null
    "revocation.Delegation": {"added"},  # neither may be null
}


def pairs() -> Iterator[Any]:
    for model in apps.get_app_config("revocation").get_models():
        names = {field.name for field in model._meta.get_fields()}
        for act in sorted(name[:-3] for name in names if name.endswith("_at") and f"{name[:-3]}_by" in names):
            yield pytest.param(model, act, id=f"{model.__name__}.{act}")


@pytest.mark.parametrize(("model", "act"), list(pairs()))
def test_L1_a_time_never_stands_without_its_person(model: type[Model], act: str) -> None:
    if act in PERSON_MAY_BE_MISSING.get(model._meta.label, ()):
        return
    checks = [str(c.condition) for c in model._meta.constraints if isinstance(c, CheckConstraint)]
    empty, filled = (f"('{act}_at__isnull', {yes}), ('{act}_by__isnull', {yes})" for yes in (True, False))
    assert any(empty in check and filled in check for check in checks)


def test_there_are_pairs() -> None:
    assert len(list(pairs())) >= 10
