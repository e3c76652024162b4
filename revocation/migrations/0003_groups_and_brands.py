"""Groups with the least permissions, and the brands that the table of routes and the service's orders name."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = {
    "reviewers": [
        "decide_revocationrequest",
        "view_revocationrequest",
        "view_certificate",
        "view_letter",
        "view_event",
        "view_revocation",
        "retry_revocation",
    ],
    "certificate staff": [
        "import_certificates",
        "purge_certificate",
        "view_certificate",
        "view_event",
        "view_revocation",
        "view_deploymenttarget",
        "add_deploymenttarget",
        "change_deploymenttarget",
        "view_brand",
        "add_brand",
        "change_brand",
    ],
}

BRANDS = [
    ("certum", "Certum", "TXT"),
    ("cfca", "CFCA", "CNAME"),
    ("digicert", "DigiCert", "TXT"),
    ("dnspod", "DNSPod", "TXT"),
    ("geotrust", "GeoTrust", "TXT"),
    ("globalsign", "GlobalSign", "TXT"),
    ("letsencrypt", "Let's Encrypt", "TXT"),
    ("other", "Other", "TXT"),
    ("sectigo", "Sectigo", "CNAME"),
    ("securesite", "SecureSite", "TXT"),
    ("trustasia", "TrustAsia", "TXT"),
    ("wotrus", "WoTrus", "TXT"),
]


def create(apps, schema_editor):
    # Permissions are normally made after all migrations; the groups need them now.
    create_permissions(installed.get_app_config("revocation"), verbosity=0, apps=apps)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        wanted = Permission.objects.filter(content_type__app_label="revocation", codename__in=codenames)
        group.permissions.add(*wanted)
    Brand = apps.get_model("revocation", "Brand")
    for slug, name, record in BRANDS:
        Brand.objects.get_or_create(slug=slug, defaults={"name": name, "proof_record": record})


class Migration(migrations.Migration):
    dependencies = [
        ("revocation", "0002_append_only_and_four_eyes"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(create)]
