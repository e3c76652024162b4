"""The models take the field's names. Tables keep theirs: nothing is rewritten, and no guard is touched."""

import django.db.models.deletion
from django.db import migrations, models

RENAMED = (
    ("Revocation", "RevocationOrder"),
    ("Sighting", "StatusObservation"),
    ("Difference", "Discrepancy"),
    ("Glance", "CaseView"),
    ("LiveLook", "ServedCertificate"),
)
ACTIONS = ("add", "change", "delete", "view")


def rename_permissions(apps, schema_editor, renamed=RENAMED):
    """Whoever could see *revocations* can see *revocation orders*. Django (5.2) renames content types, not these."""
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    for old, new in renamed:
        for action in ACTIONS:
            found = permissions.filter(content_type__app_label="revocation", codename=f"{action}_{old.lower()}")
            found.update(codename=f"{action}_{new.lower()}")


def restore_permissions(apps, schema_editor):
    rename_permissions(apps, schema_editor, [(new, old) for old, new in RENAMED])


def renaming():
    for old, new in RENAMED:
        yield migrations.AlterModelTable(name=old, table=f"revocation_{old.lower()}")
        yield migrations.RenameModel(old_name=old, new_name=new)


class Migration(migrations.Migration):
    dependencies = [
        ("revocation", "0001_squashed_0031_finding_reuse_and_by_hand"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        *renaming(),
        migrations.RunPython(rename_permissions, restore_permissions),
        migrations.AlterModelOptions(
            name='discrepancy',
            options={'verbose_name': 'discrepancy', 'verbose_name_plural': 'discrepancies'},
        ),
        migrations.AlterModelOptions(
            name='servedcertificate',
            options={'ordering': ['pk'], 'verbose_name': 'served certificate', 'verbose_name_plural': 'served certificates'},
        ),
        migrations.AlterModelOptions(
            name='statusobservation',
            options={'verbose_name': 'status observation', 'verbose_name_plural': 'status observations'},
        ),
        migrations.AlterField(
            model_name='caseview',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='case_views', to='revocation.revocationrequest'),
        ),
        migrations.AlterField(
            model_name='discrepancy',
            name='certificate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='discrepancies', to='revocation.certificate', verbose_name='certificate'),
        ),
        migrations.AlterField(
            model_name='discrepancy',
            name='kind',
            field=models.CharField(choices=[('revoked_elsewhere', 'revoked elsewhere: the portal did not know'), ('on_hold', 'on hold elsewhere: it may be lifted again, so it is no revocation'), ('not_revoked', 'revoked here, but the place of publication does not say it any more')], max_length=20, verbose_name='discrepancy'),
        ),
        migrations.AlterField(
            model_name='servedcertificate',
            name='certificate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='served_certificates', to='revocation.certificate'),
        ),
        migrations.AlterField(
            model_name='statusobservation',
            name='revocation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='observations', to='revocation.revocationorder'),
        ),
    ]
