"""The parameters of the message about the last attempt, beside its code: customers get it in their language."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('revocation', '0036_errors_of_mails'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='error_params',
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
