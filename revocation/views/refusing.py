"""A refusal as a page: 409 when the state of the world is against it (M3, M4, F10), with the way on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def conflict(request: HttpRequest, sentence: str, back: str) -> HttpResponse:
    """`sentence`: why not, complete. `back`: the address of the page to go on from."""
    return render(request, "409.html", {"sentence": sentence, "back": back}, status=409)
