"""A table for PDFs of receipts that are drawn when somebody first asks. Receipts that have theirs keep it untouched."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def refuse_to_lose_any(apps: Any, schema_editor: Any) -> None:
    """Stop a way back on which signed PDFs would be lost, or receipts have none for ever."""
    receipts = apps.get_model("revocation", "Receipt").objects.using(schema_editor.connection.alias)
    if receipts.filter(pdf__isnull=True).exists():
        raise RuntimeError(
            "Receipts were made whose PDF is not in their own row, and nothing may change that row. Leave the tables "
            "as they are: the code of the release before runs on them."
        )


class Migration(migrations.Migration):
    dependencies = [
        ("revocation", "0038_search_and_reissues"),
    ]

    operations = [
        migrations.AlterField(
            model_name="receipt",
            name="pdf",
            field=models.BinaryField(null=True),
        ),
        migrations.AlterField(
            model_name="receipt",
            name="pdf_signature",
            field=models.BinaryField(null=True),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(pdf__isnull=True, pdf_signature__isnull=True)
                | models.Q(pdf__isnull=False, pdf_signature__isnull=False),
                name="receipt_pdf_with_signature",
            ),
        ),
        migrations.CreateModel(
            name="ReceiptPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("drawn_at", models.DateTimeField()),
                ("pdf", models.BinaryField()),
                ("signature", models.BinaryField()),
                (
                    "receipt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drawn",
                        to="revocation.receipt",
                    ),
                ),
            ],
            options={
                "verbose_name": "receipt",
                "verbose_name_plural": "receipts",
                "default_permissions": (),
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose_any),
    ]
