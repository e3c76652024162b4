"""`python -m tests.templates`: every template of the project compiles (part of `make check`)."""

import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("templates", "revocation/templates", "reviews/templates", "demo/templates")


def broken() -> list[str]:
    from django.template import TemplateSyntaxError, engines

    engine = engines["django"]
    found = []
    for path in (p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*")) if p.is_file()):
        try:
            engine.from_string(path.read_text())
        except TemplateSyntaxError as error:
            found.append(f"{path.relative_to(ROOT)}: {error}")
    return found


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
    django.setup()
    problems = broken()
    print("\n".join(problems), file=sys.stderr, end="")
    sys.exit(bool(problems))
