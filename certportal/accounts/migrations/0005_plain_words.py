"""Labels and choices in plain words: no SQL."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_one_account_an_address"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="email",
            field=models.EmailField(max_length=254, unique=True, verbose_name="email address"),
        ),
        migrations.AlterField(
            model_name="user",
            name="muted_mails",
            field=models.JSONField(blank=True, default=list, verbose_name="email opt-outs"),
        ),
        migrations.AlterConstraint(
            model_name="user",
            name="one_account_an_address",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("email"),
                name="one_account_an_address",
                violation_error_message="An account with this email address already exists.",
            ),
        ),
    ]
