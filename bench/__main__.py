"""`python -m bench [NAME]`: all benchmarks, or one, on a database and files of their own."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def throw_away_installation() -> Iterator[None]:
    """Set up a migrated SQLite database in a temporary folder, or use the database that DATABASE_URL names."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        os.environ.update(DJANGO_SETTINGS_MODULE="certportal.settings", LOG_LEVEL="ERROR", DEBUG="false")
        os.environ["LETTERS_STORAGE_OPTIONS"] = f'{{"location": "{folder}/letters", "base_url": null}}'
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("static_files")
        yield


def main(only: str) -> int:
    from bench.figures import BENCHES
    from bench.revoking import revoking

    BENCHES["revoking"] = revoking

    unknown = only and only not in BENCHES
    if unknown:
        print(f"There is no benchmark “{only}”. Known: {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    for name, bench in BENCHES.items():
        if only in ("", name):
            for figure, value, unit in bench():
                print(f"{name}.{figure} {value:.3g} {unit}", flush=True)
    return 0


if __name__ == "__main__":
    with throw_away_installation():
        code = main(sys.argv[1] if len(sys.argv) > 1 else "")
    sys.exit(code)
