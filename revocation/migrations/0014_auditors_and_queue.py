"""The group of auditors, who read everything and change nothing; and the queue's columns of requests that are there."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import OuterRef, Subquery

AUDITORS = ["view_revocationrequest", "view_certificate", "view_letter", "view_event", "view_revocation"]


def create(apps, schema_editor):
    create_permissions(installed.get_app_config("revocation"), verbosity=0, apps=apps)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    group, _ = Group.objects.get_or_create(name="auditors")
    group.permissions.add(*Permission.objects.filter(content_type__app_label="revocation", codename__in=AUDITORS))


def fill(apps, schema_editor):
    Request, Certificate = (apps.get_model("revocation", name) for name in ("RevocationRequest", "Certificate"))
    own = Certificate.objects.filter(pk=OuterRef("certificate"))
    Request.objects.filter(customer__isnull=True).update(
        customer=Subquery(own.values("customer")[:1]), brand=Subquery(own.values("brand")[:1])
    )


class Migration(migrations.Migration):
    dependencies = [('revocation', '0013_the_desk')]
    operations = [
        migrations.RunPython(create, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
