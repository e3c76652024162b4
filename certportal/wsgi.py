"""What a WSGI server loads."""

import os
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from certportal.database import patience
from certportal.preloading import preload

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def without_charset(served: Application) -> Application:
    """Read addresses and forms as UTF-8, which is what our pages send.

    Django reads them in the encoding that the asker names. Some break its request before any view or middleware could
    answer (*rot13*, *idna*). Others bring in what UTF-8 cannot say (halves of surrogate pairs).
    """

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        kind, *options = environ.get("CONTENT_TYPE", "").split(";")
        kept = [option for option in options if not option.strip().lower().startswith("charset")]
        environ["CONTENT_TYPE"] = ";".join([kind, *kept])
        return served(environ, start_response)

    return application


portal = without_charset(get_wsgi_application())
application: Application = import_module("certportal.published").short_way(portal)  # which needs Django set up
preload()  # before gunicorn forks its workers
patience.bound(settings.DATABASE_STATEMENT_TIMEOUT)
