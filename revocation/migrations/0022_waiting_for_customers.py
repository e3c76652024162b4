"""The index of what waits for a customer; and the queue's columns of requests that were filed together."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    Request, Certificate = (apps.get_model("revocation", name) for name in ("RevocationRequest", "Certificate"))
    own = Certificate.objects.filter(pk=OuterRef("certificate"))
    Request.objects.filter(customer__isnull=True).update(
        customer=Subquery(own.values("customer")[:1]), brand=Subquery(own.values("brand")[:1])
    )


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0002_mails_and_webhooks'),
        ('revocation', '0021_worded_sightings'),
    ]
    operations = [
        migrations.AddIndex(
            model_name='revocationrequest',
            index=models.Index(condition=models.Q(('is_open', True), ('queued_at__isnull', True)), fields=['customer', 'due_at', 'id'], name='request_with_customer'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
