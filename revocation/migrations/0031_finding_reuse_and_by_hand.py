"""What staff find a certificate by, digests by which a file that was sent before is found, and records by hand."""

import django.db.models.deletion
import revocation.models.certificate.search_index
from django.conf import settings
from django.db import migrations, models

from revocation.pki.search import spellings

TOGETHER = 1000
LONGEST = 300


def in_parts(model, fields):
    """Rows by key, some at a time, so that the memory stays small."""
    last = 0
    while rows := list(model.objects.filter(pk__gt=last).order_by("pk").only("pk", *fields)[:TOGETHER]):
        yield rows
        last = rows[-1].pk


def spell(apps, schema_editor):
    """Every name of every certificate, and international names in the text that customers search in."""
    Certificate, CertificateName = (apps.get_model("revocation", name) for name in ("Certificate", "CertificateName"))
    for rows in in_parts(Certificate, ("common_name", "names", "search_text")):
        CertificateName.objects.bulk_create(
            (CertificateName(certificate=row, name=name) for row in rows for name in all_spellings(row)),
            batch_size=TOGETHER,
        )
        changed = [row for row in rows if "xn--" in row.search_text]
        for row in changed:
            words = (spelling for word in row.search_text.split("\n") for spelling in spellings(word))
            row.search_text = "\n".join(dict.fromkeys(words))
        Certificate.objects.bulk_update(changed, ["search_text"], batch_size=100)


def all_spellings(row):
    names = (row.common_name, *row.names)
    bases = dict.fromkeys(base for name in names for base in (name, name.removeprefix("*.")))
    return dict.fromkeys(spelling[:LONGEST] for base in bases for spelling in spellings(base) if spelling)


def keep_digests(apps, schema_editor):
    Evidence, EvidencePicture = (apps.get_model("revocation", name) for name in ("Evidence", "EvidencePicture"))
    for rows in in_parts(Evidence, ("pages",)):
        EvidencePicture.objects.bulk_create(
            EvidencePicture(evidence=row, sha256=digest)
            for row in rows
            for digest in dict.fromkeys(page["sha256"] for page in row.pages)
        )
    if schema_editor.connection.vendor == "postgresql":  # else what follows meets checks that wait for the commit
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_mails_and_webhooks'),
        ('revocation', '0030_honest_outcomes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CertificateName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name='EvidencePicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='HandRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('revoked_at', models.DateTimeField(verbose_name='revoked at')),
                ('reason', models.PositiveSmallIntegerField(choices=[(0, 'unspecified'), (1, 'keyCompromise'), (2, 'cACompromise'), (3, 'affiliationChanged'), (4, 'superseded'), (5, 'cessationOfOperation'), (6, 'certificateHold'), (7, '(not used)'), (8, 'removeFromCRL'), (9, 'privilegeWithdrawn'), (10, 'aACompromise')], verbose_name='reason')),
                ('note', models.TextField(verbose_name='note')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='confirmed at')),
            ],
            options={
                'verbose_name': 'record by hand',
                'verbose_name_plural': 'records by hand',
            },
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('imported', 'certificate added to the inventory'), ('issued', 'certificate issued'), ('renewal_marked', 'marked to be renewed'), ('renewal_unmarked', 'no longer marked to be renewed'), ('import_refused', 'import refused'), ('request_refused', 'request refused by a rule'), ('drafted', 'request begun'), ('amended', 'reason changed'), ('discarded', 'draft discarded'), ('letter_uploaded', 'letter uploaded'), ('letter_replaced', 'letter replaced'), ('letter_refused', 'letter refused'), ('letter_damaged', 'stored letter differs from what was uploaded'), ('evidence_added', 'evidence added'), ('evidence_removed', 'evidence taken back'), ('evidence_refused', 'evidence refused'), ('assistance_asked', 'assistance asked for instead of the proof'), ('submitted', 'request submitted'), ('method_changed', 'validation method changed'), ('method_fell_back', 'validation fell back to the manual method'), ('record_published', 'record published at the DNS provider'), ('record_removed', 'record removed from the DNS provider'), ('record_refused', 'the DNS provider refused; staff must look'), ('delegation_added', 'delegation begun'), ('delegation_seen', 'delegation seen'), ('delegation_broken', 'delegation no longer there'), ('delegation_removed', 'delegation removed'), ('check_asked', 'check asked for'), ('name_proven', 'name proven'), ('proven', 'ownership proven'), ('ownership_reminder', 'reminded of the proof'), ('key_proven', "private key proven to be in somebody's hands"), ('key_proof_refused', 'proof of the private key refused'), ('key_known', 'certificate with a blocked key'), ('failed', 'ownership not proven in time'), ('vouched', 'assisted request vouched for'), ('handed_back', 'handed back for correction'), ('resubmitted', 'submitted again after correction'), ('approved', 'approved'), ('rejected', 'rejected'), ('decision_refused', 'decision refused'), ('overdue', 'overdue'), ('taken', 'taken by a reviewer'), ('given_back', 'given back to the queue'), ('taken_over', 'taken over from another reviewer'), ('first_approved', 'approved by the first of two'), ('noted', 'internal note'), ('authority_asked', 'authority asked'), ('authority_waits', 'waiting for the authority'), ('authority_failed', 'authority did not do it; will be tried again'), ('authority_stuck', 'authority refused; staff must look'), ('order_refused', 'order that nobody decided on; not carried out, staff must look'), ('retry_asked', 'new attempt asked for'), ('recorded_by_hand', "revocation in the authority's console recorded"), ('hand_record_confirmed', 'record by hand confirmed by a second person'), ('authority_confirmed', 'authority has confirmed'), ('seen', 'revocation seen by others'), ('sighting_late', 'revocation confirmed, but not yet visible to others'), ('certificate_revoked', 'certificate revoked'), ('revoked_elsewhere', 'revoked elsewhere, as others see it'), ('overtaken', 'request ended: the certificate was revoked elsewhere'), ('differences_found', 'differences between the portal and the world found'), ('not_compared', 'a place of publication cannot be compared; staff must look'), ('held_elsewhere', 'on hold elsewhere, as others see it'), ('not_seen_any_more', 'revocation no longer seen by others'), ('seen_again', 'revocation seen by others again'), ('receipt_made', 'receipt made'), ('revoked', 'request carried out'), ('deploy_asked', 'deployment asked for'), ('deployed', 'deployed'), ('deploy_refused', 'deployment refused'), ('undeploy_asked', 'un-deployment asked for'), ('undeployed', 'un-deployed'), ('downloaded', 'downloaded'), ('download_refused', 'download refused'), ('watched', 'address added to be told'), ('unwatched', 'address no longer told'), ('webhook_added', 'webhook added'), ('webhook_removed', 'webhook removed'), ('webhook_switched_on', 'webhook switched on again'), ('webhook_gave_up', 'webhook switched off: nothing arrives there'), ('hidden', "deleted from the customer's list"), ('deleted', 'deleted for good'), ('account_added', 'account added'), ('account_removed', 'account deleted'), ('password_changed', 'password changed'), ('password_reset', 'password reset by a mailed link'), ('address_changed', 'e-mail address changed'), ('factor_added', 'second factor added'), ('factor_removed', 'second factor removed'), ('recovery_codes_made', 'recovery codes generated'), ('recovery_codes_removed', 'recovery codes removed'), ('recovery_code_used', 'recovery code used'), ('rights_changed', 'rights of an account changed'), ('group_changed', 'rights of a group changed'), ('member_added', 'person added to an organisation'), ('member_changed', 'rights of a member changed'), ('member_removed', 'person removed from an organisation')], max_length=30, verbose_name='what'),
        ),
        migrations.AlterField(
            model_name='revocation',
            name='proven_through',
            field=models.CharField(blank=True, choices=[('sighting', 'seen where the certificate says that everybody looks'), ('status', "the authority's own register says so; it is not visible to others"), ('word', "the authority's confirmation alone; it is not visible to others"), ('hand', 'recorded by hand by two members of staff; there is no public status')], max_length=8, verbose_name='proven through'),
        ),
        migrations.AddIndex(
            model_name='certificate',
            index=revocation.models.certificate.search_index.BeginningIndex(fields=['organization'], name='certificate_organisation'),
        ),
        migrations.AddIndex(
            model_name='evidence',
            index=models.Index(fields=['sha256', 'request'], name='evidence_digest'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(fields=['sha256', 'request'], name='letter_digest'),
        ),
        migrations.AddIndex(
            model_name='letterpicture',
            index=models.Index(fields=['sha256', 'letter'], name='letter_picture_digest'),
        ),
        migrations.AddField(
            model_name='certificatename',
            name='certificate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spellings', to='revocation.certificate'),
        ),
        migrations.AddField(
            model_name='evidencepicture',
            name='evidence',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='digests', to='revocation.evidence'),
        ),
        migrations.AddField(
            model_name='handrecord',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handrecord',
            name='order',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='hand_record', to='revocation.revocation'),
        ),
        migrations.AddField(
            model_name='handrecord',
            name='recorded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='certificatename',
            index=revocation.models.certificate.search_index.NameIndex(fields=['name', 'certificate'], name='certificate_name_spelt'),
        ),
        migrations.AddIndex(
            model_name='evidencepicture',
            index=models.Index(fields=['sha256', 'evidence'], name='evidence_picture_digest'),
        ),
        migrations.AddConstraint(
            model_name='evidencepicture',
            constraint=models.UniqueConstraint(fields=('evidence', 'sha256'), name='one_digest_a_picture'),
        ),
        migrations.AddConstraint(
            model_name='handrecord',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('recorded_at__isnull', True), ('recorded_by__isnull', True)), models.Q(('recorded_at__isnull', False), ('recorded_by__isnull', False)), _connector='OR'), name='hand_record_recorded_at_with_by'),
        ),
        migrations.AddConstraint(
            model_name='handrecord',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='hand_record_confirmed_at_with_by'),
        ),
        migrations.AddConstraint(
            model_name='handrecord',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), models.Q(('confirmed_by', models.F('recorded_by')), _negated=True), _connector='OR'), name='four_eyes_hand_record'),
        ),
        migrations.RunPython(spell, migrations.RunPython.noop),
        migrations.RunPython(keep_digests, migrations.RunPython.noop),
    ]
