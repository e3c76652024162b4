from django.apps import AppConfig


class LocalAuthorityConfig(AppConfig):
    """The embedded issuing authority."""

    name = "revocation.authorities.local"
    label = "local_authority"
    verbose_name = "Embedded issuing authority"
    default_auto_field = "django.db.models.BigAutoField"
