"""The base of every model with states: protected FSM fields, optimistic locking, and a safe refresh."""

from __future__ import annotations

from typing import Any

from django.db import models
from django_fsm import ConcurrentTransitionMixin


class StateMachineModel(ConcurrentTransitionMixin, models.Model):
    """Saving fails with `ConcurrentTransition` when the state changed since it was read.

    The row lock of the services is the first line; this is the second, since SQLite ignores row locks.
    """

    class Meta:
        abstract = True

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Reload without switching off the protection of the field, as django-fsm-2's own version does for the
        whole process while it runs (and for good when the row is gone)."""
        kept = {name: self.__dict__.pop(name) for name in self._get_protected_fsm_fields() & self.__dict__.keys()}
        try:
            models.Model.refresh_from_db(self, *args, **kwargs)
        except BaseException:
            self.__dict__.update(kept)
            raise
        for name, value in kept.items():
            self.__dict__.setdefault(name, value)
        self._update_initial_state()
