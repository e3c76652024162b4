"""`manage.py compare`: what the portal says against what the authorities publish."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from revocation.models import Actor, Certificate, PointKind, StatusPoint
from revocation.services import comparing, points


class Command(BaseCommand):
    help = (
        "Compares every certificate with the CRL that it names (OCSP where it names none), each place now. What is "
        "revoked there becomes revoked here; what is revoked here and not there is told to staff. The worker does it "
        "once a day. After restoring a backup: run it before the worker is started."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list the differences")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        while points.note_points(at=timezone.now()):
            pass
        places = StatusPoint.objects.exclude(kind=PointKind.NONE).order_by("pk")
        if dry_run:
            for place in places.iterator():
                self._list(place)
            return
        comparing.ask_all_anew(at=timezone.now())
        for pk in places.values_list("pk", flat=True).iterator():
            self._compare(pk)
        self._say_what_has_none()

    def _compare(self, pk: int) -> None:
        by = Actor.system("command line")
        while not comparing.compare(pk, by=by, at=timezone.now()):
            if StatusPoint.objects.filter(pk=pk, next_round_at__gt=timezone.now()).exists():
                break
        place = StatusPoint.objects.get(pk=pk)
        figures = f"{place.compared} certificates compared, {place.found} differences"
        self.stdout.write(f"{place.url} ({place.issuer}): {place.problem or figures}")

    def _list(self, place: StatusPoint) -> None:
        found: Counter[str] = Counter()
        try:
            for verdict in comparing.differences(place, at=timezone.now()):
                if verdict.kind is not None:
                    found[str(verdict.kind.label)] += 1
                    self.stdout.write(f"{Certificate.objects.get(pk=verdict.certificate_id)}: {verdict.kind.label}")
        except comparing.CannotCompare as problem:
            self.stdout.write(f"{place.url} ({place.issuer}): {problem}")
            return
        self.stdout.write(f"{place.url} ({place.issuer}): {found.total()} differences")

    def _say_what_has_none(self) -> None:
        nowhere = Certificate.objects.filter(status_point__kind=PointKind.NONE).count()
        if nowhere:
            self.stdout.write(f"{nowhere} certificates name no place to look at.")
