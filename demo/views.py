"""The page of the demo: who is there, what to try, and the buttons of the customers' own DNS and web server."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from dns.exception import DNSException

from certportal.accounts.models import Customer
from demo.certificates import AUTHORITIES
from demo.models import PublishedFile, PublishedRecord
from demo.people import PEOPLE
from demo.world import RDATA
from revocation.models import Certificate, CertificateState, ManualMethod, NameProof, RequestState, RevocationRequest
from revocation.ownership.challenge import FILE_FOLDER, expected_cname, record_name

TO_TRY = (
    ("F1", "f1.aurora.example", _("reason, confirm, review")),
    ("F2", "f2.aurora.example", _("reason, stamped application, review")),
    ("F3", "f3.aurora.example", _("proof of domain ownership, no review")),
    ("O1", "auto.aurora.example", _("automatic proof: the portal publishes the record")),
    ("O1", "delegated.aurora.example", _("automatic proof by DNS delegation")),
    ("O1", "proxied.aurora.example", _("automatic proof by a forwarded path")),
    ("F4", "f4.aurora.example", _("reason, stamped confirmation letter, review")),
    ("F9", "waived.aurora.example", _("no letter, automatic domain validation")),
    ("O3", "*.exempt.aurora.example", _("no new proof, straight to the CA")),
    ("M1", "thirdparty.aurora.example", _("refused: uploaded certificate of another issuer")),
    ("M2", "expired.aurora.example", _("refused: expired")),
    ("M7", "deployed.aurora.example", _("refused while deployed, except for key compromise")),
    ("N1", "renewing.aurora.example", _("refused: expires soon, needs an assisted request")),
    ("N2", "chain.aurora.example", _("reissued twice: its reissues are also revoked")),
    ("N3", "old.aurora.example", _("refused: too old for self-service, needs an assisted request")),
)
SHOWN = 10


@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """Show the page to everybody, since it says which accounts exist. It does not say their password."""
    context = {
        "people": PEOPLE,
        "routes": [(*row, Certificate.objects.filter(common_name=row[1]).first()) for row in TO_TRY],
        "waiting": _waiting(request),
        "records": [record for record in PublishedRecord.objects.all() if is_own(request, record.name)],
        "files": [file for file in PublishedFile.objects.all() if is_own(request, file.host)],
        "pki": settings.PKI_BASE_URL,
        "revoked": _revoked(request),
    }
    return render(request, "demo/demo.html", context)


def is_own(request: HttpRequest, name: str) -> bool:
    """Is the name in a zone of one of the person's organisations? Each has one, named as the organisation is."""
    if not request.user.is_authenticated:
        return False
    slugs = Customer.objects.filter(users=request.user).values_list("slug", flat=True)
    zones = [f"{slug}.example" for slug in slugs]
    return any(name == zone or name.endswith(f".{zone}") for zone in zones)


def _waiting(request: HttpRequest) -> list[RevocationRequest]:
    if not request.user.is_authenticated:
        return []
    mine = RevocationRequest.objects.filter(certificate__customer__users=request.user)
    return list(mine.filter(state=RequestState.AWAITING_OWNERSHIP).select_related("certificate"))


def _revoked(request: HttpRequest) -> list[Certificate]:
    """Return some of the person's certificates that an authority of the demo has revoked."""
    if not request.user.is_authenticated:
        return []
    mine = Certificate.objects.filter(customer__users=request.user, authority__in=AUTHORITIES)
    return list(mine.filter(state=CertificateState.REVOKED)[:SHOWN])


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish, as the customer's administrator would, what a request of one's own waits for."""
    mine = RevocationRequest.objects.filter(certificate__customer__users=request.user)
    waiting = get_object_or_404(mine.select_related("certificate__brand"), pk=pk)
    for proof in waiting.name_proofs.all():
        PUBLISHERS[ManualMethod(proof.method)](waiting, proof)
    text = gettext("Published the values for %(number)s. Open its page and select “Check now”.") % {
        "number": waiting.number
    }
    messages.success(request, text)
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
    """Publish a record or a file as typed, right or wrong: wrong ones show what the checks say of them."""
    form = {key: request.POST.get(key, "").strip()[:255] for key in ("name", "kind", "value")}
    host, _, path = form["name"].partition("/")
    if not is_own(request, host.lower()) or not form["value"]:
        messages.error(
            request, gettext("Enter a name in your own zone, such as _dnsauth.f3.aurora.example, and a value.")
        )
    elif form["kind"] == "FILE":
        PublishedFile.objects.update_or_create(host=host.lower(), path=f"/{path}", defaults={"content": form["value"]})
    elif _is_record(form["kind"], form["value"]):
        PublishedRecord.objects.get_or_create(name=host.lower(), kind=form["kind"], value=form["value"])
    else:
        messages.error(request, gettext("This value cannot be published. Select TXT, CNAME (with a name) or FILE."))
    return redirect("demo")


def _is_record(kind: str, value: str) -> bool:
    try:
        return kind in RDATA and bool(RDATA[kind](value))
    except DNSException:
        return False


@login_required
@require_POST
def remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take a record or a file away again."""
    if kind == "file":
        file = get_object_or_404(PublishedFile, pk=pk)
        own, take_away = is_own(request, file.host), file.delete
    else:
        record = get_object_or_404(PublishedRecord, pk=pk)
        own, take_away = is_own(request, record.name), record.delete
    if not own:
        raise Http404
    take_away()
    return redirect("demo")
