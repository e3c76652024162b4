"""What the authority's first answer was. Of revocations that were answered before it is not known: they keep the time and
reason with which they stand in the record. Those that were asked for and not answered may have been done: an *already
revoked* that comes now may be their own."""

from django.db import migrations, models


def as_recorded(apps, schema_editor):
    asked = apps.get_model("acme_authority", "AcmeRevocation").objects
    asked.filter(answered_at__isnull=False).update(done_at=models.F("answered_at"))
    asked.filter(answered_at__isnull=True).update(unanswered=True)


class Migration(migrations.Migration):
    dependencies = [("acme_authority", "0001_initial")]
    operations = [
        migrations.AddField("acmerevocation", "done_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("acmerevocation", "unanswered", models.BooleanField(db_default=False, default=False)),
        migrations.RunPython(as_recorded, migrations.RunPython.noop),
    ]
