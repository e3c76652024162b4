"""`python -m bench.peers.bare_django`: Django without middleware. It says hello, and shows 50 rows on a page."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from bench.peers.answering import answer, spent
from bench.peers.wsgi import ask

ROWS = 50
PAGE = """<!doctype html><html lang="en"><head><title>Certificates</title></head><body><table>
<tr><th>Name</th><th>Issuer</th><th>Organisation</th><th>Expires</th><th>State</th><th>Level</th></tr>
{% for row in rows %}<tr><td>{{ row.common_name }}</td><td>{{ row.issuer_name }}</td><td>{{ row.organization }}</td>
<td>{{ row.not_after }}</td><td>{{ row.state }}</td><td>{{ row.level }}</td></tr>
{% endfor %}</table></body></html>"""


@cache
def page() -> Any:
    """Return the compiled template, which Django's loaders keep as well."""
    return engines["django"].from_string(PAGE)


def say_hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello", content_type="text/plain")


def show_rows(request: HttpRequest, customer: int) -> HttpResponse:
    """Show the first rows of the customer's list, read by one query of a plain model."""
    from bench.peers.bare_models import Row

    shown = Row.objects.filter(customer_id=customer).extra(where=["hidden_at IS NULL"])
    rows = list(shown.order_by("not_after", "id")[:ROWS])
    if len(rows) != ROWS:
        raise RuntimeError(f"{len(rows)} rows")
    return HttpResponse(page().render({"rows": rows}, request))


urlpatterns = [path("hello", say_hello), path("rows/<int:customer>", show_rows)]


def times(address: str, number: int) -> float:
    """Return the seconds of processor time of so many requests."""
    application = get_wsgi_application()
    ask(application, address)
    return spent(lambda: [ask(application, address) for _ in range(number)])


if __name__ == "__main__":
    settings.configure(
        ROOT_URLCONF="bench.peers.bare_django",
        SECRET_KEY="nothing is signed",
        ALLOWED_HOSTS=["localhost"],
        USE_TZ=True,
        MIDDLEWARE=[],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DATABASE"]}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    )
    django.setup()
    answer({"times": times})
