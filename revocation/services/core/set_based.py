"""Transitions of many rows at once, with the same meaning as one row at a time.

What a transition writes is asked of the transition itself: django-fsm runs it on a row that stands for all rows in the
same state. So there is no second description of any transition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_fsm import ConcurrentTransition, TransitionNotAllowed, has_transition_perm

from certportal.database.many import Columns, update_rows
from revocation.models import Actor
from revocation.models.state_machine import StateMachineModel


def written_by(
    model: type[StateMachineModel],
    verb: str,
    *,
    state: str,
    worker: Actor | None = None,
    known: Columns | None = None,
    **arguments: Any,
) -> dict[str, Any]:
    """Return the columns that a transition writes to a row in that state.

    `known`: the other columns of the row that the transition reads. `worker`: who acts, where the transition asks.
    Raises `TransitionNotAllowed`, and `model.DoesNotExist` if the transition reads a column that is not known.
    """
    given = {"id": 0, "state": state, **(known or {})}
    columns = [field.attname for field in model._meta.concrete_fields]
    names = [name for name in columns if name in given]
    row = model.from_db(None, names, [given[name] for name in names])
    method = getattr(row, verb)
    if worker is not None and not has_transition_perm(method, worker):  # type: ignore[arg-type]
        raise TransitionNotAllowed(f"{worker.label} may not {verb}.")
    method(**arguments)
    held = row.__dict__
    return {name: held[name] for name in columns if name in held and (name not in given or held[name] != given[name])}


def write_all(model: type[StateMachineModel], changes: Mapping[int, Columns], states: Mapping[int, str]) -> None:
    """Write the columns of each row. `states`: the state in which each was read.

    Raises `ConcurrentTransition` if a row has left that state meanwhile: the caller's transaction must then end.
    """
    written = update_rows(model, changes, {pk: {"state": states[pk]} for pk in changes})
    if written != sum(1 for columns in changes.values() if columns):
        raise ConcurrentTransition(f"a {model._meta.verbose_name} changed its state meanwhile")
