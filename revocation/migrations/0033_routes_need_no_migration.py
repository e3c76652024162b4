"""A route that the database does not know rests on a review; the choices are the policy's: a new route needs no migration."""

import revocation.models.request.states
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_one_account_an_address'),
        ('revocation', '0032_names_of_the_field'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='revocationrequest',
            name='request_carried_out_after_decision',
        ),
        migrations.AlterField(
            model_name='revocationrequest',
            name='route',
            field=models.CharField(choices=revocation.models.request.states.route_names, max_length=2, verbose_name='route'),
        ),
        migrations.AddConstraint(
            model_name='revocationrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'revoking', 'revoked']), _negated=True), models.Q(('submitted_at__isnull', False), models.Q(models.Q(models.Q(('route__in', ('F3', 'K1')), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), models.Q(('proof_waived', True), ('route__in', ('F3',))), models.Q(('proven_at__isnull', False), ('route__in', ('F3', 'K1'))), _connector='OR')), _connector='OR'), name='request_carried_out_after_decision'),
        ),
    ]
