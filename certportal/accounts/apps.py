"""Users, customers and membership."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "certportal.accounts"
    label = "accounts"
    verbose_name = _("People and customers")

    def ready(self) -> None:
        from certportal.accounts import watching

        watching.connect()
