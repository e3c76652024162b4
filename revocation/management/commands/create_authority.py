"""`manage.py create_authority`: a new embedded authority with a key of its own."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from django.utils import timezone

from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.models import Algorithm


class Command(BaseCommand):
    help = "Creates an embedded issuing authority; its key is encrypted with KEY_ENCRYPTION_KEY."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True, help="common name of its certificate")
        parser.add_argument("--algorithm", choices=Algorithm.values, default=Algorithm.ECDSA.value)
        parser.add_argument("--days", type=int, default=3650)

    def handle(self, *args: Any, slug: str, name: str, algorithm: str, days: int, **options: Any) -> None:
        try:
            create_authority(slug, name, algorithm, at=timezone.now(), days=days)
        except IntegrityError:
            raise CommandError(f"There is an authority “{slug}” already.") from None
        self.stdout.write(f"Created. Its certificate is at /pki/{slug}/ca.pem")
