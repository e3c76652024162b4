"""The base of every model with states: protected FSM fields, optimistic locking and a safe refresh."""

from __future__ import annotations

from typing import Any

from django.db import models
from django_fsm import ConcurrentTransitionMixin


class StateMachineModel(ConcurrentTransitionMixin, models.Model):
    """A model whose saving fails with `ConcurrentTransition` when its state changed since it was read.

    The services lock rows first. This is the second line of defence, since SQLite ignores row locks.
    """

    class Meta:
        abstract = True

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
