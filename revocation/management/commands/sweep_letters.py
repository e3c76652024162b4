"""`manage.py sweep_letters`: compare the letters' rows with the objects in the store."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from revocation.services.core.unavailable import LettersUnavailable
from revocation.services.letters import sweep


class Command(BaseCommand):
    help = (
        "List stored objects without a letter, and letters without a stored object. Delete objects without a letter "
        "after one week. The worker does this four times a day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list, delete nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        try:
            found = sweep.sweep(at=timezone.now(), remove=not dry_run)
        except LettersUnavailable as error:
            raise CommandError(str(error)) from error
        if found.wrong_store:
            raise CommandError(found.wrong_store)
        for name in found.objects:
            self.stdout.write(f"object without a letter: {name}{'' if dry_run else ', deleted'}")
        for name in found.left:
            self.stdout.write(f"object without a letter, recent or foreign: {name}, kept")
        for name, letter in found.missing:
            self.stdout.write(f"letter {letter.pk} of {letter.request.number} has no object: {name}")
        self.stdout.write(
            f"{len(found.objects)} objects without a letter, {len(found.missing)} letters without an object"
        )
