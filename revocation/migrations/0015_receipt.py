"""The receipt and the key that signs it. Receipts are never changed or deleted: `revocation/triggers.py` (M6)."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('revocation', '0014_auditors_and_queue'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('json', models.BinaryField()),
                ('json_signature', models.BinaryField()),
                ('pdf', models.BinaryField()),
                ('pdf_signature', models.BinaryField()),
            ],
            options={
                'verbose_name': 'receipt',
                'verbose_name_plural': 'receipts',
            },
        ),
        migrations.CreateModel(
            name='SigningKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_id', models.CharField(max_length=16, unique=True)),
                ('encrypted_pem', models.BinaryField()),
                ('public_pem', models.TextField()),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('is_current', models.BooleanField(default=True)),
            ],
        ),
        migrations.AddField(
            model_name='revocation',
            name='receipt_due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('imported', 'certificate added to the inventory'), ('issued', 'certificate issued'), ('renewal_marked', 'marked to be renewed'), ('renewal_unmarked', 'no longer marked to be renewed'), ('import_refused', 'import refused'), ('request_refused', 'request refused by a rule'), ('drafted', 'request begun'), ('amended', 'reason changed'), ('discarded', 'draft discarded'), ('letter_uploaded', 'letter uploaded'), ('letter_replaced', 'letter replaced'), ('letter_refused', 'letter refused'), ('letter_damaged', 'stored letter differs from what was uploaded'), ('submitted', 'request submitted'), ('method_changed', 'validation method changed'), ('method_fell_back', 'validation fell back to the manual method'), ('record_published', 'record published at the DNS provider'), ('record_removed', 'record removed from the DNS provider'), ('record_refused', 'the DNS provider refused; staff must look'), ('delegation_added', 'delegation begun'), ('delegation_seen', 'delegation seen'), ('delegation_broken', 'delegation no longer there'), ('delegation_removed', 'delegation removed'), ('check_asked', 'check asked for'), ('name_proven', 'name proven'), ('proven', 'ownership proven'), ('ownership_reminder', 'reminded of the proof'), ('failed', 'ownership not proven in time'), ('vouched', 'assisted request vouched for'), ('handed_back', 'handed back for correction'), ('resubmitted', 'submitted again after correction'), ('approved', 'approved'), ('rejected', 'rejected'), ('decision_refused', 'decision refused'), ('overdue', 'overdue'), ('taken', 'taken by a reviewer'), ('given_back', 'given back to the queue'), ('taken_over', 'taken over from another reviewer'), ('first_approved', 'approved by the first of two'), ('noted', 'internal note'), ('authority_asked', 'authority asked'), ('authority_waits', 'waiting for the authority'), ('authority_failed', 'authority did not do it; will be tried again'), ('authority_stuck', 'authority refused; staff must look'), ('retry_asked', 'new attempt asked for'), ('recorded_by_hand', "revocation in the authority's console recorded"), ('authority_confirmed', 'authority has confirmed'), ('seen', 'revocation seen by others'), ('sighting_late', 'revocation confirmed, but not yet visible to others'), ('certificate_revoked', 'certificate revoked'), ('receipt_made', 'receipt made'), ('revoked', 'request carried out'), ('deploy_asked', 'deployment asked for'), ('deployed', 'deployed'), ('deploy_refused', 'deployment refused'), ('undeploy_asked', 'un-deployment asked for'), ('undeployed', 'un-deployed'), ('downloaded', 'downloaded'), ('download_refused', 'download refused'), ('hidden', "deleted from the customer's list"), ('deleted', 'deleted for good')], max_length=30, verbose_name='what'),
        ),
        migrations.AddIndex(
            model_name='revocation',
            index=models.Index(condition=models.Q(('receipt_due_at__isnull', False)), fields=['receipt_due_at'], name='revocation_receipt_due'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='revocation',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='paper', to='revocation.revocation'),
        ),
        migrations.AddConstraint(
            model_name='signingkey',
            constraint=models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('is_current',), name='one_current_signing_key'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='key',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='revocation.signingkey'),
        ),
    ]
