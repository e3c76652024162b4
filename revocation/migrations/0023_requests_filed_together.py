"""The columns of the queue that requests filed together were left without."""

from importlib import import_module

from django.db import migrations

fill = import_module("revocation.migrations.0014_auditors_and_queue").fill


class Migration(migrations.Migration):
    dependencies = [('revocation', '0022_waiting_for_customers')]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
