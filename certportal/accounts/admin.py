"""People, organisations and who belongs where. Rights are given by groups, and only superusers give them."""

from __future__ import annotations

from typing import Any

from allauth.mfa.admin import AuthenticatorAdmin as ShippedAuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Customer, Membership, User

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
"""What would let a person raise their own rights."""


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
        (_("Rights"), {"fields": ("is_active", *RIGHTS)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Whoever may edit people may not thereby make themselves, or others, staff or reviewers."""
        rights = () if request.user.is_superuser else RIGHTS
        return (*self.readonly_fields, *rights)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nor take over, by a new password or address, the account of somebody who has more rights."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (bool(request.user.is_superuser) or obj is None or obj == request.user or not obj.is_staff)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (bool(request.user.is_superuser) or obj is None or not obj.is_staff)


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


@admin.register(Authenticator)
class AuthenticatorAdmin(ShippedAuthenticatorAdmin):  # type: ignore[misc]
    """A lost second factor is deleted here. Its secret is shown to nobody."""

    list_select_related = ("user",)
    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
