"""`manage.py createcachetable`: Django's command, by one process at a time, so that two starts do not collide."""

from typing import Any

from django.core.management.commands.createcachetable import Command as CreateCacheTable

from revocation.guards.migrating import migrating


class Command(CreateCacheTable):
    def handle(self, *args: Any, **options: Any) -> None:
        with migrating(options["database"]):
            super().handle(*args, **options)
