"""Who uses the portal: people, the organisations they belong to, and the link between them."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class PeopleManager(UserManager["User"]):
    """Users are named by their e-mail address."""

    def _create_user(self, email: str, password: str | None, **fields: Any) -> User:
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:  # type: ignore[override]
        fields.setdefault("is_staff", False)
        fields.setdefault("is_superuser", False)
        return self._create_user(email, password, **fields)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:  # type: ignore[override]
        return self._create_user(email, password, **fields | {"is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> User:
        """The account with this address, however it is written: addresses are kept in lower case."""
        return self.get(email=(username or "").lower())


def check_time_zone(name: str) -> None:
    if name and name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Enter one such as Asia/Shanghai."), params={"name": name}
        )


GUARDED = ("email", "password", "is_active", "is_staff", "is_superuser")
"""The fields that decide whether a person can sign in, and what they may do at all."""


class ChangedMeanwhile(Exception):
    """Nothing was saved: somebody set another password, or deleted the account, while this change was being made."""


class Customer(models.Model):
    """An organisation whose certificates the service keeps."""

    slug = models.SlugField(_("short name"), unique=True)
    name = models.CharField(_("organisation"), max_length=200)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person. Belongs to customers by membership; is a reviewer or certificate staff by group."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("email address"), unique=True)
    language = models.CharField(_("language"), max_length=10, blank=True, choices=settings.LANGUAGES)
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True, validators=[check_time_zone])
    muted_mails = models.JSONField(_("email opt-outs"), default=list, blank=True)
    customers = models.ManyToManyField(Customer, through="Membership", related_name="users")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[PeopleManager] = PeopleManager()
    before_saving: Any = None
    """What `accounts.watching` keeps from before a save until after it."""
    read: Mapping[str, Any] = MappingProxyType({})
    """The `GUARDED` fields as the database had them when this object was read, without those it has written since."""

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_account_an_address",
                violation_error_message=_("An account with this email address already exists."),
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any) -> User:
        user: User = super().from_db(db, field_names, values, **more)
        user._note_what_was_read()
        return user

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        names = None if fields is None else list(fields)
        super().refresh_from_db(using, names, from_queryset)
        self._note_what_was_read(names)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the address in lower case, in one transaction with the event about it (U2).

        Credentials and rights that this object did not change stay as they are in the database. So a page that was
        loaded before somebody took a right away, or deleted the account, gives nothing back.

        Raises:
            ChangedMeanwhile: the password is not the one that was read any more, or the account is gone.
        """
        self.email = self.email.lower()
        whole = self.read and not args and not kwargs.get("force_insert") and kwargs.get("update_fields") is None
        if whole:
            kwargs["update_fields"] = self._fields_to_save()
        with transaction.atomic():
            if whole or self._sets_a_password():
                self._hold_what_was_read()
            super().save(*args, **kwargs)
        self.read = {name: value for name, value in self.read.items() if getattr(self, name) == value}

    def _sets_a_password(self) -> bool:
        return bool(self.read.get("password", self.password) != self.password)

    def _hold_what_was_read(self) -> None:
        """Lock the row. Refuse if the account is gone or, for a new password, if another one was set meanwhile.

        Whoever typed the former password, or had a link for it, has shown nothing about the one that is set now.

        Raises `ChangedMeanwhile`.
        """
        present = User.objects.select_for_update().filter(pk=self.pk).values_list("password", flat=True).first()
        if present is None or (self._sets_a_password() and present != self.read["password"]):
            raise ChangedMeanwhile

    def _note_what_was_read(self, fields: Collection[str] | None = None) -> None:
        names = GUARDED if fields is None else [name for name in GUARDED if name in fields]
        self.read = {**self.read, **{name: self.__dict__[name] for name in names if name in self.__dict__}}

    def _fields_to_save(self) -> list[str]:
        kept = {name for name, value in self.read.items() if getattr(self, name) == value}
        kept |= self.get_deferred_fields()
        return [field.name for field in self._meta.concrete_fields if not field.primary_key and field.name not in kept]


class Membership(models.Model):
    """A person acts for a customer. All members have the same rights, except that staff may take away the webhooks."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")

    manages_webhooks = models.BooleanField(_("may manage webhooks"), default=True)
    before_saving: Any = None
    """What `accounts.watching` keeps from before a save until after it."""

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["user", "customer"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user} – {self.customer}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, in one transaction with the event about it (U2)."""
        with transaction.atomic():
            super().save(*args, **kwargs)


class SpentCode(models.Model):
    """The time step up to which a secret's codes are used up (U3, RFC 6238 5.2). Only the secret's digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    secret_digest = models.CharField(max_length=64)
    step = models.BigIntegerField()

    class Meta:
        verbose_name = _("used code")
        verbose_name_plural = _("used codes")
        constraints = [models.UniqueConstraint(fields=["user", "secret_digest"], name="one_row_a_secret")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.step}"
