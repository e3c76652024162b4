import django.db.models.deletion
from django.db import migrations, models

ROWS = ("localauthority", "crlshard")
REVOKED = models.Q(("revoked_at__isnull", False))


def rename_in_models_alone():
    """The column keeps its name and its bytes: programs of the last release still read it."""
    column = models.BinaryField(blank=True, db_column="crl_der", default=b"")
    for row in ROWS:
        yield migrations.RenameField(model_name=row, old_name="crl_der", new_name="earlier_der")
        yield migrations.AlterField(model_name=row, name="earlier_der", field=column)


def bytes_of(row):
    beside = models.OneToOneField(
        on_delete=django.db.models.deletion.CASCADE,
        primary_key=True,
        related_name="crl",
        serialize=False,
        to=f"local_authority.{row}",
    )
    return [("number", models.PositiveBigIntegerField()), ("der", models.BinaryField()), ("row", beside)]


class Migration(migrations.Migration):
    dependencies = [("local_authority", "0002_shards_and_ocsp")]

    operations = [
        migrations.CreateModel(name="AuthorityCrl", fields=bytes_of("localauthority")),
        migrations.CreateModel(name="ShardCrl", fields=bytes_of("crlshard")),
        migrations.SeparateDatabaseAndState(state_operations=[*rename_in_models_alone()]),
        *(
            migrations.AddField(row, "crl_layout", models.JSONField(blank=True, null=True)) for row in ROWS
        ),
        migrations.AddIndex(
            "issuedcertificate",
            models.Index(condition=REVOKED, fields=["authority", "revoked_at"], name="issued_certificate_lately"),
        ),
        migrations.AddIndex(
            "issuedcertificate",
            models.Index(condition=REVOKED, fields=["authority", "shard", "revoked_at"], name="issued_shard_lately"),
        ),
    ]
