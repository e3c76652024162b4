"""`manage.py demo_data`: fills an empty installation with demo data, made by the services that everybody uses."""

import os
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from certportal.accounts.models import User
from demo.certificates import make_authorities, make_certificates
from demo.delegations import make_delegations
from demo.people import PEOPLE, make_people
from demo.requests import make_requests, send_mails
from revocation.models import Certificate


class Command(BaseCommand):
    help = "Create demo data: accounts, CAs, certificates, requests in every state. Again: sets DEMO_PASSWORD only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Set DEMO=true to create the demo accounts, which include a superuser.")
        given = os.environ.get("DEMO_PASSWORD", "")
        if User.objects.filter(email=PEOPLE[0].email).exists():
            self._again(given)
            return
        if Certificate.objects.exists():
            raise CommandError("This installation contains other certificates. Use an empty database.")
        password = given or secrets.token_urlsafe(9)
        self.stdout.write("Creating the demo data…")
        at = timezone.now()
        with transaction.atomic():
            make_people(password)
            make_authorities(at)
            make_delegations(at)
            make_requests(make_certificates(at), at)
        send_mails(at)
        self.stdout.write(f"{Certificate.objects.count()} certificates.")
        self._table("the one you gave in DEMO_PASSWORD" if given else password)

    def _again(self, given: str) -> None:
        """Handle a second run: the data stays, and a password that was given becomes everybody's."""
        if not given:
            self.stdout.write("The demo data already exists. Nothing was changed.")
            return
        make_people(given)
        self.stdout.write("The demo data already exists. The accounts now have your password.")
        self._table("the one you gave in DEMO_PASSWORD")

    def _table(self, password: str) -> None:
        for person in PEOPLE:
            self.stdout.write(f"  {person.email:<28} {person.role}")
        self.stdout.write(f"  Password of all accounts: {password}")
