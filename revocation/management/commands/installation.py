"""`manage.py installation`: what the machines of one installation agree on, and how an operator changes it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from revocation.services.core import clock, installation
from revocation.services.core.unavailable import LettersUnavailable
from revocation.services.letters import identity


class Command(BaseCommand):
    help = "Check that this machine uses the installation's secrets and letter store."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--begin", action="store_true", help="record this machine's secrets, or fail if others are recorded"
        )
        parser.add_argument(
            "--accept-secrets", action="store_true", help="accept secrets that you changed on all machines"
        )
        parser.add_argument(
            "--adopt-letter-store", action="store_true", help="use the current letter store from now on"
        )

    def handle(self, *args: Any, begin: bool, accept_secrets: bool, adopt_letter_store: bool, **options: Any) -> None:
        at = clock.now()
        if accept_secrets:
            installation.accept_secrets(at=at)
        if begin:
            try:
                installation.agree(at=at)
            except installation.SecretsDiffer as differ:
                raise CommandError(str(differ)) from differ
            return
        differing = installation.differing_secrets()
        self.stdout.write(f"secrets: {'not the installation’s: ' + ', '.join(differing) if differing else 'agree'}")
        try:
            if adopt_letter_store:
                identity.adopt(at=at)
            right = identity.is_right()
        except LettersUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"letter store ({identity.place()}): {'agrees' if right else identity.wrong()}")
