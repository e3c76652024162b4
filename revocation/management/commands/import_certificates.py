"""`manage.py import_certificates PATH… --customer SLUG`: import files of any length, and folders."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from certportal.accounts.models import Customer
from revocation.models import Actor, ValidationMethod
from revocation.pki.bundle import LARGEST_FILE
from revocation.pki.facts import Level, UnreadableCertificate
from revocation.services.inventory.certificates import Imported, ImportRefused, IssuanceFacts, Result, import_file

COMMAND_LINE = Actor.system("command line")
TOLD_EVERY = 2000
"""A line reports the progress after this many certificates, when no progress bar can be drawn."""


def level(text: str) -> Level:
    try:
        return Level(text.lower())
    except ValueError:
        raise ArgumentTypeError("write dv, ov or ev") from None


def add_order_arguments(parser: CommandParser) -> None:
    """Add the arguments for the facts that only the purchase tells."""
    parser.add_argument("--brand", default="other", help="short name of the brand")
    parser.add_argument("--level", type=level, help="dv, ov or ev (default: read from the certificate)")
    parser.add_argument("--term-years", type=int, default=1)
    parser.add_argument("--validation-method", choices=ValidationMethod.values, default=ValidationMethod.DNS.value)
    parser.add_argument("--to-be-renewed", action="store_true")
    parser.add_argument(
        "--reissued-from", default="", metavar="FINGERPRINT", help="SHA-256 fingerprint of the original certificate"
    )


def order_facts(options: dict[str, Any], **more: Any) -> IssuanceFacts:
    names = ("brand", "level", "term_years", "validation_method", "to_be_renewed", "reissued_from")
    return IssuanceFacts(**{name: options[name] for name in names}, **more)


def customer_named(slug: str) -> Customer:
    try:
        return Customer.objects.get(slug=slug)
    except Customer.DoesNotExist:
        known = ", ".join(Customer.objects.values_list("slug", flat=True)[:50]) or "none yet"
        raise CommandError(f"The customer “{slug}” does not exist. Known customers: {known}.") from None


def files_in(path: Path, unreadable: Callable[[OSError], None]) -> Iterator[Path]:
    """Yield the file, or all files below the folder in order of name. Links to folders are not followed.

    `unreadable` is called for each folder that may not be read.
    """
    if not _is_folder(path):
        yield path
        return
    for folder, subfolders, names in os.walk(path, onerror=unreadable):
        subfolders.sort()
        yield from (Path(folder) / name for name in sorted(names))


def _is_folder(path: Path) -> bool:
    """Return whether the path is a folder. Below a folder that may not be entered it is not: opening it says why."""
    try:
        return path.is_dir()
    except OSError:
        return False


class Command(BaseCommand):
    help = (
        "Import certificates from PEM, DER and PKCS#7 files and folders in batches of a few hundred. The same file "
        "again changes nothing. After an interruption, run the command again to import the rest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--customer", required=True, metavar="SLUG")
        parser.add_argument("--uploaded", action="store_true", help="third-party certificates (stored here only)")
        parser.add_argument("--authority", default="", metavar="SLUG", help="issuing authority (slug in AUTHORITIES)")
        add_order_arguments(parser)

    def handle(self, *args: Any, paths: list[Path], customer: str, **options: Any) -> None:
        owner = customer_named(customer)
        order = order_facts(options, uploaded=options["uploaded"], authority=options["authority"])
        counts: Counter[str] = Counter()

        def unreadable(error: OSError) -> None:
            self.stderr.write(f"{error.filename}: {error.strerror}")
            counts["refused"] += 1

        files = [file for path in paths for file in files_in(path, unreadable)]
        with tqdm(unit="certificate", disable=not sys.stderr.isatty()) as bar:
            for file in files:
                for name in self.take_in(file, owner, order):
                    counts[name] += 1
                    bar.update()
                    self.tell(counts, wanted=bool(bar.disable))
        self.stdout.write(
            f"{counts[Result.ADDED.name]} added, {counts[Result.KNOWN.name]} already known, "
            f"{counts[Result.ISSUER.name]} issuer certificates kept, "
            f"{counts[Result.REFUSED.name]} certificates refused, {counts['refused']} files or folders refused."
        )
        if counts["refused"] or counts[Result.REFUSED.name]:
            sys.exit(1)

    def tell(self, counts: Counter[str], *, wanted: bool) -> None:
        """Report the progress every `TOLD_EVERY` certificates. `wanted`: there is no progress bar (as in a log)."""
        if wanted and counts.total() % TOLD_EVERY == 0:
            self.stdout.write(f"… {counts.total()} certificates, {counts[Result.ADDED.name]} of them added")

    def take_in(self, file: Path, owner: Customer, order: IssuanceFacts) -> Iterator[str]:
        """Import a file; yield the result of each certificate, or of the file. Write a line for each refusal."""
        try:
            with opened(file) as source:
                for result in import_file(source, customer=owner, order=order, by=COMMAND_LINE, at=timezone.now()):
                    if result.refused:
                        self.stderr.write(f"{file}: {place(result)}: {result.refused}")
                    yield result.result.name
        except (UnreadableCertificate, ImportRefused, OSError) as refused:
            reason = refused.strerror if isinstance(refused, OSError) else refused
            self.stderr.write(f"{file}: {reason}")
            yield "refused"


def place(result: Imported) -> str:
    """Return where a certificate stands in its file."""
    return f"certificate {result.number}" + (f", line {result.line}" if result.line else "")


def opened(file: Path) -> BinaryIO:
    """Open a file for reading. Raises `OSError` when it is not an ordinary file."""
    if file.exists() and not file.is_file():
        raise OSError(0, "This is not an ordinary file.")
    return file.open("rb")


def read_bounded(file: Path) -> bytes:
    """Read a file, at most one byte more than `LARGEST_FILE`, so that too large a file is noticed."""
    with opened(file) as source:
        return source.read(LARGEST_FILE + 1)
