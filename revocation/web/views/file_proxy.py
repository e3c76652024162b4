"""O1: the addresses to which customers' web servers forward a path. Plain text, for everybody."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from revocation.services.ownership.proof_files import content_of

FOLDER = "/delegated/"
METHODS = ("GET", "HEAD")
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class DelegatedFiles:
    """Middleware that comes before all others, because its answers go out under the customer's own name.

    No cookie, redirect or strict transport security of the portal's may be on them. The Host header is neither needed
    nor trusted.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(FOLDER):
            return self.get_response(request)
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return answer(request.path_info.removeprefix(FOLDER))


def answer(path: str) -> HttpResponse:
    """Answer with a file. `path`: token, slash, name of the file.

    An unknown token and an unknown name give the same 404, which repeats neither.
    """
    token, _, file_name = path.partition("/")
    content = content_of(token, file_name)
    if content is None:
        return HttpResponse("There is no such file.\n", content_type="text/plain", headers=HEADERS, status=404)
    return HttpResponse(content, content_type="text/plain", headers=HEADERS)
