from django.apps import AppConfig


class AcmeConfig(AppConfig):
    """Accounts at ACME authorities."""

    name = "revocation.authorities.acme"
    label = "acme_authority"
    verbose_name = "ACME authorities"
    default_auto_field = "django.db.models.BigAutoField"
