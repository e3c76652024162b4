"""The base of every model with states: protected FSM fields, optimistic locking and a safe refresh."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMFieldMixin


@cache
def _state_fields(model: type[models.Model]) -> tuple[FSMFieldMixin, ...]:
    return tuple(field for field in model._meta.fields if isinstance(field, FSMFieldMixin))


class StateMachineModel(ConcurrentTransitionMixin, models.Model):
    """A model whose saving fails with `ConcurrentTransition` when its state changed since it was read.

    The services lock rows first. This is the second line of defence, since SQLite ignores row locks.
    """

    class Meta:
        abstract = True

    @property
    def state_fields(self) -> tuple[FSMFieldMixin, ...]:
        """The state fields. django-fsm-2 looks through all fields for them, for each row that is read."""
        return _state_fields(type(self))

    def columns(self) -> dict[str, Any]:
        """Return what the row's columns hold now, by attribute, for `save_changes`."""
        return {field.attname: self.__dict__[field.attname] for field in self._meta.concrete_fields}

    def save_changes(self, *, since: Mapping[str, Any]) -> None:
        """Save the columns that differ from those of an earlier `columns`.

        The state is always among them, even if it stays: its column is what `ConcurrentTransition` is found by.
        Columns with mutable values (JSON) must be given a new value, not changed in place.
        """
        states = {field.attname for field in self.state_fields}
        fields = [
            field.name
            for field in self._meta.concrete_fields
            if field.attname in states or self.__dict__[field.attname] != since[field.attname]
        ]
        self.save(update_fields=fields)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Reload the row and keep the state field protected.

        django-fsm-2's own version switches the protection off for the whole process while it runs, and for good when
        the row is gone.
        """
        kept = {name: self.__dict__.pop(name) for name in self._get_protected_fsm_fields() & self.__dict__.keys()}
        try:
            models.Model.refresh_from_db(self, *args, **kwargs)
        except BaseException:
            self.__dict__.update(kept)
            raise
        for name, value in kept.items():
            self.__dict__.setdefault(name, value)
        self._update_initial_state()
