"""U1: an account has one address, `User.email`, in lower case. allauth's rows about addresses were made by its own pages,
which a session alone could use, and by anonymous password resets: none of them is kept."""

from collections import Counter

from django.db import migrations


def one_address_each(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    addresses = {pk: email.lower() for pk, email in User.objects.values_list("pk", "email")}
    twice = sorted(address for address, times in Counter(addresses.values()).items() if times > 1)
    if twice:
        raise ValueError(
            f"Several accounts differ only in the case of their e-mail address: {', '.join(twice)}. "
            "Give all but one of each another address with the release installed before, then migrate again."
        )
    for user in User.objects.all():
        if user.email != addresses[user.pk]:
            User.objects.filter(pk=user.pk).update(email=addresses[user.pk])
    apps.get_model("account", "EmailAddress").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('account', '0009_emailaddress_unique_primary_email'),
        ('accounts', '0002_mails_and_webhooks'),
    ]

    operations = [migrations.RunPython(one_address_each, migrations.RunPython.noop)]
