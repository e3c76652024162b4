"""O1: the one address that customers' web servers pass on to. Plain text, for everybody, without a session."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from revocation.services.answering import content_of


@require_safe
@never_cache
def file(request: HttpRequest, token: str, file_name: str) -> HttpResponse:
    content = content_of(token, file_name)
    if content is None:
        return HttpResponse("There is no such file.\n", content_type="text/plain", status=404)
    return HttpResponse(content, content_type="text/plain")
