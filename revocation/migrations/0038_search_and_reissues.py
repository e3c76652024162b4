"""An index of the reissues alone, and SQLite's trigrams, which the triggers of `revocation.guards.search` fill."""

import django.db.models.deletion
from django.db import migrations, models

TRIGRAMS = "revocation_certificate_trigrams"
TRIGGERS = ("search_certificate_insert", "search_certificate_update", "search_certificate_delete")


def make_trigrams(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE {TRIGRAMS} USING fts5(search_text, owner, "
            "content='', columnsize=0, detail=none, tokenize='trigram')"
        )


def drop_trigrams(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
        schema_editor.execute(f"DROP TABLE {TRIGRAMS}")


class Migration(migrations.Migration):
    dependencies = [("revocation", "0037_errors_of_deliveries")]

    operations = [
        migrations.AlterField(
            model_name="certificate",
            name="reissued_from",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reissues",
                to="revocation.certificate",
                verbose_name="reissue of",
            ),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(
                condition=models.Q(("reissued_from__isnull", False)),
                fields=["reissued_from"],
                name="certificate_reissues",
            ),
        ),
        migrations.RunPython(make_trigrams, drop_trigrams),
    ]
