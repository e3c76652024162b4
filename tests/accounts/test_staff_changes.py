"""U2: each change that staff make to somebody's account is an event, and a mail to the address before the change."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certportal.accounts.acting import acting
from certportal.accounts.models import Customer, Membership, User
from revocation.models import Actor, Event, EventKind, Mail
from revocation.notifications import PERSONAL
from revocation.services.notifications import mail
from tests.accounts.conftest import NEW, Seat, credentials, kinds, told
from tests.accounts.factors import enrol

ALICE, RITA = "alice@aurora.example", "rita@certportal.example"
USERS = "/admin/accounts/user/"


def form_of(client: Client, user: User, **changed: Any) -> dict[str, Any]:
    """What a browser would post from the page of this account."""
    page = client.get(f"{USERS}{user.pk}/change/").context["adminform"].form
    typed: dict[str, Any] = {}
    for name in page.fields:
        value = page[name].value()
        typed[name] = [getattr(row, "pk", row) for row in value] if isinstance(value, list) else value
    rows = list(user.memberships.all())
    typed |= {"memberships-TOTAL_FORMS": len(rows), "memberships-INITIAL_FORMS": len(rows)}
    for number, row in enumerate(rows):
        typed |= {f"memberships-{number}-id": row.pk, f"memberships-{number}-user": user.pk}
        typed |= {f"memberships-{number}-customer": row.customer_id, f"memberships-{number}-manages_webhooks": "on"}
    typed |= changed
    return {name: value for name, value in typed.items() if value is not None and value is not False}


def change(client: Client, person: Actor, **changed: Any) -> None:
    assert person.user
    address = f"{USERS}{person.user.pk}/change/"
    answer = client.post(address, form_of(client, person.user, **changed))
    assert answer.status_code == 302, answer.context["errors"]


def test_U2_a_password_set_by_staff(seat: Seat, root: Actor, alice: Actor) -> None:
    assert alice.user
    typed = {"usable_password": "true", "password1": NEW, "password2": NEW}
    seat(root).post(f"{USERS}{alice.user.pk}/password/", typed)
    event = Event.objects.get()
    assert root.user
    assert (event.kind, event.person_id, event.actor_id) == ("password_changed", alice.user.pk, root.user.pk)
    assert told() == {("password_changed", ALICE)}


def test_U2_a_password_taken_away_by_staff(seat: Seat, root: Actor, alice: Actor) -> None:
    assert alice.user
    typed = {"usable_password": "false", "unset-password": "yes"}
    seat(root).post(f"{USERS}{alice.user.pk}/password/", typed)
    assert told() == {("password_changed", ALICE)}


def test_U2_an_address_changed_by_staff_is_told_at_the_old_one(seat: Seat, root: Actor, alice: Actor) -> None:
    change(seat(root), alice, email="Moved@aurora.example")
    assert told() == {("address_changed", ALICE)}
    event = Event.objects.get()
    assert (event.data["before"], event.data["after"]) == (ALICE, "moved@aurora.example")
    assert event.data["person"] == "Alice <alice@aurora.example>"
    body = mail.compose(Mail.objects.get()).body
    assert "Root <root@certportal.example>" in body
    assert "127.0.0.1" not in body.replace(settings.PORTAL_URL, "")  # customers do not learn where staff work


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"is_active": False}, {"what": "is_active", "before": True, "after": False}),
        ({"is_staff": "on"}, {"what": "is_staff", "before": False, "after": True}),
        ({"is_superuser": "on"}, {"what": "is_superuser", "before": False, "after": True}),
    ],
)
def test_U2_rights_in_the_account(seat: Seat, root: Actor, alice: Actor, changed: Any, what: Any) -> None:
    change(seat(root), alice, **changed)
    assert Event.objects.get().data["changes"] == [what]
    assert told() == {("rights_changed", ALICE)}


def test_U2_groups_and_single_permissions(seat: Seat, root: Actor, rita: Actor) -> None:
    auditors = Group.objects.get(name="auditors")
    single = Permission.objects.get(codename="view_event")
    change(seat(root), rita, groups=[auditors.pk], user_permissions=[single.pk])
    found = [each for event in Event.objects.order_by("pk") for each in event.data["changes"]]
    assert sorted(found, key=str) == [
        {"what": "groups", "added": ["auditors"]},
        {"what": "groups", "removed": ["reviewers"]},
        {"what": "permissions", "added": ["revocation.view_event"]},
    ]
    assert told() == {("rights_changed", RITA)}


def test_U2_memberships_on_the_page_of_the_person(seat: Seat, root: Actor, alice: Actor) -> None:
    other = Customer.objects.create(slug="other", name="Other Ltd")
    new_row = {"memberships-TOTAL_FORMS": 2, "memberships-1-customer": other.pk, "memberships-1-user": alice.user_id}
    change(seat(root), alice, **{"memberships-0-DELETE": "on"}, **new_row)
    events = Event.objects.order_by("kind").values_list("kind", "customer_id", "data__organisation")
    aurora = Customer.objects.get(slug="aurora")
    assert list(events) == [("member_added", other.pk, "Other Ltd"), ("member_removed", aurora.pk, "Aurora")]
    assert {to for _, to in told()} == {ALICE}


def test_U2_memberships_by_themselves(seat: Seat, root: Actor, alice: Actor, charlie: Actor) -> None:
    row = Membership.objects.get(user=alice.user)
    address, client = f"/admin/accounts/membership/{row.pk}/", seat(root)
    typed = {"user": charlie.user_id, "customer": row.customer_id, "manages_webhooks": "on"}
    client.post(f"{address}change/", typed)
    client.post(f"{address}change/", {"user": charlie.user_id, "customer": row.customer_id})
    client.post(f"{address}delete/", {"post": "yes"})
    by_person = list(Event.objects.order_by("pk").values_list("kind", "person_id"))
    theirs = [(kind, charlie.user_id) for kind in ("member_added", "member_changed", "member_removed")]
    assert by_person == [("member_removed", alice.user_id), *theirs]


def test_U2_a_deleted_organisation_takes_its_memberships_along(seat: Seat, root: Actor, alice: Actor) -> None:
    owner = Customer.objects.get(slug="aurora")
    seat(root).post(f"/admin/accounts/customer/{owner.pk}/delete/", {"post": "yes"})
    assert told() == {("member_removed", ALICE)}


def test_U2_a_group_that_may_more(seat: Seat, root: Actor, rita: Actor, ron: Actor, alice: Actor) -> None:
    group = Group.objects.get(name="reviewers")
    rights = [*group.permissions.values_list("pk", flat=True), Permission.objects.get(codename="change_user").pk]
    seat(root).post(f"/admin/auth/group/{group.pk}/change/", {"name": group.name, "permissions": rights})
    event = Event.objects.get()
    assert (event.kind, event.data["group"]) == ("group_changed", "reviewers")
    assert event.data["changes"] == [{"what": "permissions", "added": ["accounts.change_user"]}]
    assert told() == {("group_changed", RITA), ("group_changed", "ron@certportal.example")}


def test_U2_a_group_that_is_deleted(seat: Seat, root: Actor, rita: Actor) -> None:
    group = Group.objects.get(name="reviewers")
    seat(root).post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})
    assert told() == {("rights_changed", RITA)}


def test_U2_a_lost_factor_deleted_by_staff_takes_the_recovery_codes_along(
    seat: Seat, root: Actor, alice: Actor
) -> None:
    assert alice.user
    enrol(alice.user)
    factor = Authenticator.objects.get(user=alice.user, type="totp")
    seat(root).post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.filter(user=alice.user).exists()
    assert told() == {("factor_removed", ALICE), ("recovery_codes_removed", ALICE)}


def test_U2_an_account_added_and_deleted(seat: Seat, root: Actor) -> None:
    client, new = seat(root), "new@aurora.example"
    typed = {"email": new, "usable_password": "true", "password1": NEW, "password2": NEW}
    client.post(f"{USERS}add/", typed | {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0})
    user = User.objects.get(email=new)
    enrol(user)
    client.post(f"{USERS}{user.pk}/delete/", {"post": "yes"})
    assert kinds() == ["account_added", "account_removed"]
    assert told() == {("account_added", new), ("account_removed", new)}
    assert set(Event.objects.values_list("person_id", flat=True)) == {user.pk}


def test_U2_several_accounts_deleted_at_once(seat: Seat, root: Actor, alice: Actor, bob: Actor) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [alice.user_id, bob.user_id], "post": "yes"}
    seat(root).post(USERS, chosen)
    assert told() == {("account_removed", ALICE), ("account_removed", "bob@aurora.example")}


def test_U2_what_changes_nothing_leaves_no_event(seat: Seat, root: Actor, alice: Actor) -> None:
    change(seat(root), alice, first_name="Alicia")
    assert kinds() == []


def test_U2_a_change_that_fails_leaves_no_event(
    seat: Seat, root: Actor, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from revocation import notifications

    def broken(*_: Any) -> None:
        raise RuntimeError("no mails today")

    before = credentials()
    monkeypatch.setattr(notifications, "queue_personal_mails", broken)
    assert alice.user
    client = seat(root)
    client.raise_request_exception = False
    assert client.post(f"{USERS}{alice.user.pk}/password/", {"password1": NEW, "password2": NEW}).status_code == 500
    assert (credentials(), kinds()) == (before, [])


@pytest.mark.parametrize("number", ["{}", "0{}", "+{}", "%20{}"])
def test_U1_staff_change_their_own_account_only_after_showing_who_they_are(
    seat: Seat, root: Actor, number: str
) -> None:
    """This holds however the account's number is written in the URL."""
    assert root.user
    client, before = seat(root), credentials()
    own = number.format(root.user.pk)
    typed = form_of(client, root.user, email="thief@evil.example")
    for path in (f"{own}/change/", f"{own}/delete/"):
        answer = client.post(USERS + path, typed | {"post": "yes"})
        assert answer["Location"].startswith(("/accounts/reauthenticate/", "/admin/")), path
    client.post(f"{USERS}{own}/password/", {"usable_password": "true", "password1": NEW, "password2": NEW})
    assert credentials() == before


def test_U1_staff_with_a_fresh_log_in_change_their_own_address(fresh_seat: Seat, root: Actor) -> None:
    change(fresh_seat(root), root, email="head@certportal.example")
    assert told() == {("address_changed", "root@certportal.example")}


def test_U1_what_staff_began_goes_on_after_the_password(seat: Seat, root: Actor) -> None:
    assert root.user
    client, own = seat(root), f"{USERS}{root.user.pk}/change/"
    asked = client.post(own, form_of(client, root.user, email="head@certportal.example"))
    client.post(asked["Location"], {"password": "pw"})
    assert told() == {("address_changed", "root@certportal.example")}


def test_U1_staff_remove_their_own_factor_only_after_showing_who_they_are(seat: Seat, root: Actor) -> None:
    assert root.user
    enrol(root.user)
    factor = Authenticator.objects.get(user=root.user, type="totp")
    address = f"/admin/mfa/authenticator/{factor.pk}/delete/"
    assert seat(root).post(address, {"post": "yes"})["Location"].startswith("/accounts/reauthenticate/")
    chosen = {"action": "delete_selected", "_selected_action": [factor.pk], "post": "yes"}
    seat(root).post("/admin/mfa/authenticator/", chosen)
    assert Authenticator.objects.filter(pk=factor.pk).exists()


def test_U1_staff_do_not_delete_their_own_account_from_the_list_either(
    seat: Seat, fresh_seat: Seat, root: Actor, bob: Actor
) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [bob.user_id, root.user_id], "post": "yes"}
    assert seat(root).post(USERS, chosen)["Location"].startswith("/accounts/reauthenticate/")
    assert kinds() == []
    fresh_seat(root).post(USERS, chosen)
    assert kinds() == ["account_removed"] * 2


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True, "is_staff": False}], ids=str)
def test_lesser_staff_touch_no_account_with_more_rights(
    seat: Seat, rita: Actor, bob: Actor, rights: dict[str, bool]
) -> None:
    """They change neither its password or address nor its second factor."""
    assert rita.user
    assert bob.user
    names = ("change_user", "delete_user", "view_user", "delete_authenticator", "view_authenticator")
    rita.user.user_permissions.set(Permission.objects.filter(codename__in=names))
    enrol(bob.user)
    User.objects.filter(pk=bob.user_id).update(**rights)
    factor, before, client = Authenticator.objects.get(user=bob.user, type="totp"), credentials(), seat(rita)
    for path in ("password/", "delete/", "change/"):
        typed = {"post": "yes", "email": "x@y.example", "usable_password": "true", "password1": NEW, "password2": NEW}
        assert client.post(f"{USERS}{bob.user_id}/{path}", typed).status_code == 403, path
    assert client.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"}).status_code == 403
    assert credentials() == before


def test_U2_commands_leave_events_too(alice: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW)
    call_command("changepassword", ALICE, verbosity=0)
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", NEW)
    call_command("createsuperuser", email="boss@certportal.example", interactive=False, verbosity=0)
    assert told() == {("password_changed", ALICE), ("account_added", "boss@certportal.example")}
    assert set(Event.objects.values_list("actor_kind", "source")) == {("system", "command line")}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_U2_every_mail_about_an_account_can_be_read(seat: Seat, root: Actor, rita: Actor, language: str) -> None:
    from revocation.services.notifications.accounts import Person, record_change
    from tests.conftest import NOW

    data = {"before": ALICE, "after": "x@aurora.example", "left": 3, "organisation": "<Aurora>", "group": "reviewers"}
    data["changes"] = [{"what": "is_staff", "before": False, "after": True}, {"what": "groups", "added": ["auditors"]}]
    for kind in PERSONAL:
        record_change(kind, Person(1, "Alice", (ALICE,), language, "UTC"), by=root, at=NOW, data=data)
    for row in Mail.objects.select_related("event"):
        message = mail.compose(row)
        html = str(message.alternatives[0][0])
        assert "%(" not in message.body
        assert "<Aurora>" not in html
        assert "→" in message.body or not row.event.kind.startswith(("rights", "group", "member_changed"))
        assert message.body.count("://") == 1
        assert str(EventKind(row.event.kind).label) in message.subject or language != "en"


def test_auditors_read_what_happened_to_accounts(seat: Seat, root: Actor, alice: Actor) -> None:
    change(seat(root), alice, is_staff="on")
    event = Event.objects.get()
    page = seat(root).get(reverse("admin:revocation_event_change", args=[event.pk])).content.decode()
    assert "Alice &lt;alice@aurora.example&gt;" in page
    assert "is_staff" in page


def test_U2_the_cost_of_naming_permissions_does_not_grow_with_them(root: Actor) -> None:
    def asked(permissions: list[Permission]) -> int:
        group = Group.objects.create(name=f"group of {len(permissions)}")
        with CaptureQueriesContext(connection) as queries, acting(root):
            group.permissions.add(*permissions)
        return len(queries)

    found = list(Permission.objects.all())
    assert asked(found[:1]) == asked(found[:20])
    assert len(Event.objects.latest("pk").data["changes"][0]["added"]) == 20
