"""The Django app of the domain: revocation requests and everything that they need."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class RevocationConfig(AppConfig):
    name = "revocation"
    verbose_name = _("Revocation")

    def ready(self) -> None:
        from revocation import joining, triggers

        joining.Language.translate = staticmethod(gettext)
        pre_migrate.connect(triggers.lift, sender=self, dispatch_uid="revocation.triggers.lift")
        post_migrate.connect(triggers.ensure, sender=self, dispatch_uid="revocation.triggers")
