"""`manage.py import_certificates PATH… --customer SLUG`: files and folders, all or nothing a file."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from certportal.accounts.models import Customer
from revocation.models import Actor, ValidationMethod
from revocation.pki.bundle import LARGEST_FILE
from revocation.pki.facts import Level, UnreadableCertificate
from revocation.services.inventory import ImportRefused, OrderFacts, Result, import_bundle

COMMAND_LINE = Actor.system("command line")


def level(text: str) -> Level:
    try:
        return Level(text.lower())
    except ValueError:
        raise ArgumentTypeError("write dv, ov or ev") from None


def add_order_arguments(parser: CommandParser) -> None:
    """The facts that only the order knows."""
    parser.add_argument("--brand", default="other", help="short name of the brand on the order")
    parser.add_argument("--level", type=level, help="dv, ov or ev; else read from the certificate")
    parser.add_argument("--term-years", type=int, default=1)
    parser.add_argument("--validation-method", choices=ValidationMethod.values, default=ValidationMethod.DNS.value)
    parser.add_argument("--to-be-renewed", action="store_true")
    parser.add_argument("--reissued-from", default="", metavar="FINGERPRINT", help="SHA-256 of the original")


def order_facts(options: dict[str, Any], **more: Any) -> OrderFacts:
    names = ("brand", "level", "term_years", "validation_method", "to_be_renewed", "reissued_from")
    return OrderFacts(**{name: options[name] for name in names}, **more)


def customer_named(slug: str) -> Customer:
    try:
        return Customer.objects.get(slug=slug)
    except Customer.DoesNotExist:
        known = ", ".join(Customer.objects.values_list("slug", flat=True)[:50]) or "none yet"
        raise CommandError(f"There is no customer “{slug}”. Known: {known}.") from None


def files_in(path: Path, unreadable: Callable[[OSError], None]) -> Iterator[Path]:
    """The file, or every file below the folder in order of name; links to folders are not followed.

    `unreadable` is told of each folder that may not be looked into.
    """
    if not _is_folder(path):
        yield path
        return
    for folder, subfolders, names in os.walk(path, onerror=unreadable):
        subfolders.sort()
        yield from (Path(folder) / name for name in sorted(names))


def _is_folder(path: Path) -> bool:
    """False also below a folder that may not be entered: opening the path says why."""
    try:
        return path.is_dir()
    except OSError:
        return False


class Command(BaseCommand):
    help = "Imports certificates from PEM, DER, PKCS#7 files and folders. The same file twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--customer", required=True, metavar="SLUG")
        parser.add_argument("--uploaded", action="store_true", help="issued elsewhere; only stored here")
        parser.add_argument("--authority", default="", metavar="SLUG", help="whom to ask for a revocation")
        add_order_arguments(parser)

    def handle(self, *args: Any, paths: list[Path], customer: str, **options: Any) -> None:
        owner = customer_named(customer)
        order = order_facts(options, uploaded=options["uploaded"], authority=options["authority"])
        counts: Counter[str] = Counter()

        def unreadable(error: OSError) -> None:
            self.stderr.write(f"{error.filename}: {error.strerror}")
            counts["refused"] += 1

        files = [file for path in paths for file in files_in(path, unreadable)]
        for file in tqdm(files, unit="file", disable=not sys.stderr.isatty()):
            counts.update(self.take_in(file, owner, order))
        self.stdout.write(
            f"{counts[Result.ADDED.name]} added, {counts[Result.KNOWN.name]} known already, "
            f"{counts[Result.ISSUER.name]} issuers' certificates kept, {counts['refused']} files or folders refused."
        )
        if counts["refused"]:
            sys.exit(1)

    def take_in(self, file: Path, owner: Customer, order: OrderFacts) -> list[str]:
        """What came of one file; a refusal is one line."""
        try:
            data = read_bounded(file)
            results = import_bundle(data, customer=owner, order=order, by=COMMAND_LINE, at=timezone.now())
        except (UnreadableCertificate, ImportRefused, OSError) as refused:
            reason = refused.strerror if isinstance(refused, OSError) else refused
            self.stderr.write(f"{file}: {reason}")
            return ["refused"]
        return [result.result.name for result in results]


def read_bounded(file: Path) -> bytes:
    """At most one byte more than a certificate file may have; nothing but ordinary files is opened."""
    if file.exists() and not file.is_file():
        raise OSError(0, "This is not an ordinary file.")
    with file.open("rb") as opened:
        return opened.read(LARGEST_FILE + 1)
