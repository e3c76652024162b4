"""The code of a status address's problem, beside the sentence: readers get it in their language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("revocation", "0034_plain_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="statuspoint",
            name="problem_code",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="statuspoint",
            name="problem_params",
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
