"""Django's command, with an event and a mail to the new superuser (U2)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands.createsuperuser import Command as ShippedCommand

from certportal.accounts.acting import acting
from revocation.models import Actor


class Command(ShippedCommand):
    def handle(self, *args: Any, **options: Any) -> str | None:
        with acting(Actor.system("command line")):
            return super().handle(*args, **options)
