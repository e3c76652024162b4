"""One account, one address: `User.email` decides, and what allauth stores about addresses follows it (U1)."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from certportal.accounts.models import User


def known(user: User) -> tuple[str, ...]:
    """All addresses that are known to be the person's, as the database has them now."""
    own = User.objects.filter(pk=user.pk).values_list("email", flat=True)
    confirmed = EmailAddress.objects.filter(user=user.pk, verified=True).values_list("email", flat=True)
    return tuple(dict.fromkeys(address.lower() for address in (*own, *confirmed) if address))


def follow(user: User) -> None:
    """Leave allauth at most one row of the person, with the account's address, and no other's row with that address.

    A row that differs would let somebody sign in, or reset a password, with an address that is not the account's; one
    that is not verified would keep the person from setting up a second factor.
    """
    EmailAddress.objects.filter(email__iexact=user.email).exclude(user=user).delete()
    rows = list(EmailAddress.objects.filter(user=user).order_by("-primary", "pk"))
    if not rows:
        return
    kept, *others = rows
    EmailAddress.objects.filter(pk__in=[row.pk for row in others]).delete()
    EmailAddress.objects.filter(pk=kept.pk).update(email=user.email, verified=True, primary=True)
