"""People, organisations and memberships. Rights come from groups, and only superusers give them.

`accounts.watching` records what is changed here, and has the person concerned notified (U2).
"""

from __future__ import annotations

from typing import Any

from allauth.account.admin import EmailAddress
from allauth.account.decorators import reauthentication_required
from allauth.mfa.admin import AuthenticatorAdmin as ShippedAuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Customer, Membership, User

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
"""The fields with which a person could raise their own rights."""


@reauthentication_required  # type: ignore[untyped-decorator]
def _shown_who_they_are(request: HttpRequest) -> None:
    """Require a recent password or code. allauth shows the page that asks for it, and goes on after it."""


def _may_act_for(request: HttpRequest, person: User) -> bool:
    """Return whether the user may act on this account: superusers on any, others on those without rights of staff."""
    return bool(request.user.is_superuser) or not (person.is_staff or person.is_superuser)


class LowerCaseEmail(forms.ModelForm):  # type: ignore[type-arg]
    """Addresses are kept in lower case: one person, one account."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class CreationForm(LowerCaseEmail, AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)


class ChangeForm(LowerCaseEmail, UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007 - the fieldsets below choose


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    raw_id_fields = ("customer",)
    extra = 0


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    form = ChangeForm
    add_form = CreationForm
    inlines = (MembershipInline,)
    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_staff", "is_active")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email__istartswith", "last_name__istartswith")
    show_full_result_count = False
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "language", "time_zone")}),
        (_("Permissions"), {"fields": ("is_active", *RIGHTS)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Lock the rights for all but superusers: who may edit people must not make anybody staff or a reviewer."""
        rights = () if request.user.is_superuser else RIGHTS
        return (*self.readonly_fields, *rights)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse accounts with more rights: a new password or address would be a way to take them over."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj == request.user or _may_act_for(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or _may_act_for(request, obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Ask for the password or a code again if one's own account is among the selected ones (U1)."""
        if request.method == "POST" and request.user in objs:
            _shown_who_they_are(request)
        return super().get_deleted_objects(objs, request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> User | None:
        """Find the account. Before one's own is changed, ask for the password or a code again (U1)."""
        found: User | None = super().get_object(request, object_id, from_field)
        if request.method == "POST" and found == request.user:
            _shown_who_they_are(request)
        return found

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Draw the form or save it. Say so when another account takes the same address at the same instant."""
        try:
            answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            messages.error(request, gettext("Nothing was saved because another account now uses this address."))
            return redirect(request.get_full_path())
        return answer

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Set another person's password. One's own is changed on the page that asks for the present one (U1)."""
        if super().get_object(request, unquote(id)) == request.user:
            return redirect("account_change_password")
        answer: HttpResponse = super().user_change_password(request, id, form_url)
        return answer


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "slug")
    search_fields = ("name__istartswith", "slug__istartswith")
    show_full_result_count = False


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("user", "customer")
    list_select_related = ("user", "customer")
    raw_id_fields = ("user", "customer")
    search_fields = ("user__email__istartswith", "customer__name__istartswith")
    show_full_result_count = False


admin.site.unregister(Authenticator)
admin.site.unregister(EmailAddress)  # an account's address is its own field; allauth's rows follow it


@admin.register(Authenticator)
class AuthenticatorAdmin(ShippedAuthenticatorAdmin):  # type: ignore[misc]
    """A lost second factor is deleted here. Its secret is shown to nobody."""

    list_select_related = ("user",)
    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")
    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse factors of accounts with more rights: help for people without their phone must not weaken those."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.user_id == request.user.pk or _may_act_for(request, obj.user))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Find the factor. Before one's own is deleted, ask for the password or a code again (U1)."""
        found = super().get_object(request, object_id, from_field)
        if request.method == "POST" and found is not None and found.user_id == request.user.pk:
            _shown_who_they_are(request)
        return found
