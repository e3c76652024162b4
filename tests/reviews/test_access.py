"""Every address of the desk as every kind of person. A new address without a row here fails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import User
from revocation.models import (
    BlockedKey,
    Discrepancy,
    Event,
    Mail,
    ProvenThrough,
    Receipt,
    RevocationOrder,
    RevocationRequest,
    StatusPoint,
)
from revocation.services.authority import receipt_signing
from revocation.services.review import decisions
from tests.people import LOOKED_AT
from tests.reviews import desk
from tests.reviews.conftest import Seat

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

REVIEWERS = {"rita", "audrey", "root"}  # and those who may read what reviewers do
DECIDERS = {"rita", "root"}
CERTIFICATE_STAFF = {"carl", "root"}
CERTIFICATE_READERS = {"rita", "carl", "audrey", "root"}
NOBODY: set[str] = set()
ROOT = {"root"}
STAFF = ("rita", "carl", "sam", "audrey", "root")

R, C, ORDER, E, M, B, D, P = (
    f"revocation_{model}_"
    for model in (
        "revocationrequest",
        "certificate",
        "revocationorder",
        "event",
        "mail",
        "blockedkey",
        "discrepancy",
        "statuspoint",
    )
)
# name -> who may GET it
ROWS = {
    "index": set(STAFF),
    R + "changelist": REVIEWERS,
    R + "change": REVIEWERS,
    R + "history": REVIEWERS,
    R + "decide": DECIDERS,
    R + "people": REVIEWERS,
    R + "dashboard": REVIEWERS,
    R + "dashboard_csv": REVIEWERS,
    **{R + verb: NOBODY for verb in ("next", "assign", "unassign", "note")},  # POST only
    R + "letter": REVIEWERS,
    R + "picture": REVIEWERS,
    R + "evidence": REVIEWERS,
    R + "evidence_picture": REVIEWERS,
    C + "changelist": CERTIFICATE_READERS,
    C + "change": CERTIFICATE_READERS,
    C + "history": CERTIFICATE_READERS,
    C + "receipt": REVIEWERS,
    C + "record": REVIEWERS,
    C + "record_json": REVIEWERS,
    C + "import": CERTIFICATE_STAFF,
    C + "issue": CERTIFICATE_STAFF,
    C + "purge": CERTIFICATE_STAFF,
    ORDER + "changelist": REVIEWERS | CERTIFICATE_STAFF,
    ORDER + "change": REVIEWERS | CERTIFICATE_STAFF,
    ORDER + "history": REVIEWERS | CERTIFICATE_STAFF,
    ORDER + "by_hand": DECIDERS | CERTIFICATE_STAFF,
    ORDER + "retry": NOBODY,  # POST only
    ORDER + "confirm": NOBODY,
    E + "changelist": REVIEWERS,
    E + "change": REVIEWERS,
    E + "history": REVIEWERS,
    B + "changelist": CERTIFICATE_READERS,
    B + "change": CERTIFICATE_READERS,
    B + "history": CERTIFICATE_READERS,
    **{shown + verb: REVIEWERS for shown in (D, P) for verb in ("changelist", "change", "history")},
    M + "changelist": ROOT,
    M + "change": ROOT,
    M + "history": ROOT,
    **{desk_ + verb: NOBODY for desk_ in (R, C, ORDER, E, M, B, D, P) for verb in ("add", "delete")},
    **{
        f"{model}_{verb}": ROOT
        for model in (
            "revocation_brand",
            "revocation_deploymenttarget",
            "accounts_customer",
            "accounts_membership",
        )
        for verb in ("changelist", "change", "add", "delete", "history")
    },
    **{f"accounts_user_{verb}": ROOT for verb in ("changelist", "change", "add", "delete", "history")},
}
ELSEWHERE = {"auth_user_password_change"}
World = tuple[Callable[[str], str], dict[str, User | None]]


def our_names() -> set[str]:
    apps = ("revocation_", "accounts_")
    found = {p.name for model in admin.site._registry.values() for p in model.get_urls() if p.name}
    return {name for name in found if name.startswith(apps)}


def test_every_address_of_the_desk_has_a_row() -> None:
    assert our_names() <= set(ROWS) | ELSEWHERE


def proven_order(alice: User, ron: User) -> RevocationOrder:
    """Return the order of another request: confirmed and, since no place can be checked, proven by the CA's word."""
    case, now = desk.in_review(alice), timezone.now()
    decisions.approve(case.pk, by=desk.actor(ron), at=now, checked=LOOKED_AT)
    order = case.revocations.get()
    order.confirm(revoked_at=now, reason=4, receipt={}, at=now, answered=now, visible_by=now)
    order.prove(at=now, through=ProvenThrough.WORD)
    order.save()
    return order


@pytest.fixture
def world(alice: User, ron: User, rita: User, carl: User, sam: User, audrey: User, root: User) -> World:
    """Make one of everything. Return a function that makes each address, and the people."""
    waiting = desk.with_letter(alice)
    letter = waiting.letters.get()
    shown = desk.in_review(alice, assisted=True).evidence.get()
    decided = desk.in_review(alice)
    decisions.approve(decided.pk, by=desk.actor(ron), at=timezone.now(), checked=LOOKED_AT)
    order = decided.revocations.get()
    target = waiting.certificate.customer.deployment_targets.create(name="Shop", folder="shop")
    key = receipt_signing.current_key()
    signed = dict.fromkeys(("json", "pdf"), b"x")
    signed |= dict.fromkeys(("json_signature", "pdf_signature"), receipt_signing.sign(b"x", key))
    Receipt.objects.create(revocation=proven_order(alice, ron), made_at=timezone.now(), key=key, **signed)
    place = StatusPoint.objects.create(key="CD", kind="crl", url="http://ca.example/ca.crl")
    objects = {
        "statuspoint": place,
        "discrepancy": Discrepancy.objects.create(
            certificate=waiting.certificate,
            point=place,
            kind="on_hold",
            found_at=timezone.now(),
            this_update=timezone.now(),
        ),
        "revocationrequest": waiting,
        "certificate": waiting.certificate,
        "revocationorder": order,
        "event": Event.objects.first(),
        "mail": Mail.objects.first(),
        "blockedkey": BlockedKey.objects.create(
            key_digest="AB", since=timezone.now(), certificate=waiting.certificate, request=waiting
        ),
        "brand": waiting.certificate.brand,
        "deploymenttarget": target,
        "customer": waiting.certificate.customer,
        "membership": alice.memberships.get(),
        "user": alice,
    }
    special: dict[str, list[Any]] = {
        R + "decide": [waiting.pk, "approve"],
        **{R + verb: [waiting.pk] for verb in ("assign", "unassign", "note")},
        **{R + name: [] for name in ("next", "dashboard", "dashboard_csv")},
        **{C + name: [waiting.certificate.pk] for name in ("record", "record_json")},
        C + "receipt": [Receipt.objects.get().revocation.certificate_id, "pdf"],
        R + "letter": [waiting.pk, letter.pk],
        R + "picture": [waiting.pk, letter.pk, 1],
        R + "evidence": [shown.request_id, shown.pk],
        R + "evidence_picture": [shown.request_id, shown.pk, 1],
        C + "import": [],
        C + "issue": [],
        C + "purge": [],
        "index": [],
    }

    def address(name: str) -> str:
        model, verb = name.split("_")[-2:] if "_" in name and name not in special else ("", "")
        if name == ORDER + "by_hand":
            model = "revocationorder"
        args = special.get(name, [] if verb in ("changelist", "add") else [objects.get(model, order).pk])
        query = f"?id={waiting.certificate.pk}" if name == C + "purge" else ""
        return reverse(f"admin:{name}", args=args) + query

    people = {"rita": rita, "carl": carl, "sam": sam, "audrey": audrey, "root": root, "alice": alice, "anonymous": None}
    return address, people


@pytest.mark.parametrize("who", ["anonymous", "alice", *STAFF])
def test_L3_every_address_as_every_kind_of_person(world: World, seat: Seat, who: str) -> None:
    address, people = world
    client = seat(people[who])
    wrong = {}
    for name, allowed in ROWS.items():
        status = client.get(address(name)).status_code
        expected = {302} if who not in STAFF else {200} if who in allowed else {403, 405}
        if status not in expected:
            wrong[name] = status
    assert not wrong


def done() -> int:
    """Count what happened; an attempt that was refused is no change."""
    return Event.objects.exclude(kind="decision_refused").count()


def test_posts_of_strangers_change_nothing(world: World, seat: Seat) -> None:
    address, people = world
    given = {"sure": "on", "why": "x", "note": "x", "post": "yes", "_selected_action": ["1"]}
    before = done()
    for who in ("anonymous", "alice", "sam", "audrey"):
        client = seat(people[who])
        for name in ROWS.keys() - {"index"}:
            readable = {200} if who in ROWS[name] else set()
            status = client.post(address(name), given | {"action": "delete_for_good"}).status_code
            assert status in {302, 403, 405} | readable, (who, name)
        assert done() == before, who


# what changes something: name -> (who may, what is posted besides the ticks of a checklist)
ACTS = {
    R + "assign": (DECIDERS, {}),
    R + "note": (DECIDERS, {"why": "x"}),
    R + "next": (DECIDERS, {}),
    R + "decide": (DECIDERS, {"sure": "on"}),
    ORDER + "retry": (DECIDERS, {}),
    ORDER + "by_hand": (DECIDERS | CERTIFICATE_STAFF, {"note": "x", "sure": "on"}),
    C + "purge": (CERTIFICATE_STAFF, {"sure": "on"}),
    C + "changelist": (CERTIFICATE_STAFF, {"action": "to_be_renewed"}),
}


class TakenBack(Exception):
    """Ends the transaction of one act, so that the next finds the same world."""


@pytest.mark.parametrize("who", STAFF)
def test_every_act_as_every_kind_of_staff(world: World, seat: Seat, who: str, rita: User) -> None:
    address, people = world
    client = seat(people[who])
    form = seat(rita).get(address(R + "decide")).context["form"]
    ticks = {"seen": form.initial["seen"]} | {name: "on" for name in form.fields if name.startswith("check_")}
    expired = desk.certificate(not_after=timezone.now() - timedelta(days=1))
    for name, (allowed, given) in ACTS.items():
        before = done()
        posted = ticks | {"id": expired.pk, "_selected_action": [expired.pk]} | given
        with suppress(TakenBack), transaction.atomic():
            client.post(address(name), posted)
            changed = done() > before
            raise TakenBack
        assert changed == (who in allowed), name


@pytest.mark.parametrize("field", ["_popup=1", "_to_field=state", "list_editable=state"])
def test_threat_20_fields_of_the_admin_in_the_address_or_the_form_change_nothing(
    world: World, seat: Seat, root: User, field: str
) -> None:
    """A superuser posts formset rows and selections for objects that the list does not show."""
    address, _ = world
    request = RevocationRequest.objects.exclude(route="A1").get(state="in_review")
    rows = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": request.pk, "form-0-state": "revoked"}
    before = Event.objects.count()
    for name in (R + "changelist", R + "change", C + "changelist", ORDER + "changelist"):
        seat(root).post(f"{address(name)}?{field}", rows | {"_save": "Save", "state": "revoked", "action": "x"})
    assert desk.fresh(request).state == "in_review"
    assert Event.objects.count() == before


def test_threat_21_a_post_without_token_is_refused(world: World, rita: User) -> None:
    from django.test import Client

    address, _ = world
    client = Client(enforce_csrf_checks=True)
    client.force_login(rita)
    assert client.post(address(R + "decide"), {"sure": "on"}).status_code == 403


def test_threat_22_a_right_withdrawn_counts_at_once(world: World, seat: Seat, rita: User) -> None:
    address, _ = world
    client = seat(rita)
    assert client.get(address(R + "decide")).status_code == 200
    rita.user_permissions.clear()
    assert client.post(address(R + "decide"), {"sure": "on"}).status_code == 403


@pytest.mark.parametrize("number", ["9" * 20, "-" + "9" * 30])
@pytest.mark.parametrize("model", ["revocationrequest", "revocationorder", "certificate", "discrepancy", "blockedkey"])
def test_a_number_that_no_key_has_shows_the_whole_list(root: User, seat: Seat, model: str, number: str) -> None:
    address = reverse(f"admin:revocation_{model}_changelist")
    answer = seat(root).get(address, {"certificate__exact": number})
    assert (answer.status_code, answer["Location"]) == (302, f"{address}?e=1")
