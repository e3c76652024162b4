"""`manage.py compare`: compare what the portal says with what the authorities publish."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from revocation.models import COMPARED, Actor, Certificate, PointKind, StatusPoint
from revocation.services.authority import reconciliation, status_points
from revocation.services.authority.status_reading import CannotCompare


class Command(BaseCommand):
    help = (
        "Compare every certificate with its CRL, or with OCSP if it names no CRL. Certificates revoked there become "
        "revoked here. Staff are notified of certificates revoked only here. The worker does this once a day. After "
        "restoring a backup, run this command before you start the worker."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list the discrepancies")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        while status_points.note_points(at=timezone.now()):
            pass
        places = StatusPoint.objects.filter(kind__in=COMPARED).order_by("pk")
        if dry_run:
            for place in places.iterator():
                self._list(place)
            return
        reconciliation.ask_all_anew(at=timezone.now())
        for pk in places.values_list("pk", flat=True).iterator():
            self._compare(pk)
        self._say_what_has_none()

    def _compare(self, pk: int) -> None:
        by = Actor.system("command line")
        while not reconciliation.compare(pk, by=by, at=timezone.now()):
            if StatusPoint.objects.filter(pk=pk, next_round_at__gt=timezone.now()).exists():
                break
        place = StatusPoint.objects.get(pk=pk)
        figures = f"{place.compared} certificates compared, {place.found} discrepancies"
        self.stdout.write(f"{place.url} ({place.issuer}): {place.problem_words or figures}")

    def _list(self, place: StatusPoint) -> None:
        found: Counter[str] = Counter()
        try:
            for verdict in reconciliation.discrepancies(place, at=timezone.now()):
                if verdict.kind is not None:
                    found[str(verdict.kind.label)] += 1
                    self.stdout.write(f"{Certificate.objects.get(pk=verdict.certificate_id)}: {verdict.kind.label}")
        except CannotCompare as problem:
            self.stdout.write(f"{place.url} ({place.issuer}): {problem}")
            return
        self.stdout.write(f"{place.url} ({place.issuer}): {found.total()} discrepancies")

    def _say_what_has_none(self) -> None:
        nowhere = Certificate.objects.filter(status_point__kind=PointKind.NONE).count()
        if nowhere:
            self.stdout.write(f"{nowhere} certificates name no status address.")
        others = Certificate.objects.filter(status_point__kind=PointKind.OTHER).count()
        if others:
            self.stdout.write(f"{others} certificates name no http or https address.")
