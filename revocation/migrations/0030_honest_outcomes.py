"""What the authority did not state is marked as such (C7); places of publication are read from the certificates anew.

Before, addresses were noted decoded (`%20`, `xn--`), and only the first of several: the worker notes them again.
"""

from django.conf import settings
from django.db import migrations, models


def note_places_anew(apps, schema_editor):
    """Last of all: PostgreSQL alters no table of which rows were deleted in the same transaction."""
    points = apps.get_model("revocation", "StatusPoint").objects.exclude(kind="none")
    apps.get_model("revocation", "Certificate").objects.filter(status_point__in=points).update(status_point=None)
    named = apps.get_model("revocation", "Difference").objects.values("point")
    points.exclude(pk__in=named).delete()
    points.update(next_round_at=None, lease_until=None, problem="", failures=0)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_mails_and_webhooks'),
        ('revocation', '0029_orders_need_a_decision'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='certificate',
            name='certificate_revoked_has_time_and_reason',
        ),
        migrations.RemoveConstraint(
            model_name='revocation',
            name='confirmed_revocation_has_receipt',
        ),
        migrations.AddField(
            model_name='certificate',
            name='revocation_unstated',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='time or reason not stated'),
        ),
        migrations.AddField(
            model_name='revocation',
            name='unstated',
            field=models.BooleanField(db_default=False, default=False, verbose_name='time or reason not stated'),
        ),
        migrations.AddField(
            model_name='statuspoint',
            name='odd',
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name='not comparable'),
        ),
        migrations.AddField(
            model_name='statuspoint',
            name='urls',
            field=models.JSONField(default=list, verbose_name='addresses'),
        ),
        migrations.AddField(
            model_name='statuspoint',
            name='told_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('imported', 'certificate added to the inventory'), ('issued', 'certificate issued'), ('renewal_marked', 'marked to be renewed'), ('renewal_unmarked', 'no longer marked to be renewed'), ('import_refused', 'import refused'), ('request_refused', 'request refused by a rule'), ('drafted', 'request begun'), ('amended', 'reason changed'), ('discarded', 'draft discarded'), ('letter_uploaded', 'letter uploaded'), ('letter_replaced', 'letter replaced'), ('letter_refused', 'letter refused'), ('letter_damaged', 'stored letter differs from what was uploaded'), ('evidence_added', 'evidence added'), ('evidence_removed', 'evidence taken back'), ('evidence_refused', 'evidence refused'), ('assistance_asked', 'assistance asked for instead of the proof'), ('submitted', 'request submitted'), ('method_changed', 'validation method changed'), ('method_fell_back', 'validation fell back to the manual method'), ('record_published', 'record published at the DNS provider'), ('record_removed', 'record removed from the DNS provider'), ('record_refused', 'the DNS provider refused; staff must look'), ('delegation_added', 'delegation begun'), ('delegation_seen', 'delegation seen'), ('delegation_broken', 'delegation no longer there'), ('delegation_removed', 'delegation removed'), ('check_asked', 'check asked for'), ('name_proven', 'name proven'), ('proven', 'ownership proven'), ('ownership_reminder', 'reminded of the proof'), ('key_proven', "private key proven to be in somebody's hands"), ('key_proof_refused', 'proof of the private key refused'), ('key_known', 'certificate with a blocked key'), ('failed', 'ownership not proven in time'), ('vouched', 'assisted request vouched for'), ('handed_back', 'handed back for correction'), ('resubmitted', 'submitted again after correction'), ('approved', 'approved'), ('rejected', 'rejected'), ('decision_refused', 'decision refused'), ('overdue', 'overdue'), ('taken', 'taken by a reviewer'), ('given_back', 'given back to the queue'), ('taken_over', 'taken over from another reviewer'), ('first_approved', 'approved by the first of two'), ('noted', 'internal note'), ('authority_asked', 'authority asked'), ('authority_waits', 'waiting for the authority'), ('authority_failed', 'authority did not do it; will be tried again'), ('authority_stuck', 'authority refused; staff must look'), ('order_refused', 'order that nobody decided on; not carried out, staff must look'), ('retry_asked', 'new attempt asked for'), ('recorded_by_hand', "revocation in the authority's console recorded"), ('authority_confirmed', 'authority has confirmed'), ('seen', 'revocation seen by others'), ('sighting_late', 'revocation confirmed, but not yet visible to others'), ('certificate_revoked', 'certificate revoked'), ('revoked_elsewhere', 'revoked elsewhere, as others see it'), ('overtaken', 'request ended: the certificate was revoked elsewhere'), ('differences_found', 'differences between the portal and the world found'), ('not_compared', 'a place of publication cannot be compared; staff must look'), ('held_elsewhere', 'on hold elsewhere, as others see it'), ('not_seen_any_more', 'revocation no longer seen by others'), ('seen_again', 'revocation seen by others again'), ('receipt_made', 'receipt made'), ('revoked', 'request carried out'), ('deploy_asked', 'deployment asked for'), ('deployed', 'deployed'), ('deploy_refused', 'deployment refused'), ('undeploy_asked', 'un-deployment asked for'), ('undeployed', 'un-deployed'), ('downloaded', 'downloaded'), ('download_refused', 'download refused'), ('watched', 'address added to be told'), ('unwatched', 'address no longer told'), ('webhook_added', 'webhook added'), ('webhook_removed', 'webhook removed'), ('webhook_switched_on', 'webhook switched on again'), ('webhook_gave_up', 'webhook switched off: nothing arrives there'), ('hidden', "deleted from the customer's list"), ('deleted', 'deleted for good'), ('account_added', 'account added'), ('account_removed', 'account deleted'), ('password_changed', 'password changed'), ('password_reset', 'password reset by a mailed link'), ('address_changed', 'e-mail address changed'), ('factor_added', 'second factor added'), ('factor_removed', 'second factor removed'), ('recovery_codes_made', 'recovery codes generated'), ('recovery_codes_removed', 'recovery codes removed'), ('recovery_code_used', 'recovery code used'), ('rights_changed', 'rights of an account changed'), ('group_changed', 'rights of a group changed'), ('member_added', 'person added to an organisation'), ('member_changed', 'rights of a member changed'), ('member_removed', 'person removed from an organisation')], max_length=30, verbose_name='what'),
        ),
        migrations.AlterField(
            model_name='statuspoint',
            name='kind',
            field=models.CharField(choices=[('crl', 'CRL'), ('ocsp', 'OCSP'), ('other', 'names only addresses that are neither http nor https'), ('none', 'names no address')], max_length=5, verbose_name='kind'),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'revoked'), _negated=True), models.Q(('revocation_reason__isnull', False), ('revoked_at__isnull', False)), ('revocation_unstated', True), _connector='OR'), name='certificate_revoked_has_time_and_reason'),
        ),
        migrations.AddConstraint(
            model_name='revocation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['confirmed', 'proven']), _negated=True), models.Q(('confirmed_at__isnull', False), ('receipt__isnull', False), models.Q(('revoked_at__isnull', False), ('unstated', True), _connector='OR')), _connector='OR'), name='confirmed_revocation_has_receipt'),
        ),
        migrations.RunPython(note_places_anew, migrations.RunPython.noop),
    ]
