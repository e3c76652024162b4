"""The page of the demo: who is there, what to try, and the buttons of the customers' own DNS and web server."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from demo.models import PublishedFile, PublishedRecord
from demo.people import PEOPLE
from demo.world import in_our_zones
from revocation.models import Certificate, ManualMethod, NameProof, RequestState, RevocationRequest
from revocation.ownership.challenge import FILE_FOLDER, expected_cname, record_name

TO_TRY = (
    ("F1", "f1.aurora.example", "reason, confirm, review"),
    ("F2", "f2.aurora.example", "reason, stamped application, review"),
    ("F3", "f3.aurora.example", "prove the ownership of the domain; no reviewer"),
    ("F4", "f4.aurora.example", "reason, stamped confirmation letter, review"),
)


@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """Open to everybody, since it says which accounts exist; not their password."""
    context = {
        "people": PEOPLE,
        "routes": [(*row, Certificate.objects.filter(common_name=row[1]).first()) for row in TO_TRY],
        "waiting": _waiting(request),
        "records": PublishedRecord.objects.all() if request.user.is_authenticated else [],
        "files": PublishedFile.objects.all() if request.user.is_authenticated else [],
        "pki": settings.PKI_BASE_URL,
    }
    return render(request, "demo/demo.html", context)


def _waiting(request: HttpRequest) -> list[RevocationRequest]:
    if not request.user.is_authenticated:
        return []
    mine = RevocationRequest.objects.filter(certificate__customer__users=request.user)
    return list(mine.filter(state=RequestState.AWAITING_OWNERSHIP).select_related("certificate"))


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish, as the customer's administrator would, what a request of one's own waits for."""
    mine = RevocationRequest.objects.filter(certificate__customer__users=request.user)
    waiting = get_object_or_404(mine.select_related("certificate__brand"), pk=pk)
    for proof in waiting.name_proofs.all():
        PUBLISHERS[ManualMethod(proof.method)](waiting, proof)
    messages.success(request, f"Published for {waiting.number}. Go to its page and press “Check now”.")
    return redirect("demo")


def _publish_record(waiting: RevocationRequest, proof: NameProof) -> None:
    kind, value = waiting.certificate.brand.proof_record, waiting.challenge_value
    if kind == "CNAME":
        value = expected_cname(value, settings.OWNERSHIP_CNAME_ZONE)
    name = record_name(proof.name, settings.OWNERSHIP_RECORD_LABEL)
    PublishedRecord.objects.get_or_create(name=name, kind=kind, value=value)


def _publish_file(waiting: RevocationRequest, proof: NameProof) -> None:
    path = f"{FILE_FOLDER}{waiting.challenge_file}"
    PublishedFile.objects.update_or_create(host=proof.name, path=path, defaults={"content": waiting.challenge_value})


PUBLISHERS = {ManualMethod.DNS: _publish_record, ManualMethod.FILE: _publish_file}


@login_required
@require_POST
def publish_record(request: HttpRequest) -> HttpResponse:
    """A record or a file as typed, right or wrong: wrong ones show what the checks say of them."""
    form = {key: request.POST.get(key, "").strip()[:255] for key in ("name", "kind", "value")}
    host, _, path = form["name"].partition("/")
    if not in_our_zones(host.lower()) or not form["value"]:
        messages.error(request, "Give a name under aurora.example or xinghe.example, and a value.")
    elif form["kind"] == "FILE":
        PublishedFile.objects.update_or_create(host=host.lower(), path=f"/{path}", defaults={"content": form["value"]})
    elif form["kind"] in ("TXT", "CNAME"):
        PublishedRecord.objects.get_or_create(name=host.lower(), kind=form["kind"], value=form["value"])
    return redirect("demo")


@login_required
@require_POST
def remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take a record or a file away again."""
    (PublishedFile if kind == "file" else PublishedRecord).objects.filter(pk=pk).delete()
    return redirect("demo")
