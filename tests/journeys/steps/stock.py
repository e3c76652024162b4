"""`python -m tests.journeys.steps.stock`: certificates beside the demo's, and Erin, who acts for both organisations."""

from __future__ import annotations

import os

import django

PREFIX = "ten-"
ERIN = "erin@agency.example"
PAIR = ("pair-one.aurora.example", "pair-two.aurora.example")
"""Two drafts of Alice's that were filed together."""
LETTER_F2, LETTER_F4 = "letter-f2.aurora.example", "letter-f4.aurora.example"


def fill(password: str) -> None:
    from allauth.account.models import EmailAddress
    from django.utils import timezone

    from certportal.accounts.models import Customer, Membership, User
    from demo.certificates import Wanted, issue
    from revocation.pki.facts import Level

    wanted = (
        Wanted("f1", (f"{PREFIX}f1.aurora.example",), "wotrus", Level.OV),
        Wanted("sm2", (f"{PREFIX}sm2.aurora.example",), "dnspod", Level.DV, sm2=True),
        Wanted("f2", (f"{PREFIX}f2.aurora.example",), "dnspod", Level.OV, sm2=True),
        Wanted("f4", (f"{PREFIX}f4.aurora.example",), "digicert", Level.OV),
        Wanted("file", (f"{PREFIX}file.aurora.example",), "securesite", Level.DV, method="file"),
        Wanted("n1", (f"{PREFIX}renewing.aurora.example",), "digicert", Level.OV, age=300, left=20, renew=True),
        Wanted("ev", (f"{PREFIX}ev.xinghe.example",), "globalsign", Level.EV, customer="xinghe"),
        Wanted("dns", (f"{PREFIX}dns.xinghe.example",), "geotrust", Level.DV, customer="xinghe"),
        Wanted("letter-f2", (LETTER_F2,), "dnspod", Level.OV, sm2=True),
        Wanted("letter-f4", (LETTER_F4,), "digicert", Level.OV),
        Wanted("pair-one", (PAIR[0],), "digicert", Level.OV),
        Wanted("pair-two", (PAIR[1],), "wotrus", Level.DV),
    )
    for each in wanted:
        issue(each, {}, timezone.now())
    _busy_alice()
    erin = User.objects.create_user(ERIN, password, first_name="Erin")
    EmailAddress.objects.create(user=erin, email=ERIN, verified=True, primary=True)
    for slug in ("aurora", "xinghe"):
        Membership.objects.create(user=erin, customer=Customer.objects.get(slug=slug))


def _busy_alice() -> None:
    """Two drafts filed together, and a webhook to which a message does not get through."""
    from django.utils import timezone

    from certportal.accounts.models import User
    from revocation.models import Actor, Certificate
    from revocation.services.notifications import webhooks
    from revocation.services.requests import joint_filing

    user, at = User.objects.get(email="alice@aurora.example"), timezone.now()
    by = Actor.person(user, "stock")
    ids = Certificate.objects.filter(common_name__in=PAIR).values_list("pk", flat=True)
    joint_filing.begin_together(list(ids), by=by, at=at, reason=4, reason_text="Both are replaced.")
    hook = webhooks.add(user.memberships.get().customer_id, "https://nowhere.aurora.example/hook", by=by, at=at)
    webhooks.test(hook.pk, by=by, at=at)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
    django.setup()
    fill(os.environ["DEMO_PASSWORD"])
