"""Auditors read receipts, also those of certificates that were deleted (L7)."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations


def grant(apps, schema_editor):
    create_permissions(installed.get_app_config("revocation"), verbosity=0, apps=apps)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    group, _ = Group.objects.get_or_create(name="auditors")
    group.permissions.add(Permission.objects.get(content_type__app_label="revocation", codename="view_receipt"))


class Migration(migrations.Migration):
    dependencies = [("revocation", "0026_events_on_accounts")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
