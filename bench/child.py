"""`python -m bench.child NAME`: one benchmark on the database that DATABASE_URL names; a line of JSON for each figure.

Each runs in a process of its own, so that none meets another's rows, memory or settings.
"""

from __future__ import annotations

import json
import os
import sys

from bench.benches import BENCHES
from bench.figures.table import as_json


def main(name: str) -> None:
    import django
    from django.core.management import call_command

    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    for figure in BENCHES[name].function()():
        print(json.dumps(as_json(figure)), file=pipe, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
