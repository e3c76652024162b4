"""U2: notices every change of a credential or a right, in the transaction that makes it, and has it recorded.

Django's admin, allauth's pages and commands write these models themselves. The models' signals are the one place that
all of them pass.
"""

from __future__ import annotations

from certportal.accounts.watching import factors, groups, members, users


def connect() -> None:
    """Connect the models' signals. Idempotent."""
    for module in (users, groups, members, factors):
        module.connect()
