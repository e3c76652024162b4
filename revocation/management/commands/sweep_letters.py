"""`manage.py sweep_letters`: letters' rows against the objects in the store."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from revocation.services import letter_sweep
from revocation.services.unavailable import LettersUnavailable


class Command(BaseCommand):
    help = (
        "Lists what the store has and no letter names, and what a letter names and the store has not. "
        "Objects that no letter names are deleted once they are a week old; the worker does it four times a day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        try:
            found = letter_sweep.sweep(at=timezone.now(), remove=not dry_run)
        except LettersUnavailable as error:
            raise CommandError(str(error)) from error
        for name in found.objects:
            self.stdout.write(f"object without a letter: {name}{'' if dry_run else ', deleted'}")
        for name in found.left:
            self.stdout.write(f"object without a letter, young or not of ours: {name}, left alone")
        for name, letter in found.missing:
            self.stdout.write(f"letter {letter.pk} of {letter.request.number} has no object: {name}")
        self.stdout.write(f"{len(found.objects)} objects without a letter, {len(found.missing)} letters without one")
