"""The code of why a mail was not sent, beside the sentence: readers get the portal's words in their language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("revocation", "0035_problems_of_comparisons"),
    ]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="last_error_code",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
    ]
